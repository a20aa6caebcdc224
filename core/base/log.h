#pragma once

#include <string_view>

namespace signalbox::log {

enum class Level { Debug, Info, Warning, Error };

/// Writes one line to standard error: time, level, text. Any thread; never from the per-request path.
void write(Level level, std::string_view text);
inline void info(std::string_view text) { write(Level::Info, text); }
inline void warning(std::string_view text) { write(Level::Warning, text); }
inline void error(std::string_view text) { write(Level::Error, text); }
/// Lines below `level` are dropped; Info at start.
void setLevel(Level level) noexcept;

}  // namespace signalbox::log
