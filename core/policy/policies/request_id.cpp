#include <algorithm>
#include <memory>

#include "core/http/char_class.h"
#include "core/policy/policy_support.h"

namespace signalbox::policy {

namespace {

constexpr std::string_view kId = "request-id";

/// What may go into logs unquoted: up to 128 unreserved characters and + / =.
bool isUsable(std::string_view id) noexcept
{
    return !id.empty() && id.size() <= 128 && std::all_of(id.begin(), id.end(), [](char c) {
        return http::isClass(c, http::kUnreserved) || c == '+' || c == '/' || c == '=';
    });
}

std::string_view makeId(Rng& rng, Arena& arena)
{
    constexpr char kHex[] = "0123456789abcdef";
    char* const out = arena.allocate(32);
    for (int word = 0; word < 2; ++word) {
        std::uint64_t bits = rng();
        for (int at = 0; at < 16; ++at, bits >>= 4) {
            out[16 * word + at] = kHex[bits & 15];
        }
    }
    return {out, 32};
}

class RequestId final : public Policy {
public:
    explicit RequestId(std::string header) : m_header(std::move(header)) {}

    Verdict onRequest(RequestContext& context, Refusal&) override
    {
        const auto given = context.request.headers.find(m_header);
        const bool keep = given && isUsable(*given);
        const std::string_view id = keep ? *given : makeId(context.rng, context.arena);
        context.request.headers.set(m_header, id);
        if (context.trace != nullptr) {
            note(context.trace, kId, keep ? stats::PolicyVerdict::Passed : stats::PolicyVerdict::Changed,
                 format(context.arena, "%s %.*s",
                        keep    ? "kept"
                        : given ? "replaced by"
                                : "made",
                        static_cast<int>(id.size()), id.data()));
        }
        return Verdict::Proceed;
    }

    void onResponse(ResponseContext& context) override
    {
        if (const auto id = context.request.headers.find(m_header)) {
            context.response.headers.set(m_header, *id);
        }
    }

    [[nodiscard]] bool hasResponsePhase() const noexcept override { return true; }

private:
    std::string m_header;
};

Result<std::unique_ptr<Policy>> create(const Params& params)
{
    std::string header = params.text("header");
    if (auto wrong = checkHeaderName(header)) {
        return invalid(*wrong);
    }
    return std::make_unique<RequestId>(std::move(header));
}

}  // namespace

PolicyDescriptor requestIdPolicy()
{
    return {kId,
            {kId,
             "Request id",
             "Gives each request an id that backends, logs and the client share: 128 random bits in hexadecimal. One "
             "that arrives is kept if it has "
             "1 to 128 letters, digits and -._~+/=. The response carries it as well.",
             {{.key = "header",
               .kind = ParamKind::Text,
               .title = "Header",
               .help = "The header that carries the id.",
               .fallback = "X-Request-Id"}}},
            false,
            create};
}

}  // namespace signalbox::policy
