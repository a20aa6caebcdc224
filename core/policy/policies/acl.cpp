#include <algorithm>
#include <memory>

#include "core/policy/cidr.h"
#include "core/policy/policy_support.h"

namespace signalbox::policy {

namespace {

constexpr std::string_view kId = "acl";

struct Range {
    Cidr cidr;
    std::string text;
};

class Acl final : public Policy {
public:
    Acl(std::vector<std::string> groups, std::vector<Range> allow, std::vector<Range> deny)
        : m_groups(std::move(groups)), m_allow(std::move(allow)), m_deny(std::move(deny))
    {}

    Verdict onRequest(RequestContext& context, Refusal& refusal) override
    {
        const char* const address = context.clientAddress.data();
        const int size = static_cast<int>(context.clientAddress.size());
        if (const Range* range = match(m_deny, context.client)) {
            return refuse(context, refusal, kId, 403, "Address not allowed",
                          format(context.arena, "The address %.*s is not allowed here.", size, address),
                          format(context.arena, "%.*s is within denied %s", size, address, range->text.c_str()));
        }
        const Range* const allowed = match(m_allow, context.client);
        if (!m_allow.empty() && allowed == nullptr) {
            return refuse(
                context, refusal, kId, 403, "Address not allowed",
                format(context.arena, "The address %.*s is not allowed here.", size, address),
                format(context.arena, "%.*s is in none of %zu allowed ranges", size, address, m_allow.size()));
        }
        if (!m_groups.empty()) {
            return checkGroups(context, refusal);
        }
        if (context.trace != nullptr) {
            note(context.trace, kId, stats::PolicyVerdict::Passed,
                 allowed ? format(context.arena, "%.*s is within allowed %s", size, address, allowed->text.c_str())
                         : "address not denied");
        }
        return Verdict::Proceed;
    }

private:
    static const Range* match(const std::vector<Range>& ranges, const Endpoint& client) noexcept
    {
        const auto found =
            std::find_if(ranges.begin(), ranges.end(), [&](const Range& range) { return range.cidr.contains(client); });
        return found == ranges.end() ? nullptr : &*found;
    }

    Verdict checkGroups(RequestContext& context, Refusal& refusal) const
    {
        if (context.consumer == nullptr) {
            return refuse(
                context, refusal, kId, 403, "Not authenticated",
                "Only certain groups of consumers are allowed here, and this request belongs to no known consumer.",
                "no consumer: no authenticating policy ran before");
        }
        for (const std::string& group : context.consumer->groups) {
            if (std::find(m_groups.begin(), m_groups.end(), group) != m_groups.end()) {
                if (context.trace != nullptr) {
                    note(context.trace, kId, stats::PolicyVerdict::Passed,
                         format(context.arena, "consumer %s is in group %s", context.consumer->name.c_str(),
                                group.c_str()));
                }
                return Verdict::Proceed;
            }
        }
        return refuse(context, refusal, kId, 403, "Group not allowed",
                      format(context.arena, "The consumer %s is in none of the groups that are allowed here.",
                             context.consumer->name.c_str()),
                      format(context.arena, "consumer %s is in none of %zu allowed groups",
                             context.consumer->name.c_str(), m_groups.size()));
    }

    std::vector<std::string> m_groups;
    std::vector<Range> m_allow;
    std::vector<Range> m_deny;
};

Result<std::vector<Range>> readRanges(const Params& params, std::string_view key)
{
    std::vector<Range> out;
    for (std::string& text : params.texts(key)) {
        const auto cidr = Cidr::parse(text);
        if (!cidr) {
            return invalid("'" + text + "' in '" + std::string(key) +
                           "' is not an address or range (like 10.0.0.1, 10.0.0.0/8, 2001:db8::/32)");
        }
        out.push_back({*cidr, std::move(text)});
    }
    return out;
}

Result<std::unique_ptr<Policy>> create(const Params& params)
{
    auto allow = readRanges(params, "allow");
    if (!allow) {
        return fail(allow.error());
    }
    auto deny = readRanges(params, "deny");
    if (!deny) {
        return fail(deny.error());
    }
    std::vector<std::string> groups = params.texts("groups");
    if (groups.empty() && allow->empty() && deny->empty()) {
        return invalid("acl needs at least one of 'groups', 'allow' and 'deny'");
    }
    return std::make_unique<Acl>(std::move(groups), std::move(*allow), std::move(*deny));
}

const ParamSpec kGroup{.key = "group", .kind = ParamKind::Text, .title = "Group"};
const ParamSpec kRange{.key = "range", .kind = ParamKind::Text, .title = "Address or range"};

}  // namespace

PolicyDescriptor aclPolicy()
{
    return {kId,
            {kId,
             "Access list",
             "Lets in by address and by group of the consumer; otherwise 403. An address in 'deny' is refused even if "
             "it is in 'allow'. "
             "Groups need an authenticating policy before this one; without a consumer the answer is 403.",
             {{.key = "groups",
               .kind = ParamKind::List,
               .title = "Groups",
               .help = "The consumer must be in one of these. Empty: groups do not matter.",
               .element = &kGroup},
              {.key = "allow",
               .kind = ParamKind::List,
               .title = "Allowed addresses",
               .help = "Addresses or ranges, IPv4 or IPv6: 10.0.0.0/8, ::1. Empty: every address that is not denied.",
               .element = &kRange},
              {.key = "deny",
               .kind = ParamKind::List,
               .title = "Denied addresses",
               .help = "Addresses or ranges that are refused, whatever else is said.",
               .element = &kRange}}},
            false,
            create};
}

}  // namespace signalbox::policy
