#pragma once

#include <QStringList>
#include <array>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/site/site.h"
#include "core/stats/time_series.h"

namespace signalbox::ui {

enum class StatusGroup : std::uint8_t { Success, Redirect, ClientError, Limited, ServerError };
inline constexpr std::size_t kStatusGroups = 5;
[[nodiscard]] QString statusGroupName(StatusGroup group);

/// What all charts need of one second.
struct SeriesBin {
    TimePoint at{};                              ///< its end
    double seconds = 0;                          ///< its length
    double requests = 0;                         ///< a second, like all that follow
    std::array<double, kStatusGroups> status{};
    std::vector<double> backends;                ///< by SeriesStore::backends(); may be shorter
    stats::Histogram latency;
};

/// Turns the bridge's snapshots into bins once, so that no chart computes a difference of histograms twice. Counts what comes
/// in from outside: a listener that is another one's backend, and such a backend, would count every request again.
/// GUI thread; owned by the panel.
class SeriesStore {
public:
    explicit SeriesStore(std::size_t capacity = 900) : m_capacity(capacity) {}

    /// Takes over what is new. A history that was started anew starts this anew.
    void sync(const stats::SnapshotHistory& coarse, const stats::SnapshotHistory& fine, const site::Site& running);
    void clear();

    [[nodiscard]] const std::deque<SeriesBin>& bins() const noexcept { return m_bins; }
    /// The last second up to the newest snapshot, moving with it; nothing before there is one.
    [[nodiscard]] const std::optional<SeriesBin>& rolling() const noexcept { return m_rolling; }
    /// Names as shown: the backend's own, with its pool where two share it.
    [[nodiscard]] const QStringList& backends() const noexcept { return m_labels; }
    [[nodiscard]] TimePoint newest() const noexcept { return m_newest; }
    [[nodiscard]] bool hasRequests() const noexcept { return m_sawRequests; }

private:
    [[nodiscard]] SeriesBin binOf(const stats::StatsSnapshot& from, const stats::StatsSnapshot& to);
    void learnNames(const stats::StatsSnapshot& snapshot, const site::Site& running);
    void label();

    std::size_t m_capacity;
    std::deque<SeriesBin> m_bins;
    std::optional<SeriesBin> m_rolling;
    std::vector<std::string> m_listeners;  ///< entries only
    std::vector<std::string> m_backends;   ///< slot names, in order of appearance
    QStringList m_labels;
    std::shared_ptr<const stats::StatsSnapshot> m_last;
    TimePoint m_newest{};
    bool m_sawRequests = false;
};

}  // namespace signalbox::ui
