#pragma once

#include <cstdarg>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

#include "core/policy/policy.h"

namespace signalbox::policy {

/// `return invalid("...")` from a policy's create: the sentence is shown at the policy's place in the site.
[[nodiscard]] inline tl::unexpected<Error> invalid(std::string sentence)
{
    return fail({ErrorCode::InvalidConfig, ErrorOrigin::Us, false, std::move(sentence)});
}

/// What is wrong with `name` as a header that a policy reads or writes, or nothing. Lines that carry the connection or
/// the length of the body belong to the proxy, Host to the policy `rewrite`.
[[nodiscard]] std::optional<std::string> checkHeaderName(std::string_view name);
/// What is wrong with `value` as text of a header line (control bytes), or nothing.
[[nodiscard]] std::optional<std::string> checkHeaderValue(std::string_view value);

/// A printf text in the arena.
[[nodiscard]] __attribute__((format(printf, 2, 3))) std::string_view format(Arena& arena, const char* pattern, ...);

/// Fills a refusal and notes it; `detail` is static or in the arena. Always Verdict::Refuse.
Verdict refuse(RequestContext& context, Refusal& refusal, std::string_view policy, int status, std::string_view title,
               std::string_view detail, std::string_view why);

}  // namespace signalbox::policy
