#pragma once

#include <cstdint>
#include <optional>

#include "core/balance/health_params.h"
#include "core/base/rng.h"

namespace signalbox::balance {

/// Counts checks in a row. A backend that no check has judged yet counts as well until `fall` have failed. One thread
/// at a time.
class CheckCount {
public:
    /// True: it came up; false: it went down; nothing: as before.
    std::optional<bool> add(bool passed, const ActiveCheckParams& params) noexcept;
    /// Checks in a row that speak against the present state.
    [[nodiscard]] std::uint32_t against() const noexcept { return m_against; }
    [[nodiscard]] bool up() const noexcept { return m_up; }
    /// Counts anew from the present state.
    void restart() noexcept { m_against = 0; }

private:
    std::uint32_t m_against = 0;
    bool m_up = true;
};

/// The first check after a start: anywhere within one interval, so that many backends are not asked at once.
[[nodiscard]] Duration firstCheckDelay(const ActiveCheckParams& params, Rng& rng) noexcept;
/// From the start of one check to that of the next.
[[nodiscard]] Duration nextCheckDelay(const ActiveCheckParams& params, Rng& rng) noexcept;

}  // namespace signalbox::balance
