#pragma once

#include <string>
#include <vector>

#include "core/base/value.h"

namespace signalbox::site {

enum class Severity : std::uint8_t { Error, Warning };

/// Something wrong with a site, at a place a person can find: in the file and in the window.
struct Problem {
    Severity severity = Severity::Error;
    std::string code;     ///< stable, "SB-501"; see problem_codes in the help
    std::string message;  ///< one sentence without a full stop, saying a way out where there is one
    ValuePath path;       ///< of the value ("pools/shop/balance"); may be empty for the whole document
    Place place;          ///< 0:0 where the site was made in the window
};

[[nodiscard]] bool hasErrors(const std::vector<Problem>& problems) noexcept;
/// `FILE:LINE:COLUMN: error: MESSAGE`, one a line, in file order.
[[nodiscard]] std::string format(const std::vector<Problem>& problems, const std::string& file);

}  // namespace signalbox::site
