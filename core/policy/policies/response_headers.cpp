#include <memory>

#include "core/policy/header_edit.h"
#include "core/policy/policy_support.h"

namespace signalbox::policy {

namespace {

constexpr std::string_view kId = "response-headers";

class ResponseHeaders final : public Policy {
public:
    explicit ResponseHeaders(HeaderEdit edit) : m_edit(std::move(edit)) {}

    Verdict onRequest(RequestContext& context, Refusal&) override
    {
        note(context.trace, kId, stats::PolicyVerdict::Passed, "acts on the response");
        return Verdict::Proceed;
    }

    void onResponse(ResponseContext& context) override
    {
        HeaderEdit::Values values{
            context.consumer ? std::string_view(context.consumer->name) : std::string_view{}, {}, {}};
        if (m_edit.needsRequestId()) {
            values.requestId = context.request.headers.find("X-Request-Id").value_or("");
        }
        m_edit.apply(context.response.headers, values, context.arena);
        note(context.trace, kId, stats::PolicyVerdict::Changed, m_edit.summary());
    }

    [[nodiscard]] bool hasResponsePhase() const noexcept override { return true; }

private:
    HeaderEdit m_edit;
};

Result<std::unique_ptr<Policy>> create(const Params& params)
{
    auto edit = HeaderEdit::read(params, false);
    if (!edit) {
        return fail(edit.error());
    }
    return std::make_unique<ResponseHeaders>(std::move(*edit));
}

}  // namespace

PolicyDescriptor responseHeadersPolicy()
{
    return {kId,
            {kId, "Response headers",
             "Sets, adds and removes header lines before the response goes to the client; also on answers of the "
             "gateway itself.",
             HeaderEdit::params()},
            false,
            create};
}

}  // namespace signalbox::policy
