#include "core/site/problem_codes.h"
#include "core/site/yaml_text.h"

namespace signalbox::site {

namespace {

/// Length of the well-formed UTF-8 sequence at `at`, or 0 (RFC 3629: no overlong forms, no surrogates).
std::size_t sequenceLength(std::string_view text, std::size_t at) noexcept
{
    const auto byte = [&](std::size_t offset) -> unsigned {
        return at + offset < text.size() ? static_cast<unsigned char>(text[at + offset]) : 0U;
    };
    const auto continues = [&](std::size_t offset) { return (byte(offset) & 0xC0U) == 0x80U; };
    const unsigned first = byte(0);
    if (first < 0x80) {
        return 1;
    }
    if (first >= 0xC2 && first <= 0xDF) {
        return continues(1) ? 2 : 0;
    }
    if (first >= 0xE0 && first <= 0xEF) {
        const bool overlong = first == 0xE0 && byte(1) < 0xA0;
        const bool surrogate = first == 0xED && byte(1) > 0x9F;
        return continues(1) && continues(2) && !overlong && !surrogate ? 3 : 0;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        const bool overlong = first == 0xF0 && byte(1) < 0x90;
        const bool beyond = first == 0xF4 && byte(1) > 0x8F;
        return continues(1) && continues(2) && continues(3) && !overlong && !beyond ? 4 : 0;
    }
    return 0;
}

Problem unfit(std::string_view code, std::string message, Place place)
{
    return {Severity::Error, std::string(code), std::move(message), {}, place};
}

}  // namespace

std::vector<Problem> guardText(std::string_view text)
{
    if (text.size() > kMaxTextBytes) {
        return {unfit(codes::kTooLarge, "the file is larger than 16 MiB", {1, 1})};
    }
    Place place{1, 1};
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t length = sequenceLength(text, at);
        if (length == 0) {
            return {unfit(codes::kSyntax, "the text is not UTF-8", place)};
        }
        const auto c = static_cast<unsigned char>(text[at]);
        const bool windowsEnd = c == '\r' && at + 1 < text.size() && text[at + 1] == '\n';
        if ((c < 0x20 && c != '\t' && c != '\n' && !windowsEnd) || c == 0x7F) {
            return {unfit(codes::kSyntax,
                          "a control character is not allowed here: write it as an escape in double quotes", place)};
        }
        if (c == '\n') {
            place = {place.line + 1, 1};
        } else {
            ++place.column;
        }
        at += length;
    }
    return {};
}

}  // namespace signalbox::site
