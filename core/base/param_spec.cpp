#include "core/base/param_spec.h"

#include <algorithm>
#include <cmath>

#include "core/base/endpoint.h"

namespace signalbox {

const ParamSpec* ObjectSpec::find(std::string_view key) const noexcept
{
    const auto it = std::ranges::find(params, key, &ParamSpec::key);
    return it == params.end() ? nullptr : &*it;
}

bool Params::has(std::string_view key) const noexcept
{
    return value(key) != nullptr;
}

const Value* Params::value(std::string_view key) const noexcept
{
    return m_value ? m_value->find(key) : nullptr;
}

std::string_view Params::scalarText(std::string_view key) const noexcept
{
    if (const Value* found = value(key); found && found->isScalar()) {
        return found->text();
    }
    const ParamSpec* spec = m_spec->find(key);
    return spec ? spec->fallback : std::string_view{};
}

std::string Params::text(std::string_view key) const
{
    return std::string(scalarText(key));
}

bool Params::boolean(std::string_view key) const noexcept
{
    return parseBoolean(scalarText(key)).value_or(false);
}

std::int64_t Params::integer(std::string_view key) const noexcept
{
    return parseInteger(scalarText(key)).value_or(0);
}

double Params::number(std::string_view key) const noexcept
{
    return parseNumber(scalarText(key)).value_or(0);
}

Duration Params::duration(std::string_view key) const noexcept
{
    return parseDuration(scalarText(key)).value_or(Duration::zero());
}

Rate Params::rate(std::string_view key) const noexcept
{
    return parseRate(scalarText(key)).value_or(Rate{});
}

ByteSize Params::size(std::string_view key) const noexcept
{
    return parseByteSize(scalarText(key)).value_or(ByteSize{});
}

double Params::share(std::string_view key) const noexcept
{
    return parseShare(scalarText(key)).value_or(0);
}

std::vector<std::string> Params::texts(std::string_view key) const
{
    std::vector<std::string> out;
    const Value* found = value(key);
    if (found && found->isList()) {
        for (const auto& item : found->items()) {
            out.push_back(item.text());
        }
    } else if (const auto text = scalarText(key); !text.empty()) {
        out.emplace_back(text);
    }
    return out;
}

std::vector<std::pair<std::string, std::string>> Params::textMap(std::string_view key) const
{
    std::vector<std::pair<std::string, std::string>> out;
    if (const Value* found = value(key)) {
        for (const auto& [name, member] : found->members()) {
            out.emplace_back(name, member.text());
        }
    }
    return out;
}

Params Params::object(std::string_view key) const
{
    static const ObjectSpec kNothing{};
    const ParamSpec* spec = m_spec->find(key);
    return {spec && spec->object ? *spec->object : kNothing, value(key)};
}

namespace {

bool isName(std::string_view text) noexcept
{
    const auto alnum = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    };
    return !text.empty() && alnum(text.front()) &&
           std::ranges::all_of(text, [&](char c) { return alnum(c) || c == '.' || c == '_' || c == '-'; });
}

std::string quote(std::string_view text)
{
    return "'" + std::string(text) + "'";
}

std::string plain(double number)
{
    return number == std::floor(number) && std::abs(number) < 1e15 ? std::to_string(static_cast<std::int64_t>(number))
                                                                   : std::to_string(number);
}

std::optional<std::string> checkRange(const ParamSpec& spec, std::string_view text, double number)
{
    if (number >= spec.min && number <= spec.max) {
        return std::nullopt;
    }
    return quote(text) + " is out of range: " +
           (spec.max >= 9e15 ? "at least " + plain(spec.min) : plain(spec.min) + " to " + plain(spec.max));
}

std::optional<std::string> checkChoice(const ParamSpec& spec, std::string_view text)
{
    if (std::ranges::find(spec.choices, text) != spec.choices.end()) {
        return std::nullopt;
    }
    const auto isLater = [&](std::string_view later) {
        return text == later || (later.ends_with("://") && text.starts_with(later));
    };
    if (std::ranges::any_of(spec.laterChoices, isLater)) {
        return quote(text) + " is not supported yet";
    }
    std::string message = quote(text) + " is not one of ";
    for (std::size_t at = 0; at < spec.choices.size(); ++at) {
        message += (at ? ", " : "") + std::string(spec.choices[at]);
    }
    if (const auto near = nearest(text, spec.choices); !near.empty()) {
        message += ": did you mean " + quote(near) + "?";
    }
    return message;
}

std::optional<std::string> checkAddress(const ParamSpec& spec, std::string_view text)
{
    const bool mayRefer = spec.referenceTo == "backend-address";
    if (mayRefer && (text.starts_with("mock:") || text.starts_with("listener:"))) {
        const std::string_view name = text.substr(text.find(':') + 1);
        return isName(name) ? std::nullopt : std::optional(quote(name) + " is not a name");
    }
    if (mayRefer && parseNamedAddress(text)) {
        return std::nullopt;
    }
    const auto endpoint = Endpoint::parse(text);
    if (!endpoint) {
        return endpoint.error().detail;
    }
    if (mayRefer && endpoint->family() != Endpoint::Family::Unix && endpoint->port() == 0) {
        return quote(text) + " has port 0, which no backend can be reached at";
    }
    return std::nullopt;
}

template <typename T>
std::optional<std::string> need(const std::optional<T>& parsed, std::string_view text, std::string_view what)
{
    return parsed ? std::nullopt : std::optional(quote(text) + " is not " + std::string(what));
}

}  // namespace

std::optional<std::string> checkScalar(const ParamSpec& spec, std::string_view text)
{
    switch (spec.kind) {
        case ParamKind::Name:
            return isName(text) ? std::nullopt
                                : std::optional(quote(text) +
                                                " is not a name: letters and digits, then also . _ -, starting with a "
                                                "letter or digit");
        case ParamKind::Boolean: return need(parseBoolean(text), text, "true or false");
        case ParamKind::Integer: {
            const auto number = parseInteger(text);
            return number ? checkRange(spec, text, static_cast<double>(*number))
                          : std::optional(quote(text) + " is not a whole number");
        }
        case ParamKind::Number: {
            const auto number = parseNumber(text);
            return number ? checkRange(spec, text, *number) : std::optional(quote(text) + " is not a number");
        }
        case ParamKind::Duration: return need(parseDuration(text), text, "a duration (like 250us, 10ms, 2s, 1m, 1h)");
        case ParamKind::Rate: {
            const auto rate = parseRate(text);
            return rate ? checkRange(spec, text, rate->perSecond)
                        : std::optional(quote(text) + " is not a rate (like 50/s, 30/m, 10/h)");
        }
        case ParamKind::Size: return need(parseByteSize(text), text, "a size (like 512B, 16KiB, 1MiB)");
        case ParamKind::Share: return need(parseShare(text), text, "a share (like 0.1% or 0.001)");
        case ParamKind::Address: return checkAddress(spec, text);
        case ParamKind::Choice: return checkChoice(spec, text);
        default: return std::nullopt;
    }
}

std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates)
{
    // Damerau-Levenshtein with adjacent swaps; words here are short, so the plain table will do.
    const auto distance = [](std::string_view a, std::string_view b) {
        std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
        for (std::size_t i = 0; i <= a.size(); ++i) {
            for (std::size_t j = 0; j <= b.size(); ++j) {
                if (i == 0 || j == 0) {
                    d[i][j] = i + j;
                    continue;
                }
                d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (a[i - 1] != b[j - 1])});
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                    d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
                }
            }
        }
        return d[a.size()][b.size()];
    };
    if (word.size() > 64) {
        return {};
    }
    std::string_view best;
    std::size_t bestDistance = std::max<std::size_t>(1, word.size() / 3) + 1;
    for (const auto candidate : candidates) {
        if (const std::size_t d = distance(word, candidate); d < bestDistance) {
            best = candidate;
            bestDistance = d;
        }
    }
    return best;
}

}  // namespace signalbox
