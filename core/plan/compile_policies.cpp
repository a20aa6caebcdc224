#include <map>

#include "core/plan/draft.h"
#include "core/site/problem_codes.h"
#include "core/site/value_path.h"
#include "core/stats/access_log_hub.h"
#include "core/stats/access_log_spec.h"

namespace signalbox::plan {

namespace {

using Link = policy::PolicyChain::Link;

/// Policies that need to know the consumer, and those that find one which nobody could be.
void warnAboutConsumers(Draft& draft, const policy::PolicyDescriptor& descriptor, const Value& params,
                        const ValuePath& path, bool authenticated)
{
    const std::string quoted = "'" + std::string(descriptor.id) + "'";
    const bool byKey = descriptor.id == "api-key";
    if (descriptor.authenticates && !(byKey ? draft.anyConsumerKey : draft.anyConsumerPassword)) {
        draft.warning(site::codes::kNoConsumer,
                      quoted + " refuses everyone: no consumer has " + (byKey ? "keys" : "a user and password"), path,
                      params.keyPlace);
    }
    const Value* key = params.find("key");
    if (descriptor.id == "rate-limit" && key && key->text() == "consumer" && !authenticated) {
        draft.warning(
            site::codes::kNoConsumer,
            "'rate-limit' counts by consumer, but no policy before it finds one: put api-key or basic-auth first",
            site::childPath(path, "key"), key->place);
    }
    const Value* groups = params.find("groups");
    if (descriptor.id != "acl" || !groups) {
        return;
    }
    if (!authenticated) {
        draft.warning(
            site::codes::kNoConsumer,
            "'acl' asks for groups, but no policy before it finds a consumer: put api-key or basic-auth first",
            site::childPath(path, "groups"), groups->place);
    }
    const auto known = [&](const Value& group) {
        if (group.isScalar() && !draft.consumerGroups.contains(group.text())) {
            draft.warning(site::codes::kUnknownGroup, "no consumer is in group '" + group.text() + "'",
                          site::childPath(path, "groups"), group.place);
        }
    };
    known(*groups);
    for (const auto& group : groups->items()) {
        known(group);
    }
}

bool checkPatterns(Draft& draft, const ObjectSpec& spec, const Value& params, const ValuePath& path)
{
    bool fine = true;
    for (const auto& param : spec.params) {
        const Value* value = param.kind == ParamKind::Pattern ? params.find(param.key) : nullptr;
        if (!value || !value->isScalar()) {
            continue;
        }
        if (const std::string fault = patternFault(value->text()); !fault.empty()) {
            draft.error(site::codes::kBadPattern, "'" + std::string(param.key) + "': " + fault,
                        site::childPath(path, param.key), value->place);
            fine = false;
        }
    }
    return fine;
}

std::shared_ptr<policy::Policy> makePolicy(Draft& draft, const policy::PolicyDescriptor& descriptor,
                                           const Value& params, const ValuePath& path, std::string key)
{
    if (draft.input.previous) {
        const auto kept = draft.input.previous->policies.find(key);
        if (kept != draft.input.previous->policies.end()) {
            draft.plan->policies.emplace(std::move(key), kept->second);
            return kept->second;
        }
    }
    if (!checkPatterns(draft, descriptor.params, params, path)) {
        return nullptr;
    }
    auto made = descriptor.create(Params(descriptor.params, &params));
    if (!made) {
        draft.error(site::codes::kBadPolicy, "'" + std::string(descriptor.id) + "': " + made.error().detail, path,
                    params.keyPlace);
        return nullptr;
    }
    std::shared_ptr<policy::Policy> policy = std::move(*made);
    draft.plan->policies.emplace(std::move(key), policy);
    return policy;
}

/// Says where the file cannot be written; whether it can be opened is known when the plan is applied.
void placeAccessLog(Draft& draft, const std::shared_ptr<stats::AccessLog>& log, const Value& params,
                    const ValuePath& path)
{
    const Value* written = params.find("path");
    const Place place = written ? written->place : params.keyPlace;
    const auto fine = stats::checkAccessLogPath(stats::accessLogPath(log->path(), folderOf(draft.site.file)));
    if (!fine) {
        draft.error(site::codes::kAccessLog, fine.error().detail, site::childPath(path, "path"), place);
    }
    draft.plan->accessLogs.push_back({log, site::childPath(path, "path"), place});
}

}  // namespace

std::string folderOf(const std::string& file)
{
    const std::size_t slash = file.rfind('/');
    return slash == std::string::npos ? std::string() : file.substr(0, slash == 0 ? 1 : slash);
}

std::vector<Link> compileListenerLog(Draft& draft, const Value* params, const ValuePath& path)
{
    if (!params || !params->isMap()) {
        return {};
    }
    // The key is the policy of that name in another place, so that it is made, kept and placed like one.
    const auto& descriptor = *policy::builtinPolicies().find(stats::accessLogSpec().id);
    std::string key = path + "|";
    appendCanonical(key, *params);
    auto policy = makePolicy(draft, descriptor, *params, path, std::move(key));
    if (!policy) {
        return {};
    }
    placeAccessLog(draft, policy->accessLog(), *params, path);
    return {{std::move(policy), descriptor.id, stats::kNoSlot}};
}

std::vector<Link> compilePolicies(Draft& draft, const Value* list, PolicyPlace& place)
{
    std::vector<Link> out;
    if (!list) {
        return out;
    }
    // Counting policies of one kind rather than all keeps a limiter's buckets when another policy is put before it.
    std::map<std::string_view, std::size_t> ordinals;
    for (std::size_t at = 0; at < list->items().size(); ++at) {
        const Value& item = list->items()[at];
        if (item.members().size() != 1) {
            continue;
        }
        const auto& [id, params] = item.members().front();
        const auto* descriptor = policy::builtinPolicies().find(id);
        if (!descriptor) {
            continue;
        }
        const ValuePath path = site::childPath(site::childPath(place.path, std::to_string(at)), id);
        warnAboutConsumers(draft, *descriptor, params, path, place.authenticated);
        place.authenticated = place.authenticated || descriptor->authenticates;
        std::string key = site::childPath(place.path, id) + "/" + std::to_string(ordinals[descriptor->id]++) + "|";
        appendCanonical(key, params);
        if (auto policy = makePolicy(draft, *descriptor, params, path, std::move(key))) {
            if (const auto log = policy->accessLog()) {
                placeAccessLog(draft, log, params, path);
            }
            const auto slot = policy->accessLog()
                                  ? stats::kNoSlot
                                  : draft.plan->stats->slotFor(stats::Scope::Policy, place.slotOwner + "/" + id);
            out.push_back({std::move(policy), descriptor->id, slot});
        }
    }
    return out;
}

void extend(policy::PolicyChain& chain, const std::vector<Link>& links)
{
    for (const auto& link : links) {
        if (auto log = link.policy->accessLog()) {
            chain.accessLogs.push_back(std::move(log));
            continue;
        }
        chain.links.push_back(link);
        chain.hasResponsePhase = chain.hasResponsePhase || link.policy->hasResponsePhase();
    }
}

}  // namespace signalbox::plan
