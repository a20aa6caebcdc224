#include "core/policy/policy_support.h"
#include "core/stats/access_log_spec.h"

namespace signalbox::policy {

namespace {

/// Decides nothing: only the place where a log is named. The exchange writes the line when the request ends.
class AccessLogPolicy final : public Policy {
public:
    explicit AccessLogPolicy(const Params& params) : m_log(std::make_shared<stats::AccessLog>(params)) {}

    Verdict onRequest(RequestContext&, Refusal&) override { return Verdict::Proceed; }
    [[nodiscard]] std::shared_ptr<stats::AccessLog> accessLog() const noexcept override { return m_log; }

private:
    std::shared_ptr<stats::AccessLog> m_log;
};

Result<std::unique_ptr<Policy>> create(const Params& params)
{
    if (params.text("path").empty()) {
        return invalid("'path' is empty: write a file, stdout or stderr");
    }
    return std::make_unique<AccessLogPolicy>(params);
}

}  // namespace

PolicyDescriptor accessLogPolicy()
{
    return {stats::accessLogSpec().id, stats::accessLogSpec(), false, create};
}

}  // namespace signalbox::policy
