#pragma once

#include <string>
#include <string_view>

namespace signalbox::site {

/// How a text is written as one YAML scalar on one line so that it reads back as the same text: plain where that is
/// safe and it was not quoted before, quoted otherwise.
[[nodiscard]] std::string writeScalar(std::string_view text, bool quoted, bool inFlow);

/// Whether a text with several lines may be written as a literal block (`|` or `|-`).
[[nodiscard]] bool fitsLiteralBlock(std::string_view text) noexcept;

}  // namespace signalbox::site
