#include "core/proxy/health_prober.h"

#include <algorithm>
#include <cstring>

#include "core/balance/active_check.h"
#include "core/base/units.h"
#include "core/proxy/health_reporter.h"

namespace signalbox::proxy {
namespace {

constexpr std::size_t kMostHead = 16 * 1024;
/// How late the end of an ejection may be noted; requests do not wait for that.
constexpr Duration kTickEvery = std::chrono::milliseconds(200);

Endpoint checkedAddress(const plan::BackendPlan& backend, const balance::ActiveCheckParams& params)
{
    Endpoint out = backend.address;
    if (params.port != 0 && out.family() != Endpoint::Family::Unix) {
        out.setPort(params.port);
    }
    return out;
}

std::string requestOf(const plan::BackendPlan& backend, const balance::ActiveCheckParams& params)
{
    const bool isUnix = backend.address.family() == Endpoint::Family::Unix;
    const std::string host = !params.host.empty() ? params.host : isUnix ? "localhost" : backend.address.text();
    return params.method + " " + params.path + " HTTP/1.1\r\nHost: " + host +
           "\r\nUser-Agent: signalbox-health\r\nAccept: */*\r\nConnection: close\r\n\r\n";
}

}  // namespace

/// The checks of one backend, one after the other.
class HealthProber::Check final : public net::StreamHandler {
public:
    Check(HealthProber& owner, std::shared_ptr<const plan::PoolPlan> pool, std::size_t at)
        : m_owner(owner),
          m_params(*pool->health->params().active),
          m_address(checkedAddress(pool->backends[at], m_params)),
          m_request(requestOf(pool->backends[at], m_params)),
          m_timer(owner.m_reactor, &Check::onTimer, this, net::Timer::Precision::Precise)
    {
        bind(std::move(pool), at);
        m_timer.start(balance::firstCheckDelay(m_params, owner.m_rng));
    }
    ~Check()
    {
        if (m_stream) {
            m_stream->close();
        }
    }

    [[nodiscard]] bool isFor(const balance::ActiveCheckParams& params) const { return m_params == params; }
    /// The pool as a newer plan has it.
    void bind(std::shared_ptr<const plan::PoolPlan> pool, std::size_t at)
    {
        m_pool = std::move(pool);
        m_at = at;
    }

    void onConnected() override
    {
        m_connected = true;
        if (m_params.type == balance::ActiveCheckParams::Type::Tcp) {
            finish(true, "connected");
        }
    }
    void onData(net::IoBuffer data) override
    {
        if (m_params.type == balance::ActiveCheckParams::Type::Http) {
            m_read.append(data.view());
            readAnswer();
        }
    }
    void onEnd() override { finish(false, "the connection was closed without an answer"); }
    void onFailed(const Error& error) override
    {
        m_stream = nullptr;
        if (error.code == ErrorCode::Exhausted) {
            again();  // that we have no descriptor left says nothing about the backend
        } else if (error.code == ErrorCode::ConnectRefused) {
            finish(false, "connect refused");
        } else {
            finish(false, (m_connected ? "connection failed: " : "connect failed: ") + error.detail);
        }
    }

private:
    static void onTimer(void* self)
    {
        auto& check = *static_cast<Check*>(self);
        if (check.m_stream) {
            check.finish(false, (check.m_connected ? "no answer within " : "no connection within ") +
                                    formatDuration(check.m_params.timeout));
        } else {
            check.begin();
        }
    }

    void begin()
    {
        net::Reactor& reactor = m_owner.m_reactor;
        m_begunAt = reactor.now();
        m_connected = false;
        m_read.clear();
        m_scan.reset();
        m_stream = &reactor.connect(m_address, *this);
        if (m_params.type == balance::ActiveCheckParams::Type::Http) {
            net::IoBuffer bytes = reactor.allocate(static_cast<std::uint32_t>(m_request.size()));
            std::memcpy(bytes.data(), m_request.data(), m_request.size());
            bytes.resize(static_cast<std::uint32_t>(m_request.size()));
            m_stream->send(std::move(bytes));
        }
        m_timer.start(m_params.timeout);
    }

    void readAnswer()
    {
        for (;;) {
            const http::ParseResult result = m_owner.m_parser.parse(
                m_read, m_scan, http::HeadLimits{}, {http::parseMethod(m_params.method), false}, m_owner.m_head);
            if (result.state == http::HeadScan::State::Refused) {
                finish(false, "an answer that is not HTTP: " + std::string(result.error.detail));
                return;
            }
            if (result.state == http::HeadScan::State::NeedMore) {
                if (m_read.size() > kMostHead) {
                    finish(false, "an answer whose head does not end");
                }
                return;
            }
            const int status = m_owner.m_head.status;
            if (status >= 200) {
                finish(m_params.accepts(status), "status " + std::to_string(status));
                return;
            }
            m_read.erase(0, result.used);
            m_scan.reset();
        }
    }

    void finish(bool passed, const std::string& text)
    {
        if (m_stream) {
            m_stream->close();
            m_stream = nullptr;
        }
        const stats::SlotId slot = m_pool->backends[m_at].slot;
        if (!passed && slot != stats::kNoSlot) {
            m_owner.m_stats.slot(stats::Scope::Backend, slot).add(stats::Counter::ChecksFailed);
        }
        HealthReporter reporter(*m_pool, &m_owner.m_stats);
        m_pool->health->onCheck(m_at, passed, text, m_owner.m_reactor.now(), reporter);
        again();
    }

    void again()
    {
        const TimePoint next = m_begunAt + balance::nextCheckDelay(m_params, m_owner.m_rng);
        m_timer.startAt(std::max(m_owner.m_reactor.now(), next));
    }

    HealthProber& m_owner;
    const balance::ActiveCheckParams m_params;
    const Endpoint m_address;
    const std::string m_request;
    std::shared_ptr<const plan::PoolPlan> m_pool;
    std::size_t m_at = 0;
    net::Stream* m_stream = nullptr;  // while a check runs
    TimePoint m_begunAt{};
    bool m_connected = false;
    std::string m_read;
    http::HeadScan m_scan;
    net::Timer m_timer;  // when the next check begins, and then when it must be over
};

HealthProber::HealthProber(net::Reactor& reactor, stats::WorkerStats& stats, http::ResponseParser& parser, Rng rng)
    : m_reactor(reactor), m_stats(stats), m_parser(parser), m_rng(rng), m_tick(reactor, &HealthProber::onTick, this)
{}

HealthProber::~HealthProber() = default;

void HealthProber::take(std::shared_ptr<const plan::Plan> plan)
{
    std::map<std::string, std::unique_ptr<Check>> next;
    bool needsTicks = false;
    for (const auto& pool : plan->pools) {
        if (!pool->health) {
            continue;
        }
        needsTicks = needsTicks || pool->health->needsTicks();
        const auto& active = pool->health->params().active;
        for (std::size_t at = 0; active && at < pool->backends.size(); ++at) {
            const plan::BackendPlan& backend = pool->backends[at];
            if (backend.address.family() == Endpoint::Family::None) {
                continue;
            }
            const std::string key = backend.id + '@' + backend.address.text();
            const auto known = m_checks.find(key);
            if (known != m_checks.end() && known->second && known->second->isFor(*active)) {
                known->second->bind(pool, at);
                next[key] = std::move(known->second);
            } else {
                next[key] = std::make_unique<Check>(*this, pool, at);
            }
        }
    }
    m_checks = std::move(next);
    m_plan = std::move(plan);
    if (!needsTicks) {
        m_tick.cancel();
    } else if (!m_tick.active()) {
        m_tick.start(kTickEvery);
    }
}

void HealthProber::stop()
{
    m_checks.clear();
    m_tick.cancel();
    m_plan.reset();
}

void HealthProber::onTick(void* self)
{
    auto& prober = *static_cast<HealthProber*>(self);
    for (const auto& pool : prober.m_plan->pools) {
        if (pool->health && pool->health->needsTicks()) {
            HealthReporter reporter(*pool, &prober.m_stats);
            pool->health->tick(prober.m_reactor.now(), reporter);
        }
    }
    prober.m_tick.start(kTickEvery);
}

}  // namespace signalbox::proxy
