#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "core/base/result.h"
#include "core/base/rng.h"
#include "core/base/value.h"
#include "core/site/site.h"
#include "core/traffic/alias_table.h"
#include "core/traffic/scenario.h"

namespace signalbox::traffic {

/// One variable of a path: how each {NAME} is drawn.
struct Variable {
    struct Zipf {
        AliasTable table;  ///< rank k in [1, n] with probability proportional to 1 / k^s
    };
    struct Uniform {
        std::int64_t min = 0;
        std::int64_t max = 0;
    };
    struct Choice {
        std::vector<std::string> values;
    };
    struct Sequence {
        std::int64_t from = 0;
        std::size_t counter = 0;  ///< index into MixState::counters
    };
    std::string name;
    std::variant<Zipf, Uniform, Choice, Sequence> drawn;
};

/// What a source of requests remembers between draws.
struct MixState {
    std::vector<std::int64_t> counters;
};

/// The weighted requests of a scenario, compiled: path templates, variables, headers with credentials. Immutable; any
/// thread.
class Mix {
public:
    /// `requests` is the scenario's list; `keyHeaders` are the headers in which the target looks for API keys. Errors
    /// say which request is wrong, by its path.
    [[nodiscard]] static Result<std::shared_ptr<const Mix>> create(const Value& requests, const site::Site& site,
                                                                   const std::vector<std::string>& keyHeaders,
                                                                   const std::string& pathPrefix = {});

    [[nodiscard]] MixState start() const { return {m_counterStarts}; }
    /// Fills everything but `at` and `client`.
    [[nodiscard]] PlannedRequest draw(Rng& rng, MixState& state) const;
    [[nodiscard]] std::size_t kinds() const noexcept { return m_requests.size(); }

private:
    struct Part {
        std::string literal;
        int variable = -1;  ///< index into Request::variables, after the literal
    };
    struct Request {
        std::string method;
        std::vector<Part> path;
        std::vector<Variable> variables;
        std::vector<std::pair<std::string, std::string>> headers;
        std::string body;
    };
    Result<Request> compile(const Value& element, const site::Site& site, const std::vector<std::string>& keyHeaders,
                            const std::string& pathPrefix);
    Result<Variable> variable(const std::string& name, const Value& spec);
    static Result<void> splitPath(const std::string& path, Request& out);

    std::vector<Request> m_requests;
    AliasTable m_pick;
    std::vector<std::int64_t> m_counterStarts;
};

}  // namespace signalbox::traffic
