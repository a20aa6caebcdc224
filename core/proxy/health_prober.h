#pragma once

#include <map>
#include <memory>
#include <string>

#include "core/base/rng.h"
#include "core/http/h1_parser.h"
#include "core/net/reactor.h"
#include "core/plan/plan.h"
#include "core/stats/worker_stats.h"

namespace signalbox::proxy {

/// Asks the backends of the published plan whether they are well, on connections of its own, and lets time pass for
/// their pools' health. One per engine, on the first worker's reactor; that worker's thread only.
class HealthProber {
public:
    HealthProber(net::Reactor& reactor, stats::WorkerStats& stats, http::ResponseParser& parser, Rng rng);
    ~HealthProber();
    HealthProber(const HealthProber&) = delete;
    HealthProber& operator=(const HealthProber&) = delete;

    /// Checks what `plan` wants checked: a backend that stays in its pool, at its address and with the same checks, is
    /// asked on as before; the checks of all others end.
    void take(std::shared_ptr<const plan::Plan> plan);
    /// Ends all checks.
    void stop();

private:
    class Check;

    static void onTick(void* self);

    net::Reactor& m_reactor;
    stats::WorkerStats& m_stats;
    http::ResponseParser& m_parser;
    Rng m_rng;
    http::ResponseHead m_head;  // of whichever check reads one; kept for its storage
    std::shared_ptr<const plan::Plan> m_plan;
    std::map<std::string, std::unique_ptr<Check>> m_checks;
    net::Timer m_tick;
};

}  // namespace signalbox::proxy
