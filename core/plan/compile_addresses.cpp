#include <map>

#include "core/plan/draft.h"
#include "core/site/problem_codes.h"
#include "core/site/value_path.h"

namespace signalbox::plan {

namespace {

/// What to connect to in order to reach something bound there: a wildcard is reached on loopback.
Endpoint reachable(const Endpoint& bound)
{
    const auto bytes = bound.bytes();
    const bool wildcard = !bytes.empty() && bytes.find_first_not_of('\0') == std::string_view::npos;
    if (!wildcard) {
        return bound;
    }
    const std::string port = std::to_string(bound.port());
    return *Endpoint::parse((bound.family() == Endpoint::Family::V6 ? "[::1]:" : "127.0.0.1:") + port);
}

}  // namespace

void compileAddresses(Draft& draft)
{
    std::map<std::string, std::string> owners;  // bound address -> "listener 'lb'"
    for (const std::string_view list : {"listeners", "mocks"}) {
        const std::string kind = list == "mocks" ? "mock" : "listener";
        const auto& elements = draft.site.list(list);
        for (std::size_t at = 0; at < elements.size(); ++at) {
            const Value* bind = elements[at].find("bind");
            const auto endpoint = bind ? Endpoint::parse(bind->text()) : Result<Endpoint>(Endpoint{});
            const bool isUnix = endpoint && endpoint->family() == Endpoint::Family::Unix;
            if (!endpoint || (endpoint->port() == 0 && !isUnix)) {
                continue;
            }
            const std::string& name = site::Site::nameOf(elements[at]);
            draft.addresses.insert_or_assign(kind + ":" + name, reachable(*endpoint));
            const auto [first, fresh] = owners.try_emplace(endpoint->text(), kind + " '" + name + "'");
            if (!fresh) {
                ValuePath path(list);
                site::appendSegment(path, site::elementSegment(elements[at], at));
                site::appendSegment(path, "bind");
                draft.error(
                    site::codes::kAddressTwice,
                    kind + " '" + name + "' binds " + endpoint->text() + ", which " + first->second + " has already",
                    std::move(path), bind->place);
            }
        }
    }
    for (const auto& [name, endpoint] : draft.input.addresses) {
        draft.addresses.insert_or_assign(name, reachable(endpoint));
    }
}

}  // namespace signalbox::plan
