#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/clock.h"

namespace signalbox::balance {

struct StatusRange {
    int first = 200;
    int last = 399;
    friend bool operator==(const StatusRange&, const StatusRange&) = default;
};

/// How backends are asked whether they are well.
struct ActiveCheckParams {
    enum class Type : std::uint8_t { Http, Tcp };
    Type type = Type::Http;
    std::string method = "GET";
    std::string path = "/healthz";
    std::string host;        ///< empty: the backend's address
    std::uint16_t port = 0;  ///< 0: the backend's own
    Duration interval = std::chrono::seconds(2);
    double jitter = 0.1;  ///< each interval is up to this part longer or shorter
    Duration timeout = std::chrono::seconds(1);
    std::uint32_t rise = 2;  ///< passed checks in a row that bring a backend back
    std::uint32_t fall = 3;  ///< failed checks in a row that take it out
    std::vector<StatusRange> expect = {StatusRange{}};

    [[nodiscard]] bool accepts(int status) const noexcept
    {
        for (const StatusRange& range : expect) {
            if (status >= range.first && status <= range.last) {
                return true;
            }
        }
        return false;
    }
    friend bool operator==(const ActiveCheckParams&, const ActiveCheckParams&) = default;
};

/// What the outcome of real requests does to a backend.
struct PassiveParams {
    std::uint32_t failures = 5;  ///< in a row; 0: not counted
    Duration eject = std::chrono::seconds(10);
    double maxEjected = 0.5;
    double errorShare = 0;  ///< of the requests within `window`; 0: not looked at
    Duration window = std::chrono::seconds(10);
    std::uint32_t minRequests = 20;  ///< within `window`, before the share means something

    /// A backend that succeeds clearly less often than its peers.
    struct SuccessRate {
        double factor = 1.9;  ///< standard deviations below the mean
        Duration interval = std::chrono::seconds(10);
        std::uint32_t minHosts = 5;       ///< with enough requests, before they are compared
        std::uint32_t minRequests = 100;  ///< of a backend within one interval
        friend bool operator==(const SuccessRate&, const SuccessRate&) = default;
    };
    std::optional<SuccessRate> successRate;
    friend bool operator==(const PassiveParams&, const PassiveParams&) = default;
};

struct BreakerParams {
    double failures = 0.5;  ///< share that opens it
    std::uint32_t minRequests = 20;
    Duration window = std::chrono::seconds(10);
    Duration open = std::chrono::seconds(10);
    std::uint32_t trials = 3;
    friend bool operator==(const BreakerParams&, const BreakerParams&) = default;
};

/// Everything about one pool's health. What stands in PoolTraits (panic, slow start) is asked on every pick.
struct HealthParams {
    std::optional<ActiveCheckParams> active;
    std::optional<PassiveParams> passive;
    std::optional<BreakerParams> breaker;
    friend bool operator==(const HealthParams&, const HealthParams&) = default;
};

}  // namespace signalbox::balance
