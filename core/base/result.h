#pragma once

#include <tl/expected.hpp>

#include "core/base/error.h"

namespace signalbox {

/// Either a value or an Error. The only error channel of the data plane: nothing there throws.
template <typename T>
using Result = tl::expected<T, Error>;

/// `return fail(...)` from a function that returns a Result.
inline tl::unexpected<Error> fail(Error error)
{
    return tl::unexpected<Error>(std::move(error));
}

}  // namespace signalbox
