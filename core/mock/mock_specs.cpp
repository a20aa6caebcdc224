#include <algorithm>

#include "core/mock/mock_host.h"

namespace signalbox::mock {

namespace {

auto invalid(const std::string& mock, const std::string& what)
{
    return fail({.code = ErrorCode::InvalidConfig, .detail = "mock '" + mock + "': " + what});
}

/// A bare id, or a map with the key `distribution`. Nothing: no latency.
Result<std::shared_ptr<const Latency>> latencyOf(const Value* value)
{
    if (!value || value->isNull()) {
        return std::shared_ptr<const Latency>();
    }
    const Value* const named = value->isMap() ? value->find("distribution") : value;
    const std::string id = named ? named->text() : std::string();
    const LatencyDescriptor* const descriptor = builtinLatencies().find(id);
    if (!descriptor) {
        return fail({.code = ErrorCode::InvalidConfig, .detail = "'" + id + "' is not a latency distribution"});
    }
    auto made = descriptor->create(Params(descriptor->params, value));
    if (!made) {
        return fail(std::move(made.error()));
    }
    return std::shared_ptr<const Latency>(std::move(*made));
}

MockBehaviour behaviourOf(const Params& mock)
{
    MockBehaviour out;
    const Params errors = mock.object("errors");
    out.errorShare = errors.share("share");
    out.errorStatus = static_cast<int>(errors.integer("status"));
    const Params respond = mock.object("respond");
    out.status = static_cast<int>(respond.integer("status"));
    out.bodyBytes = respond.size("bytes").bytes;
    out.body = respond.text("body");
    out.headers = respond.textMap("headers");
    return out;
}

Result<MockSpec> specOf(const Value& element)
{
    const Params mock(site::mockSpec(), &element);
    MockSpec spec;
    spec.name = mock.text("name");
    const auto bind = Endpoint::parse(mock.text("bind"));
    if (!bind) {
        return invalid(spec.name, bind.error().detail);
    }
    spec.bind = *bind;
    spec.workers = static_cast<std::uint32_t>(std::clamp<std::int64_t>(mock.integer("workers"), 1, 1'000'000));
    spec.queue = static_cast<std::uint32_t>(std::clamp<std::int64_t>(mock.integer("queue"), 0, 100'000'000));
    spec.behaviour = behaviourOf(mock);
    auto latency = latencyOf(mock.value("latency"));
    if (!latency) {
        return invalid(spec.name, latency.error().detail);
    }
    spec.behaviour.latency = std::move(*latency);
    return spec;
}

}  // namespace

Result<std::vector<MockSpec>> mockSpecs(const site::Site& site)
{
    std::vector<MockSpec> out;
    for (const Value& element : site.list("mocks")) {
        auto spec = specOf(element);
        if (!spec) {
            return fail(std::move(spec.error()));
        }
        out.push_back(std::move(*spec));
    }
    return out;
}

}  // namespace signalbox::mock
