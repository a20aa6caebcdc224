#pragma once

#include <QString>

#include <optional>
#include <string>

#include "core/site/site.h"
#include "core/stats/worker_stats.h"

namespace signalbox::ui {

/// Under which name the engine counts an element.
struct SlotName {
    stats::Scope scope{};
    std::string name;
};

/// The slot of "listeners/api", "listeners/api/routes/users", "pools/x", "pools/x/backends/a1", "consumers/mobile";
/// nothing for others.
[[nodiscard]] std::optional<SlotName> slotNameOf(const site::Site& site, const QString& path);
/// Whether a trace passed through the element at `path` (a backend: also by a failed try).
[[nodiscard]] bool concerns(const stats::DecisionTrace& trace, const QString& path);

}  // namespace signalbox::ui
