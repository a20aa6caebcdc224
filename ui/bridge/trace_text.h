#pragma once

#include <QString>
#include <QStringList>

#include "core/stats/decision_trace.h"

/// What a DecisionTrace says, as text for people. Pure functions, any thread.
namespace signalbox::ui {

/// One plain paragraph: what became of the request, who decided it and with which number.
[[nodiscard]] QString whyText(const stats::DecisionTrace& trace);
/// The numbered steps that `signalbox explain` prints as well. A particular of a step begins with "- ".
[[nodiscard]] QStringList stepsOf(const stats::DecisionTrace& trace);
/// "rate limited", "no backend": the outcome in a table.
[[nodiscard]] QString outcomeWord(stats::Outcome outcome);
/// The icon and whether it stands for trouble: colour is never alone.
[[nodiscard]] QString outcomeIcon(stats::Outcome outcome);
/// "780 us", "14.2 ms", "1.20 s".
[[nodiscard]] QString shortDuration(std::int64_t ns);
[[nodiscard]] QString text(std::string_view view);

}  // namespace signalbox::ui
