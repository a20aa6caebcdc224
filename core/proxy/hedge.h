#pragma once

#include <cstdint>

#include "core/http/head_scan.h"
#include "core/http/message.h"
#include "core/proxy/upstream.h"
#include "core/stats/decision_trace.h"

namespace signalbox::proxy {

class Exchange;

/// An attempt of a request beside the exchange's own one, until one of them has the head of an answer. Then it becomes
/// the exchange's own, or it is closed. Owned by its exchange, which keeps it for its next requests; worker's thread
/// only.
class Hedge final : public UpstreamUser {
public:
    explicit Hedge(Exchange& exchange) noexcept : m_exchange(exchange) {}

    [[nodiscard]] bool running() const noexcept { return m_upstream != nullptr; }
    [[nodiscard]] std::size_t backend() const noexcept { return m_backend; }

    /// Sends the exchange's request, head and body, to a backend.
    void begin(std::size_t backend, bool fresh);
    /// Closes it; `status` of what it answered, if it did.
    void end(stats::AttemptResult result, int status);

    void onUpstreamConnected() override;
    void onUpstreamData(net::IoBuffer data) override;
    void onUpstreamEnd() override;
    void onUpstreamDrained() override {}
    void onUpstreamFailed(const Error& error) override;

private:
    friend class Exchange;

    void over(stats::AttemptResult result, int status);

    Exchange& m_exchange;
    UpstreamConnection* m_upstream = nullptr;
    stats::Attempt* m_record = nullptr;
    net::IoBuffer m_partialHead;
    http::HeadScan m_scan;
    http::ResponseHead m_head;
    std::size_t m_backend = 0;
    std::uint64_t m_sentBefore = 0;
    TimePoint m_begunAt{};
    std::uint32_t m_interims = 0;
    bool m_firstByte = false;
    bool m_repeated = false;  // after a stale connection
};

}  // namespace signalbox::proxy
