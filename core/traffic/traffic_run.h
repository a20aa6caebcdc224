#pragma once

#include <functional>
#include <memory>
#include <string>

#include "core/net/reactor.h"
#include "core/traffic/report.h"
#include "core/traffic/scenario.h"

namespace signalbox::traffic {

struct RunOptions {
    unsigned threads = 1;  ///< sending threads; this version always uses one
    double speed = 1;      ///< 0.1 to 100; 0: as fast as possible (bounded by `window` requests in flight)
    std::uint32_t window = 256;
    bool keepClientOrder = false;  ///< a client's next request waits for its previous answer (replay)
    std::uint32_t maxConnectionsPerClient = 64;
    net::ReactorOptions reactor;
};

struct Progress {
    Duration elapsed{};
    Duration position{};        ///< in the plan's own time
    std::uint64_t planned = 0;  ///< so far
    std::uint64_t sent = 0;
    std::uint64_t answered = 0;
    std::uint64_t failed = 0;
    std::uint32_t inFlight = 0;
    Duration latenessP99{};
    bool paused = false;
    bool finished = false;
};

/// Sends a scenario or a trace to its target over real sockets, on threads of its own. Open loop: a request is sent
/// when it is due, whatever became of the ones before (new connections are opened as needed, bounded per client); the
/// sources' addresses are distinct per client (127.0.0.0/8). Control threads call it, one at a time.
class TrafficRun {
public:
    [[nodiscard]] static Result<std::unique_ptr<TrafficRun>> start(const Scenario& scenario,
                                                                   std::unique_ptr<RequestSource> source,
                                                                   const RunOptions& options = {});
    /// Stops at once.
    ~TrafficRun();

    [[nodiscard]] Progress progress() const;
    void setSpeed(double speed);        ///< also while it runs; scaling starts at the current position
    void setRateFactor(double factor);  ///< open loop: scales the arrival rate from now on (the window's slider)
    void pause();
    void resume();
    void step(std::uint32_t count = 1);  ///< while paused: sends the next `count` requests
    void stop();                         ///< no new requests; waits for answers up to the time-out
    /// Waits for the end, at most `limit`; true when finished.
    bool wait(Duration limit) const;
    /// Final once finished; the state so far before that.
    [[nodiscard]] Report report() const;

private:
    struct Impl;
    explicit TrafficRun(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> m_impl;
};

}  // namespace signalbox::traffic
