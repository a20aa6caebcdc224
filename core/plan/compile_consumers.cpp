#include <algorithm>
#include <unordered_map>

#include "core/plan/draft.h"
#include "core/site/problem_codes.h"
#include "core/site/value_path.h"

namespace signalbox::plan {

namespace {

bool isSha256(std::string_view text)
{
    return text.size() == 64 && text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

std::string lowered(std::string text)
{
    std::ranges::transform(text, text.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return text;
}

class ConsumerCompiler {
public:
    explicit ConsumerCompiler(Draft& draft) : m_draft(draft) {}

    policy::ConsumerTable::Entry entry(const Value& value, const ValuePath& path)
    {
        const Params params(site::consumerSpec(), &value);
        policy::ConsumerTable::Entry out;
        out.consumer.name = params.text("name");
        out.consumer.groups = params.texts("groups");
        out.keys = params.texts("keys");
        for (const auto& key : out.keys) {
            claim(m_keyOwners, key, "a key", out.consumer.name, site::childPath(path, "keys"), *params.value("keys"));
        }
        if (const Value* written = params.value("basic")) {
            const Params basic = params.object("basic");
            out.basicUser = basic.text("user");
            out.basicPasswordSha256 = lowered(basic.text("password_sha256"));
            const ValuePath basicPath = site::childPath(path, "basic");
            claim(m_userOwners, out.basicUser, "the user '" + out.basicUser + "'", out.consumer.name, basicPath,
                  *written);
            if (!isSha256(out.basicPasswordSha256)) {
                const Value* hash = written->find("password_sha256");
                m_draft.error(site::codes::kCredentialTwice,
                              "'password_sha256' is 64 hexadecimal digits: printf %s PASSWORD | sha256sum",
                              site::childPath(basicPath, "password_sha256"), hash ? hash->place : written->place);
            }
        }
        return out;
    }

private:
    using Owners = std::unordered_map<std::string, std::string>;

    void claim(Owners& owners, const std::string& credential, const std::string& what, const std::string& consumer,
               const ValuePath& path, const Value& at)
    {
        const auto [first, fresh] = owners.try_emplace(credential, consumer);
        if (!fresh) {
            m_draft.error(
                site::codes::kCredentialTwice,
                "consumer '" + consumer + "' has " + what + " that consumer '" + first->second + "' has already", path,
                at.place);
        }
    }

    Draft& m_draft;
    Owners m_keyOwners;
    Owners m_userOwners;
};

}  // namespace

void compileConsumers(Draft& draft)
{
    ConsumerCompiler compiler(draft);
    std::vector<policy::ConsumerTable::Entry> entries;
    const auto& values = draft.site.list("consumers");
    for (std::size_t at = 0; at < values.size(); ++at) {
        auto entry = compiler.entry(values[at], site::childPath("consumers", site::elementSegment(values[at], at)));
        entry.consumer.id = static_cast<std::uint32_t>(entries.size());
        draft.anyConsumerKey = draft.anyConsumerKey || !entry.keys.empty();
        draft.anyConsumerPassword = draft.anyConsumerPassword || !entry.basicUser.empty();
        if (const Value* groups = values[at].find("groups")) {
            if (groups->isScalar()) {
                draft.consumerGroups.insert(groups->text());
            }
            for (const auto& group : groups->items()) {
                draft.consumerGroups.insert(group.text());
            }
        }
        entries.push_back(std::move(entry));
    }
    draft.plan->consumers = policy::ConsumerTable(std::move(entries));
}

}  // namespace signalbox::plan
