#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/admin/process_status.h"
#include "core/balance/adaptive_limit.h"
#include "core/stats/access_log_hub.h"
#include "core/stats/worker_stats.h"

namespace signalbox::running {
class RunningSite;
}

namespace signalbox::admin {

/// Everything that the admin interface shows of a running site at one moment, as plain values: what metricsText and
/// statsJson are made from.
struct Status {
    struct Listener {
        std::string name;
        std::string address;  ///< where it is bound
        std::string role;     ///< "load-balancer", "api-gateway"
    };
    struct Backend {
        std::string pool;
        std::string name;
        std::string address;   ///< as the site says
        std::string endpoint;  ///< what it stands for now; empty: not known yet
        bool healthy = true;
        bool draining = false;
        std::uint32_t active = 0;
        std::uint32_t weight = 1;
        bool ejected = false;
        std::uint32_t share = 100;  ///< per cent of its weight that count: less during its slow start
        std::string cause;          ///< of the last change of its health; empty: there was none
        [[nodiscard]] bool isUp() const noexcept { return healthy && !ejected && !draining && !endpoint.empty(); }
        /// "up", "starting", "ejected", "down", "draining" or "no-address".
        [[nodiscard]] std::string_view state() const noexcept;
    };
    struct Pool {
        std::string name;
        std::string algorithm;
        bool panic = false;  ///< so few backends are healthy that health is ignored
        /// Of a pool with adaptive concurrency.
        std::optional<balance::AdaptiveLimit::View> limit = {};
    };

    stats::StatsSnapshot stats;
    std::string version;
    std::string reactor;
    unsigned workers = 0;
    std::uint64_t epoch = 0;
    bool draining = false;
    std::vector<Listener> listeners;
    std::vector<Pool> pools;
    std::vector<Backend> backends;
    stats::AccessLogHub::Counts accessLog;
    ProcessStatus process;
};

/// Any thread; waits for no worker.
[[nodiscard]] Status statusOf(running::RunningSite& running);

}  // namespace signalbox::admin
