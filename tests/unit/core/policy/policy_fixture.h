#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <utility>

#include "core/policy/policy.h"

/// One request and its surroundings for a policy under test. One thread.
struct PolicyFixture {
    signalbox::Arena arena;
    signalbox::Rng rng{7};
    signalbox::Endpoint client = *signalbox::Endpoint::parse("192.0.2.7:1000");
    std::string clientText = client.host();
    signalbox::http::RequestHead request;
    signalbox::policy::ConsumerTable consumers;
    signalbox::stats::DecisionTrace trace;
    signalbox::policy::Refusal refusal;
    const signalbox::policy::Consumer* consumer = nullptr;
    std::string route = "users";
    std::string matchedPrefix;
    signalbox::TimePoint now{1'000'000'000};

    PolicyFixture() : consumers(entries())
    {
        request.method = signalbox::http::Method::Get;
        request.methodText = "GET";
        request.path = "/";
        request.host = "shop";
        request.headers.add("Host", "shop");
    }

    void setClient(const char* address)
    {
        client = *signalbox::Endpoint::parse(address);
        clientText = client.host();
    }

    signalbox::policy::RequestContext context()
    {
        return {.request = request,
                .client = client,
                .clientAddress = clientText,
                .listener = "api",
                .route = route,
                .matchedPrefix = matchedPrefix,
                .consumers = consumers,
                .arena = arena,
                .rng = rng,
                .now = now,
                .consumer = consumer,
                .trace = &trace};
    }

    /// Runs the request phase and keeps the consumer it found.
    signalbox::policy::Verdict run(signalbox::policy::Policy& policy)
    {
        refusal = {};
        auto here = context();
        const auto verdict = policy.onRequest(here, refusal);
        consumer = here.consumer;
        return verdict;
    }

    [[nodiscard]] std::string lastWhy() const
    {
        return trace.policies.size() == 0 ? std::string() : std::string((trace.policies.end() - 1)->why.view());
    }

    static std::vector<signalbox::policy::ConsumerTable::Entry> entries()
    {
        signalbox::policy::ConsumerTable::Entry mobile;
        mobile.consumer.name = "mobile";
        mobile.consumer.groups = {"paying"};
        mobile.keys = {"mobile-key-1", "key with blank"};
        signalbox::policy::ConsumerTable::Entry web;
        web.consumer.name = "web";
        web.basicUser = "web";
        web.basicPasswordSha256 = "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8";  // "password"
        return {mobile, web};
    }
};

inline signalbox::Value mapOf(std::initializer_list<std::pair<const char*, signalbox::Value>> members)
{
    auto out = signalbox::Value::map();
    for (const auto& [key, value] : members) {
        out.set(key, value);
    }
    return out;
}

inline signalbox::Value text(const char* value)
{
    return signalbox::Value::scalar(value);
}

inline signalbox::Value listOf(std::initializer_list<const char*> values)
{
    auto out = signalbox::Value::list();
    for (const char* value : values) {
        out.append(text(value));
    }
    return out;
}

inline signalbox::Result<std::unique_ptr<signalbox::policy::Policy>> makePolicy(std::string_view id,
                                                                                const signalbox::Value& params)
{
    const auto* const descriptor = signalbox::policy::builtinPolicies().find(id);
    return descriptor->create(signalbox::Params(descriptor->params, &params));
}
