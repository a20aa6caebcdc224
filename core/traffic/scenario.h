#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/endpoint.h"
#include "core/base/result.h"
#include "core/base/rng.h"
#include "core/base/units.h"
#include "core/plan/compiler.h"
#include "core/site/site.h"
#include "core/traffic/arrivals.h"

namespace signalbox::traffic {

/// One planned request.
struct PlannedRequest {
    Duration at{};             ///< since the start
    std::uint32_t client = 0;  ///< number of the client (its source address and connection)
    std::string method;
    std::string path;  ///< with query
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    std::uint32_t kind = 0;  ///< index of the mix entry, or 0
};

/// Where planned requests come from: a scenario's arrival process, or a recorded trace. One thread.
class RequestSource {
public:
    virtual ~RequestSource() = default;
    /// The next request in order of `at`; nothing at the end.
    [[nodiscard]] virtual std::optional<PlannedRequest> next() = 0;
    /// Moves the end of the plan, where the source has one of its own making: the rate was changed while it ran.
    virtual void endAt(Duration /*end*/) {}
    /// Number of requests where it is known beforehand.
    [[nodiscard]] virtual std::optional<std::uint64_t> expectedCount() const = 0;
};

struct Expectation {
    std::string what;  ///< p50 p90 p99 p999 max mean errors rate
    double limit = 0;  ///< milliseconds, share, or 1/s
    std::string text;  ///< as written: "50ms"
};

/// A scenario of a checked site, ready to run.
struct Scenario {
    std::string name;
    Endpoint target;
    std::string host;  ///< Host header
    std::uint64_t seed = 1;
    Duration duration{};
    std::uint32_t clients = 1;
    bool closed = false;  ///< users that wait for their answer and think
    std::uint32_t users = 0;
    Duration think{};
    Duration timeout = std::chrono::seconds(10);
    std::vector<Expectation> expect;
    /// A fresh source of the planned requests; for closed users it gives the mix without times (`at` is 0).
    /// Null for a scenario without a mix: a replay, whose source is its trace.
    [[nodiscard]] std::unique_ptr<RequestSource> source() const;
    std::shared_ptr<const void> mix;  ///< the compiled request mix, shared by copies
};

/// Errors: no scenario of that name (with the nearest), a target that is not known or not loopback, bad parameters.
/// `addresses` gives the bound listeners ("listener:lb"). Consumers' credentials are taken from the site.
[[nodiscard]] Result<Scenario> scenarioFrom(const site::Site& site, std::string_view name,
                                            const plan::AddressBook& addresses);

}  // namespace signalbox::traffic
