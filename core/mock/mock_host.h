#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/base/endpoint.h"
#include "core/base/result.h"
#include "core/mock/latency.h"
#include "core/net/reactor.h"
#include "core/site/site.h"

namespace signalbox::mock {

/// What a mock does; can be changed while it serves.
struct MockBehaviour {
    std::shared_ptr<const Latency> latency;  ///< null: none
    double errorShare = 0;                   ///< of answers that are `errorStatus` instead
    int errorStatus = 500;
    int status = 200;
    std::uint64_t bodyBytes = 0;             ///< generated body of that size, unless `body` is set
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers;
    bool down = false;                       ///< a fault: new and open connections are reset
    Duration extraLatency{};                 ///< a fault: added to every answer
};

struct MockSpec {
    std::string name;
    Endpoint bind;
    std::uint32_t workers = 1;   ///< requests served at the same time; the rest queue in order of arrival
    std::uint32_t queue = 1000;  ///< past it: 503 at once
    MockBehaviour behaviour;
};

struct MockCounters {
    std::uint64_t requests = 0;
    std::uint64_t answered = 0;
    std::uint64_t errors = 0;
    std::uint64_t overflowed = 0;
    std::uint32_t serving = 0;
    std::uint32_t queued = 0;
};

/// The mocks of a checked site. Errors name the mock.
[[nodiscard]] Result<std::vector<MockSpec>> mockSpecs(const site::Site& site);

/// Plays the mock services of a site over real sockets, on threads of its own so that they do not disturb the engine's
/// workers. HTTP/1.1 with keep-alive, pipelining and bodies of any size read and discarded. Every answer carries
/// `X-Mock: NAME`; a request with `X-Mock-Echo: 1` is answered by a text body of its own request line and headers.
/// Control threads call it, one at a time.
class MockHost {
public:
    [[nodiscard]] static Result<std::unique_ptr<MockHost>> create(unsigned threads = 1, const net::ReactorOptions& options = {});
    ~MockHost();

    /// Makes the running mocks those of `specs`: unchanged ones keep their sockets and connections, changed behaviour takes
    /// effect with the next request, gone ones close. On an error (address in use) nothing changes.
    [[nodiscard]] Result<void> apply(const std::vector<MockSpec>& specs, std::uint64_t seed = 1);
    /// The bound address of a mock; empty if there is none of that name.
    [[nodiscard]] Endpoint address(std::string_view name) const;
    [[nodiscard]] std::vector<std::pair<std::string, Endpoint>> addresses() const;
    /// Changes the faults of a running mock without a new spec; false if there is none of that name.
    bool setFault(std::string_view name, bool down, Duration extraLatency, double errorShare);
    [[nodiscard]] MockCounters counters(std::string_view name) const;

private:
    struct Impl;
    explicit MockHost(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> m_impl;
};

}  // namespace signalbox::mock
