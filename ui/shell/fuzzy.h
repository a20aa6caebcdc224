#pragma once

#include <QString>

#include <optional>

namespace signalbox::ui {

/// How well the letters of `pattern` are found, in order, in `text`: higher is better, nothing when they are not.
/// Starts of words and letters that stand together count more. Case does not matter, blanks in the pattern neither.
[[nodiscard]] std::optional<int> fuzzyScore(const QString& pattern, const QString& text);

}  // namespace signalbox::ui
