#pragma once

#include <string>

#include "core/site/site.h"

namespace signalbox::admin {

/// Stands for a secret that is not shown. A site that holds it is refused, so that what was read masked is not put
/// back.
inline constexpr std::string_view kMasked = "<masked>";

/// The site without what it keeps secret: keys and password hashes (ParamKind::Secret), header and other values whose
/// names speak of credentials, and all comments, which may say anything.
[[nodiscard]] site::Site masked(const site::Site& site, const site::Catalog& catalog);
[[nodiscard]] bool holdsMask(const Value& value) noexcept;

/// JSON that reads back as an equal site: numbers and booleans that were not quoted stay such.
[[nodiscard]] std::string siteJson(const site::Site& site);

}  // namespace signalbox::admin
