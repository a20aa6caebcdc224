#include "core/traffic/mix.h"

#include <algorithm>
#include <cmath>

#include "core/base/param_spec.h"
#include "core/base/units.h"
#include "core/http/char_class.h"
#include "core/http/message.h"
#include "core/traffic/credentials.h"
#include "core/traffic/formats/request_line.h"

namespace signalbox::traffic {

namespace {

constexpr std::int64_t kMostRanks = 1'000'000;

auto invalid(std::string what)
{
    return fail({.code = ErrorCode::InvalidConfig, .detail = std::move(what)});
}

std::optional<double> numberAt(const Value& map, std::string_view key)
{
    const Value* const found = map.find(key);
    return found ? parseNumber(found->text()) : std::nullopt;
}

std::optional<std::int64_t> integerAt(const Value& map, std::string_view key)
{
    const Value* const found = map.find(key);
    return found ? parseInteger(found->text()) : std::nullopt;
}

Result<Variable::Zipf> zipf(const Value& spec)
{
    const auto n = integerAt(spec, "n");
    const auto s = spec.find("s") ? numberAt(spec, "s") : 1.0;
    if (!n || *n < 1 || *n > kMostRanks) {
        return invalid("zipf needs n from 1 to 1000000");
    }
    if (!s || *s < 0 || *s > 20) {
        return invalid("zipf needs s from 0 to 20");
    }
    std::vector<double> weights(static_cast<std::size_t>(*n));
    for (std::size_t rank = 0; rank < weights.size(); ++rank) {
        weights[rank] = std::pow(static_cast<double>(rank + 1), -*s);
    }
    return Variable::Zipf{AliasTable(std::move(weights))};
}

Result<Variable::Uniform> uniform(const Value& spec)
{
    const auto max = integerAt(spec, "max");
    const auto min = spec.find("min") ? integerAt(spec, "min") : 0;
    if (!min || !max || *max < *min || *min < -1'000'000'000'000'000 || *max > 1'000'000'000'000'000) {
        return invalid("uniform needs whole numbers min and max, min not above max");
    }
    return Variable::Uniform{*min, *max};
}

Result<Variable::Choice> choice(const Value& spec)
{
    Variable::Choice out;
    for (const Value& item : spec.items()) {
        out.values.push_back(encodeTarget(item.text()));
    }
    if (out.values.empty()) {
        return invalid("choice needs a list with at least one value");
    }
    return out;
}

std::string oneLine(std::string text)
{
    std::erase_if(text, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
    return text;
}

}  // namespace

Result<std::shared_ptr<const Mix>> Mix::create(const Value& requests, const site::Site& site,
                                               const std::vector<std::string>& keyHeaders,
                                               const std::string& pathPrefix)
{
    auto mix = std::make_shared<Mix>();
    std::vector<double> weights;
    for (const Value& element : requests.items()) {
        const Params params(site::requestSpec(), &element);
        auto request = mix->compile(element, site, keyHeaders, pathPrefix);
        if (!request) {
            return invalid("request '" + params.text("path") + "': " + request.error().detail);
        }
        mix->m_requests.push_back(std::move(*request));
        weights.push_back(std::max(0.0, params.number("weight")));
    }
    if (std::ranges::none_of(weights, [](double weight) { return weight > 0; })) {
        return invalid("there is no request with a weight above 0");
    }
    mix->m_pick = AliasTable(std::move(weights));
    return mix;
}

Result<Mix::Request> Mix::compile(const Value& element, const site::Site& site,
                                  const std::vector<std::string>& keyHeaders, const std::string& pathPrefix)
{
    const Params params(site::requestSpec(), &element);
    Request out;
    out.method = params.text("method");
    if (!http::isToken(out.method)) {
        return invalid("the method '" + out.method + "' is not a word");
    }
    out.body = params.text("body");
    for (auto& [name, value] : params.textMap("headers")) {
        out.headers.emplace_back(oneLine(name), oneLine(value));
    }
    if (const Value* vars = params.value("vars")) {
        for (const auto& [name, spec] : vars->members()) {
            auto made = variable(name, spec);
            if (!made) {
                return invalid("variable '" + name + "': " + made.error().detail);
            }
            out.variables.push_back(std::move(*made));
        }
    }
    const std::string path = params.text("path");
    if (!path.starts_with('/') && !(path == "*" && out.method == "OPTIONS")) {
        return invalid("the path must begin with /");
    }
    if (auto split = splitPath(path == "*" ? path : pathPrefix + path, out); !split) {
        return fail(std::move(split.error()));
    }
    if (auto added = addCredentials(site, params.text("consumer"), keyHeaders, out.headers); !added) {
        return fail(std::move(added.error()));
    }
    return out;
}

Result<Variable> Mix::variable(const std::string& name, const Value& spec)
{
    if (spec.members().size() != 1) {
        return invalid("needs one of zipf, uniform, choice, sequence");
    }
    const auto& [kind, details] = spec.members().front();
    const auto wrap = [&](auto made) -> Result<Variable> {
        if (!made) {
            return fail(std::move(made.error()));
        }
        return Variable{name, std::move(*made)};
    };
    if (kind == "zipf") {
        return wrap(zipf(details));
    }
    if (kind == "uniform") {
        return wrap(uniform(details));
    }
    if (kind == "choice") {
        return wrap(choice(details));
    }
    if (kind == "sequence") {
        const auto from = details.isScalar()     ? parseInteger(details.text())
                          : details.find("from") ? integerAt(details, "from")
                                                 : std::optional<std::int64_t>(1);
        if (!from) {
            return invalid("sequence needs the whole number it begins with");
        }
        m_counterStarts.push_back(*from);
        return Variable{name, Variable::Sequence{*from, m_counterStarts.size() - 1}};
    }
    return invalid("'" + kind + "' is not one of zipf, uniform, choice, sequence");
}

Result<void> Mix::splitPath(const std::string& path, Request& out)
{
    std::size_t from = 0;
    while (from < path.size()) {
        const std::size_t open = path.find('{', from);
        const std::size_t close = open == std::string::npos ? open : path.find('}', open);
        Part part{.literal = encodeTarget(path.substr(from, close == std::string::npos ? close : open - from))};
        if (close != std::string::npos) {
            const std::string name = path.substr(open + 1, close - open - 1);
            const auto found = std::ranges::find(out.variables, name, &Variable::name);
            if (found == out.variables.end()) {
                return invalid("the path uses {" + name + "}, but vars has no '" + name + "'");
            }
            part.variable = static_cast<int>(found - out.variables.begin());
        }
        out.path.push_back(std::move(part));
        from = close == std::string::npos ? path.size() : close + 1;
    }
    return {};
}

PlannedRequest Mix::draw(Rng& rng, MixState& state) const
{
    struct Draw {
        Rng& rng;
        MixState& state;
        std::string operator()(const Variable::Zipf& v) const { return std::to_string(v.table.draw(rng) + 1); }
        std::string operator()(const Variable::Uniform& v) const
        {
            return std::to_string(v.min +
                                  static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(v.max - v.min) + 1)));
        }
        std::string operator()(const Variable::Choice& v) const { return v.values[rng.below(v.values.size())]; }
        std::string operator()(const Variable::Sequence& v) const
        {
            return std::to_string(state.counters[v.counter]++);
        }
    };
    PlannedRequest out;
    out.kind = static_cast<std::uint32_t>(m_pick.draw(rng));
    const Request& request = m_requests[out.kind];
    std::vector<std::string> values;
    for (const Variable& variable : request.variables) {
        values.push_back(std::visit(Draw{rng, state}, variable.drawn));
    }
    for (const Part& part : request.path) {
        out.path += part.literal;
        if (part.variable >= 0) {
            out.path += values[static_cast<std::size_t>(part.variable)];
        }
    }
    out.method = request.method;
    out.headers = request.headers;
    out.body = request.body;
    return out;
}

}  // namespace signalbox::traffic
