#include <memory>

#include "core/policy/header_edit.h"
#include "core/policy/policy_support.h"

namespace signalbox::policy {

namespace {

constexpr std::string_view kId = "request-headers";

class RequestHeaders final : public Policy {
public:
    explicit RequestHeaders(HeaderEdit edit) : m_edit(std::move(edit)) {}

    Verdict onRequest(RequestContext& context, Refusal&) override
    {
        HeaderEdit::Values values{context.consumer ? std::string_view(context.consumer->name) : std::string_view{},
                                  context.clientAddress,
                                  {}};
        if (m_edit.needsRequestId()) {
            values.requestId = context.request.headers.find("X-Request-Id").value_or("");
        }
        m_edit.apply(context.request.headers, values, context.arena);
        note(context.trace, kId, stats::PolicyVerdict::Changed, m_edit.summary());
        return Verdict::Proceed;
    }

private:
    HeaderEdit m_edit;
};

Result<std::unique_ptr<Policy>> create(const Params& params)
{
    auto edit = HeaderEdit::read(params, true);
    if (!edit) {
        return fail(edit.error());
    }
    return std::make_unique<RequestHeaders>(std::move(*edit));
}

}  // namespace

PolicyDescriptor requestHeadersPolicy()
{
    return {
        kId,
        {kId, "Request headers",
         "Sets, adds and removes header lines before the request goes to the backend. Host is changed with 'rewrite'.",
         HeaderEdit::params()},
        false,
        create};
}

}  // namespace signalbox::policy
