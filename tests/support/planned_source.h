#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "core/traffic/scenario.h"

namespace signalbox::test {

/// A list of planned requests, so that a test knows exactly what is due and when.
class PlannedSource final : public traffic::RequestSource {
public:
    explicit PlannedSource(std::vector<traffic::PlannedRequest> requests) : m_requests(std::move(requests)) {}
    std::optional<traffic::PlannedRequest> next() override
    {
        return m_at < m_requests.size() ? std::optional(m_requests[m_at++]) : std::nullopt;
    }
    std::optional<std::uint64_t> expectedCount() const override { return m_requests.size(); }

    /// `count` requests at even gaps from 0 on, clients in turn; the path is the number.
    static std::unique_ptr<PlannedSource> even(std::size_t count, Duration gap, std::uint32_t clients = 1)
    {
        std::vector<traffic::PlannedRequest> requests(count);
        for (std::size_t i = 0; i < count; ++i) {
            requests[i].at = gap * static_cast<std::int64_t>(i);
            requests[i].client = static_cast<std::uint32_t>(i) % clients;
            requests[i].method = "GET";
            requests[i].path = "/" + std::to_string(i);
        }
        return std::make_unique<PlannedSource>(std::move(requests));
    }

private:
    std::vector<traffic::PlannedRequest> m_requests;
    std::size_t m_at = 0;
};

}  // namespace signalbox::test
