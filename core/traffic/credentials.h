#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/base/result.h"
#include "core/site/site.h"

namespace signalbox::traffic {

/// The headers in which a listener's api-key policies look, in order of appearance; X-Api-Key where it has none.
[[nodiscard]] std::vector<std::string> keyHeadersOf(const Value* listener);

/// Adds what a consumer of the site proves itself with: its first key in each of `keyHeaders`, or user and password
/// where it has no key. A header that is there already is left alone. Nothing for an empty name. Errors: no such
/// consumer, or one that is known by the hash of its password alone.
[[nodiscard]] Result<void> addCredentials(const site::Site& site, const std::string& consumer,
                                          const std::vector<std::string>& keyHeaders,
                                          std::vector<std::pair<std::string, std::string>>& headers);

}  // namespace signalbox::traffic
