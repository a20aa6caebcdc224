#pragma once

#include "core/site/catalog.h"

namespace signalbox::catalog {

/// The families of this build: policies, balancers, latency distributions, arrival processes.
[[nodiscard]] const site::Catalog& builtinCatalog();

}  // namespace signalbox::catalog
