#include "core/proxy/mirror_request.h"

#include <cstring>

#include "core/proxy/backend_place.h"
#include "core/proxy/buffers.h"
#include "core/proxy/status_counter.h"
#include "core/proxy/worker.h"

namespace signalbox::proxy {
namespace {

constexpr std::uint32_t kMostInterims = 64;
constexpr Duration kLongestAnswer = std::chrono::seconds(30);  // where the route sets no time-out

void add(stats::SlotStats* slot, stats::Counter counter) noexcept
{
    if (slot) {
        slot->add(counter);
    }
}

}  // namespace

MirrorRequest::MirrorRequest(Mirrors& owner)
    : m_owner(owner), m_up(owner.m_worker.reactor()), m_timer(owner.m_worker.reactor(), &MirrorRequest::onTimer, this)
{}

void MirrorRequest::begin(const MirrorSource& source, const PoolBinding& pool, std::size_t backend,
                          stats::MirrorStep* step)
{
    Worker& worker = m_owner.m_worker;
    m_plan = &source.plan;
    m_plan->pin();
    m_pool = &pool;
    m_route = &source.route;
    m_step = step;
    m_backend = backend;
    m_method = source.method;
    m_begunAt = worker.now();
    m_scan.reset();
    m_answer.start(http::BodyKind::None);
    m_status = 0;
    m_interims = 0;
    m_complete = false;
    m_over = false;
    m_attached = true;
    const BackendBinding& to = pool.backends[backend];
    pool.plan->state->state(backend).addActive(worker.index(), 1);
    const Duration connect = pool.plan->connectTimeout.value_or(source.route.plan->timeouts.connect);
    m_upstream = &to.connections->acquire(*this, connect, false);
    m_sentBefore = m_upstream->stream().sent();
    if (to.stats) {
        to.stats->addActive(1);
        to.stats->add(stats::Counter::Requests);
        to.stats->add(m_upstream->reused() ? stats::Counter::ConnectionsReused : stats::Counter::ConnectionsOpened);
    }
    m_upstream->stream().send(source.head.share(0, source.head.size()));
    m_up.start({}, source.framing);
    if (source.complete) {
        requestComplete();
    }
}

void MirrorRequest::write(std::string_view bytes)
{
    if (m_over || bytes.empty()) {
        return;
    }
    if (m_upstream->stream().queued() + bytes.size() > kMostQueued) {
        drop("its backend does not take the body fast enough");
        return;
    }
    net::IoBuffer copy = m_owner.m_worker.reactor().allocate(static_cast<std::uint32_t>(bytes.size()));
    std::memcpy(copy.data(), bytes.data(), bytes.size());
    copy.resize(static_cast<std::uint32_t>(bytes.size()));
    const auto sink = [this](net::IoBuffer piece) { m_upstream->stream().send(std::move(piece)); };
    m_up.write(std::move(copy), sink);
    m_up.flush(sink);
}

void MirrorRequest::finish(std::string_view trailers)
{
    if (!m_over && !m_complete) {
        m_up.finish(trailers, [this](net::IoBuffer piece) { m_upstream->stream().send(std::move(piece)); });
        requestComplete();
    }
}

void MirrorRequest::requestComplete()
{
    m_complete = true;
    const Duration limit = m_route->plan->timeouts.request;
    m_timer.start(limit > Duration::zero() ? limit : kLongestAnswer);
}

void MirrorRequest::letGo()
{
    if (!m_over && !m_complete) {
        drop("the request broke off");
    }
    m_attached = false;
    m_step = nullptr;
    if (m_over) {
        m_owner.giveBack(*this);
    }
}

void MirrorRequest::onTimer(void* self)
{
    auto& mirror = *static_cast<MirrorRequest*>(self);
    mirror.m_upstream->close();
    mirror.m_upstream = nullptr;
    mirror.fail("did not answer in time");
}

void MirrorRequest::onUpstreamData(net::IoBuffer data)
{
    const bool early = m_upstream->reused() && m_status == 0 && m_upstream->stream().sent() == m_sentBefore;
    std::string_view fault = early ? "closed the kept connection" : "";
    while (fault.empty() && m_status == 0 && !data.empty()) {
        Worker& worker = m_owner.m_worker;
        http::ResponseHead& head = m_owner.m_head;
        if (!m_partialHead.empty()) {
            data = joined(worker.reactor(), m_partialHead, data);
        }
        const http::ParseResult result =
            worker.responseParser().parse(data.view(), m_scan, http::HeadLimits{}, {m_method, false}, head);
        if (result.state == http::HeadScan::State::NeedMore) {
            m_partialHead = m_partialHead.empty() ? joined(worker.reactor(), {}, data) : std::move(data);
            return;
        }
        m_scan.reset();
        m_partialHead.reset();
        if (result.state == http::HeadScan::State::Refused || ++m_interims > kMostInterims) {
            fault = "gave an answer that cannot be read";
        } else {
            data.removePrefix(static_cast<std::uint32_t>(result.used));
            if (head.status >= 200) {
                m_status = head.status;
                m_keepAlive = head.keepAlive;
                m_answer.start(head.body, head.contentLength);
            }
        }
    }
    if (!fault.empty()) {
        m_upstream->close();
        m_upstream = nullptr;
        fail(fault);
    } else if (m_status != 0) {
        skip(std::move(data));
    }
}

void MirrorRequest::skip(net::IoBuffer data)
{
    while (!m_answer.done() && !data.empty()) {
        const http::BodyReader::Step step = m_answer.next(data.view());
        if (step.error) {
            m_upstream->close();
            m_upstream = nullptr;
            fail("sent a malformed body");
            return;
        }
        data.removePrefix(static_cast<std::uint32_t>(step.used));
    }
    if (m_answer.done()) {
        answered(data.empty());
    }
}

void MirrorRequest::answered(bool clean)
{
    Worker& worker = m_owner.m_worker;
    UpstreamConnection* const connection = std::exchange(m_upstream, nullptr);
    if (clean && m_keepAlive && m_complete) {
        connection->release(worker.now());
    } else {
        connection->close();
    }
    if (stats::SlotStats* const slot = m_pool->backends[m_backend].stats) {
        slot->add(counterOf(m_status));
        slot->recordLatency(worker.now() - m_begunAt);
    }
    if (m_step) {
        m_step->status = m_status;
    }
    count(stats::Counter::MirrorsSent);
    end(stats::MirrorResult::Answered, {});
}

void MirrorRequest::onUpstreamEnd()
{
    if (m_status != 0 && m_answer.finishAtClose()) {
        answered(false);
        return;
    }
    m_upstream->close();
    m_upstream = nullptr;
    fail("closed the connection without an answer");
}

void MirrorRequest::onUpstreamFailed(const Error& error)
{
    const bool connected = m_upstream->connected();
    m_upstream = nullptr;  // it is gone already
    if (stats::SlotStats* const slot = m_pool->backends[m_backend].stats) {
        slot->add(connected ? stats::Counter::Resets : stats::Counter::ConnectErrors);
    }
    fail(connected                                  ? "closed the connection without an answer"
         : error.code == ErrorCode::ConnectTimeout ? "did not accept the connection in time"
                                                    : "refused the connection");
}

void MirrorRequest::drop(std::string_view why)
{
    m_upstream->close();
    m_upstream = nullptr;
    count(stats::Counter::MirrorsDropped);
    end(stats::MirrorResult::Dropped, why);
}

void MirrorRequest::fail(std::string_view why)
{
    count(stats::Counter::MirrorsSent);
    count(stats::Counter::MirrorsFailed);
    end(stats::MirrorResult::Failed, why);
}

void MirrorRequest::end(stats::MirrorResult result, std::string_view why)
{
    Worker& worker = m_owner.m_worker;
    m_timer.cancel();
    m_up.clear();
    m_partialHead.reset();
    m_over = true;
    if (m_step) {
        m_step->result = result;
        m_step->why.assign(why);
    }
    if (stats::SlotStats* const slot = m_pool->backends[m_backend].stats) {
        slot->addActive(-1);
    }
    m_pool->plan->state->state(m_backend).addActive(worker.index(), -1);
    if (m_pool->plan->limit) {
        m_pool->plan->limit->release();
    }
    wakeNext(*m_pool->plan);
    worker.unpin(*std::exchange(m_plan, nullptr));
    if (!m_attached) {
        m_owner.giveBack(*this);
    }
}

void MirrorRequest::count(stats::Counter counter) const noexcept
{
    add(m_route->stats, counter);
    add(m_pool->stats, counter);
}

Mirrors::~Mirrors()
{
    for (const auto& request : m_all) {
        if (request->m_upstream) {
            request->m_upstream->close();
        }
    }
}

MirrorRequest* Mirrors::begin(const MirrorSource& source)
{
    MirrorRequest* first = nullptr;
    for (std::size_t at = 0; at < source.route.mirrors.size(); ++at) {
        if (MirrorRequest* const made = beginOne(source, source.route.plan->mirrors[at], *source.route.mirrors[at])) {
            made->m_next = first;
            first = made;
        }
    }
    return first;
}

MirrorRequest* Mirrors::beginOne(const MirrorSource& source, const plan::MirrorPlan& mirror, const PoolBinding& pool)
{
    stats::MirrorStep* const step = source.trace ? source.trace->mirrors.add() : nullptr;
    if (step) {
        step->pool.assign(pool.plan->name);
    }
    if (!mirror.draw()) {
        return nullptr;
    }
    const auto dropped = [&](std::string_view why) -> MirrorRequest* {
        if (step) {
            step->result = stats::MirrorResult::Dropped;
            step->why.assign(why);
        }
        add(source.route.stats, stats::Counter::MirrorsDropped);
        add(pool.stats, stats::Counter::MirrorsDropped);
        return nullptr;
    };
    if (m_free.empty() && m_all.size() >= kMostAtOnce) {
        return dropped("too many copies are under way");
    }
    if (pool.plan->limit && !pool.plan->limit->tryAcquire()) {
        return dropped("the pool is at its adaptive concurrency limit");
    }
    const balance::PickContext context{*pool.plan->state, source.clientAddress, 0, 0, nullptr, m_worker.now()};
    const auto chosen = pool.plan->balancer->pick(context, m_worker.rng());
    if (!chosen) {
        if (pool.plan->limit) {
            leaveLimit(*pool.plan);
        }
        return dropped("no backend is usable");
    }
    if (m_free.empty()) {
        m_all.push_back(std::make_unique<MirrorRequest>(*this));
        m_free.reserve(m_all.capacity());
        m_free.push_back(m_all.back().get());
    }
    MirrorRequest& request = *m_free.back();
    m_free.pop_back();
    if (step) {
        step->backend.assign(pool.plan->backends[*chosen].name);
        step->result = stats::MirrorResult::Sent;
    }
    request.begin(source, pool, *chosen, step);
    return &request;
}

void Mirrors::write(MirrorRequest* first, std::string_view bytes)
{
    for (; first; first = first->m_next) {
        first->write(bytes);
    }
}

void Mirrors::finish(MirrorRequest* first, std::string_view trailers)
{
    for (; first; first = first->m_next) {
        first->finish(trailers);
    }
}

void Mirrors::letGo(MirrorRequest* first)
{
    while (first) {
        MirrorRequest* const next = std::exchange(first->m_next, nullptr);
        first->letGo();
        first = next;
    }
}

}  // namespace signalbox::proxy
