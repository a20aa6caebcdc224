#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/base/endpoint.h"
#include "core/plan/plan.h"

namespace signalbox::proxy {

/// One bound address, over all workers and for as long as plans name it. Made by the engine; the counter is
/// everybody's.
struct Port {
    std::uint32_t id = 0;
    Endpoint asked;  ///< as the plan says, perhaps with port 0
    Endpoint bound;
    std::atomic<std::uint32_t> connections{0};  ///< open ones of all workers; touched once a connection
};

/// A published plan and where its listeners are bound. Immutable, shared by the workers.
struct Deployment {
    std::shared_ptr<const plan::Plan> plan;
    std::vector<std::shared_ptr<Port>> ports;  ///< same order as plan->listeners
};

}  // namespace signalbox::proxy
