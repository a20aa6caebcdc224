#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "core/http/body_reader.h"
#include "core/net/timer.h"
#include "core/proxy/body_writer.h"
#include "core/proxy/worker_plan.h"
#include "core/stats/decision_trace.h"

namespace signalbox::proxy {

class Mirrors;
class Worker;

/// What a copy is made from.
struct MirrorSource {
    WorkerPlan& plan;
    const RouteBinding& route;
    std::string_view clientAddress;  ///< as balancers take it: 4 or 16 bytes
    const net::IoBuffer& head;       ///< as a backend gets it, perhaps with a short body behind it
    http::Method method;
    BodyWriter::Framing framing;
    bool complete;  ///< nothing of the body is to come
    stats::DecisionTrace* trace;
};

/// One copy of a request on its way to one backend of a mirror pool; its answer is read and thrown away. Never asks the
/// exchange it copies to wait: what its backend does not take soon enough ends it. Pooled by Mirrors; worker's thread
/// only.
class MirrorRequest final : public UpstreamUser {
public:
    explicit MirrorRequest(Mirrors& owner);

    void onUpstreamConnected() override {}
    void onUpstreamData(net::IoBuffer data) override;
    void onUpstreamEnd() override;
    void onUpstreamDrained() override {}
    void onUpstreamFailed(const Error& error) override;

private:
    friend class Mirrors;

    static constexpr std::size_t kMostQueued = 256 * 1024;

    void begin(const MirrorSource& source, const PoolBinding& pool, std::size_t backend, stats::MirrorStep* step);
    void write(std::string_view bytes);
    void finish(std::string_view trailers);
    void letGo();

    static void onTimer(void* self);
    void requestComplete();
    void skip(net::IoBuffer data);
    void answered(bool clean);
    void drop(std::string_view why);
    void fail(std::string_view why);
    void end(stats::MirrorResult result, std::string_view why);
    void count(stats::Counter counter) const noexcept;

    Mirrors& m_owner;
    WorkerPlan* m_plan = nullptr;
    const PoolBinding* m_pool = nullptr;
    const RouteBinding* m_route = nullptr;
    UpstreamConnection* m_upstream = nullptr;
    stats::MirrorStep* m_step = nullptr;  // in the trace of the exchange, while that lasts
    MirrorRequest* m_next = nullptr;      // of the same exchange
    BodyWriter m_up;
    http::BodyReader m_answer;
    http::HeadScan m_scan;
    net::IoBuffer m_partialHead;
    net::Timer m_timer;
    std::size_t m_backend = 0;
    std::uint64_t m_sentBefore = 0;
    TimePoint m_begunAt{};
    int m_status = 0;
    std::uint32_t m_interims = 0;
    http::Method m_method{};
    bool m_attached = false;  // its exchange still knows it
    bool m_complete = false;  // the request was handed over to its end
    bool m_keepAlive = false;
    bool m_over = true;
};

/// Makes the copies of one worker's requests, and owns them. An exchange holds those of its request as one handle, feeds
/// them the body as it comes, and lets go of them when it ends; they finish on their own. Worker's thread only.
class Mirrors {
public:
    static constexpr std::size_t kMostAtOnce = 1024;

    explicit Mirrors(Worker& worker) : m_worker(worker) {}
    ~Mirrors();
    Mirrors(const Mirrors&) = delete;
    Mirrors& operator=(const Mirrors&) = delete;

    /// Draws, picks and sends for each mirror of the route; null where no copy is under way.
    [[nodiscard]] MirrorRequest* begin(const MirrorSource& source);
    /// A piece of the body; copied, so that a slow mirror holds no received memory.
    static void write(MirrorRequest* first, std::string_view bytes);
    static void finish(MirrorRequest* first, std::string_view trailers);
    /// The exchange ends: what was not copied to its end is dropped, the rest is on its own.
    static void letGo(MirrorRequest* first);

private:
    friend class MirrorRequest;

    [[nodiscard]] MirrorRequest* beginOne(const MirrorSource& source, const plan::MirrorPlan& mirror,
                                          const PoolBinding& pool);
    void giveBack(MirrorRequest& request) { m_free.push_back(&request); }

    Worker& m_worker;
    std::vector<std::unique_ptr<MirrorRequest>> m_all;
    std::vector<MirrorRequest*> m_free;
    http::ResponseHead m_head;  // of whichever answer is read; kept for its storage
};

}  // namespace signalbox::proxy
