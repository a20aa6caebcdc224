#include "core/site/problem_codes.h"

#include <array>

namespace signalbox::site {

std::span<const ProblemCode> problemCodes() noexcept
{
    static constexpr auto kCodes = std::to_array<ProblemCode>({
        {codes::kDuplicateName, "A name occurs twice in one list; references could not tell the two apart."},
        {codes::kUnknownReference, "A reference names something that the site does not have."},
        {codes::kRole, "A listener is asked for something that its role cannot do."},
        {codes::kNoDestination, "A listener or route does not say where its requests go."},
        {codes::kExclusiveKeys, "Two keys that exclude each other stand side by side, or one of several is needed."},
        {codes::kAddressTwice, "Two listeners or mocks would bind the same address."},
        {codes::kBadPattern, "A regular expression is not valid RE2 syntax."},
        {codes::kBadPolicy, "The parameters of a policy do not go together."},
        {codes::kBadMatch, "A route's match holds something that no request can have."},
        {codes::kCredentialTwice, "Two consumers share a key or a user name, or a password hash is malformed."},
        {codes::kAccessLog, "The file of an access log cannot be written."},
        {codes::kUnusedPool, "Nothing sends requests to this pool."},
        {codes::kUnreachableRoute, "An earlier route has the same match, so this one never sees a request."},
        {codes::kNoWeight, "All weights are 0: nothing receives a request."},
        {codes::kLoop, "A backend is the listener that sends to it: requests would go round in a circle."},
        {codes::kNoConsumer, "A policy needs to know the consumer, and nothing before it finds one."},
        {codes::kUnknownGroup, "An acl names a group that no consumer is in."},
        {codes::kNoBackends, "A pool has no backends: it answers 503."},
        {codes::kNoRoutes, "A gateway has no routes: it answers 404."},
        {codes::kNoAddress, "The host name of a backend has no address yet: it gets no requests until it has."},
        {codes::kHealth, "Health checks, slow start or circuit breaker are set so that they do not do what they seem to."},
        {codes::kSyntax, "The text is not YAML."},
        {codes::kDuplicateKey, "A key occurs twice in one map."},
        {codes::kUnknownKey, "A key that the format does not have."},
        {codes::kWrongKind, "A text, list or map where another of them is expected."},
        {codes::kMissingKey, "A key that must be there is not."},
        {codes::kBadValue, "A value that is not of its type or out of its range."},
        {codes::kNotSupportedYet, "A part of the format whose feature this version does not have yet."},
        {codes::kTooLarge, "The text is too large, too deep or has too many values."},
        {codes::kUnreadable, "The file cannot be read."},
        {codes::kUnknownMember, "A policy, balancer, distribution or process that does not exist."},
    });
    return kCodes;
}

}  // namespace signalbox::site
