#include "core/site/yaml_scalar.h"

#include <algorithm>

namespace signalbox::site {

namespace {

/// Next-line, line and paragraph separators and byte order marks look like nothing and break lines for some readers.
std::string_view hiddenCharacter(std::string_view rest) noexcept
{
    for (const std::string_view hidden : {"\xC2\x85", "\xE2\x80\xA8", "\xE2\x80\xA9", "\xEF\xBB\xBF"}) {
        if (rest.starts_with(hidden)) {
            return hidden;
        }
    }
    return {};
}

bool needsEscapes(std::string_view text) noexcept
{
    for (std::size_t at = 0; at < text.size(); ++at) {
        const auto c = static_cast<unsigned char>(text[at]);
        if (c < 0x20 || c == 0x7F || !hiddenCharacter(text.substr(at)).empty()) {
            return true;
        }
    }
    return false;
}

bool isPlainSafe(std::string_view text, bool inFlow) noexcept
{
    // What YAML reads as nothing, and document markers.
    for (const std::string_view word : {"", "~", "null", "Null", "NULL", "---", "..."}) {
        if (text == word) {
            return false;
        }
    }
    constexpr std::string_view kIndicators = ",[]{}#&*!|>'\"%@`?:";
    if (kIndicators.find(text.front()) != std::string_view::npos || text.front() == ' ' || text.back() == ' ' ||
        text.back() == ':' || text.starts_with("---") || text.starts_with("...")) {
        return false;
    }
    if (text.front() == '-' && (text.size() == 1 || text[1] == ' ' || (inFlow && text.size() == 2))) {
        return false;
    }
    if (text.find(": ") != std::string_view::npos || text.find(" #") != std::string_view::npos) {
        return false;
    }
    return !inFlow || text.find_first_of(",?[]{}") == std::string_view::npos;
}

std::string doubleQuoted(std::string_view text)
{
    constexpr std::string_view kHex = "0123456789abcdef";
    std::string out = "\"";
    for (std::size_t at = 0; at < text.size(); ++at) {
        const auto c = static_cast<unsigned char>(text[at]);
        const std::string_view hidden = hiddenCharacter(text.substr(at));
        if (!hidden.empty()) {
            // By number: yaml-cpp 0.7 reads \N as a byte that is no UTF-8.
            out += hidden == "\xC2\x85"       ? "\\u0085"
                   : hidden == "\xE2\x80\xA8" ? "\\u2028"
                   : hidden == "\xE2\x80\xA9" ? "\\u2029"
                                              : "\\uFEFF";
            at += hidden.size() - 1;
        } else if (c == '"' || c == '\\') {
            out += '\\';
            out += static_cast<char>(c);
        } else if (c == '\n') {
            out += "\\n";
        } else if (c == '\t') {
            out += "\\t";
        } else if (c == '\r') {
            out += "\\r";
        } else if (c < 0x20 || c == 0x7F) {
            out += "\\x";
            out += kHex[c >> 4U];
            out += kHex[c & 0xFU];
        } else {
            out += static_cast<char>(c);
        }
    }
    return out + "\"";
}

std::string singleQuoted(std::string_view text)
{
    std::string out = "'";
    for (const char c : text) {
        out += c;
        if (c == '\'') {
            out += c;
        }
    }
    return out + "'";
}

}  // namespace

std::string writeScalar(std::string_view text, bool quoted, bool inFlow)
{
    if (needsEscapes(text)) {
        return doubleQuoted(text);
    }
    if (!quoted && isPlainSafe(text, inFlow)) {
        return std::string(text);
    }
    return text.find_first_of("\"\\") != std::string_view::npos ? singleQuoted(text) : doubleQuoted(text);
}

bool fitsLiteralBlock(std::string_view text) noexcept
{
    if (text.find('\n') == std::string_view::npos || text.front() == ' ' || text.front() == '\n' ||
        text.ends_with("\n\n")) {
        return false;
    }
    for (std::size_t at = 0; at < text.size(); ++at) {
        const auto c = static_cast<unsigned char>(text[at]);
        if ((c < 0x20 && c != '\n') || c == 0x7F || !hiddenCharacter(text.substr(at)).empty()) {
            return false;
        }
        // A line of blanks alone would be read as an empty one.
        if (c == ' ' && (at + 1 == text.size() || text[at + 1] == '\n')) {
            return false;
        }
    }
    return true;
}

}  // namespace signalbox::site
