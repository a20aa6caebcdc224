#include "core/proxy/exchange.h"
#include "core/proxy/worker.h"

namespace signalbox::proxy {

/// Called once for every request, when it ends in whatever way; the caller has seen that there is a log.
void Exchange::writeAccessLogs(const policy::PolicyChain& chain, stats::Outcome outcome)
{
    const auto header = [this](std::string_view name) {
        return m_request.headers.find(name).value_or(std::string_view());
    };
    stats::AccessRecord record;
    record.took = Duration(sinceBegin());
    record.wallNs = wallClockNs() - record.took.count();
    record.client = m_session->clientAddress();
    record.method = m_request.methodText;
    record.target = m_request.target;
    record.host = m_request.host;
    record.path = m_request.target.substr(0, m_request.target.find('?'));
    record.versionMinor = m_request.versionMinor;
    record.status = m_status;
    record.bytesIn = m_bytesIn;
    record.bytesOut = m_bytesOut;
    record.listener = m_listener->plan->name;
    record.route = m_route ? std::string_view(m_route->plan->name) : std::string_view();
    if (m_pool) {
        record.pool = m_pool->plan->name;
        record.backend = m_attempts > 0 ? std::string_view(m_pool->plan->backends[m_backend].name) : std::string_view();
    }
    record.attempts = m_attempts;
    record.consumer = m_consumer ? std::string_view(m_consumer->name) : std::string_view();
    record.outcome = outcome;
    record.refusedBy = m_refusedBy;
    record.userAgent = header("User-Agent");
    record.referer = header("Referer");
    record.requestId = header("X-Request-Id");
    for (const auto& log : chain.accessLogs) {
        log->write(m_worker.index(), record, m_worker.rng());
    }
}

}  // namespace signalbox::proxy
