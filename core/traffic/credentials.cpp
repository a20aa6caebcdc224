#include "core/traffic/credentials.h"

#include <algorithm>

#include "core/http/message.h"

namespace signalbox::traffic {

namespace {

auto invalid(std::string what)
{
    return fail({.code = ErrorCode::InvalidConfig, .detail = std::move(what)});
}

void collectKeyHeaders(const Value& value, std::vector<std::string>& out)
{
    for (const auto& [key, member] : value.members()) {
        if (key == "api-key") {
            const Value* const header = member.find("header");
            const std::string name = header ? header->text() : "X-Api-Key";
            if (std::ranges::find(out, name) == out.end()) {
                out.push_back(name);
            }
        }
        collectKeyHeaders(member, out);
    }
    for (const Value& item : value.items()) {
        if (item.isScalar() && item.text() == "api-key" && std::ranges::find(out, "X-Api-Key") == out.end()) {
            out.emplace_back("X-Api-Key");
        }
        collectKeyHeaders(item, out);
    }
}

std::string base64(std::string_view bytes)
{
    constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        std::uint32_t group = 0;
        for (std::size_t i = 0; i < 3; ++i) {
            group = group << 8 | (at + i < bytes.size() ? static_cast<unsigned char>(bytes[at + i]) : 0u);
        }
        for (std::size_t i = 0; i < 4; ++i) {
            out += at + i <= bytes.size() ? kDigits[group >> (18 - 6 * i) & 63] : '=';
        }
    }
    return out;
}

bool has(const std::vector<std::pair<std::string, std::string>>& headers, std::string_view name)
{
    return std::ranges::any_of(headers, [&](const auto& field) { return http::equalsIgnoreCase(field.first, name); });
}

}  // namespace

std::vector<std::string> keyHeadersOf(const Value* listener)
{
    std::vector<std::string> out;
    if (listener) {
        collectKeyHeaders(*listener, out);
    }
    if (out.empty()) {
        out.emplace_back("X-Api-Key");
    }
    return out;
}

Result<void> addCredentials(const site::Site& site, const std::string& consumer,
                            const std::vector<std::string>& keyHeaders,
                            std::vector<std::pair<std::string, std::string>>& headers)
{
    if (consumer.empty()) {
        return {};
    }
    const Value* const found = site.named("consumers", consumer);
    if (!found) {
        return invalid("there is no consumer '" + consumer + "'");
    }
    if (const Value* keys = found->find("keys"); keys && (keys->isScalar() || !keys->items().empty())) {
        const std::string& key = keys->isScalar() ? keys->text() : keys->items().front().text();
        for (const std::string& name : keyHeaders) {
            if (!has(headers, name)) {
                headers.emplace_back(name, key);
            }
        }
        return {};
    }
    if (has(headers, "authorization")) {
        return {};
    }
    const Value* const basic = found->find("basic");
    const Value* const password = basic ? basic->find("password") : nullptr;
    if (!password) {
        return invalid(
            "consumer '" + consumer +
            "' has no key, and of a password the site holds only the hash: give the consumer a key, or write the "
            "header Authorization into the request");
    }
    const Value* const user = basic->find("user");
    headers.emplace_back("Authorization", "Basic " + base64((user ? user->text() : consumer) + ":" + password->text()));
    return {};
}

}  // namespace signalbox::traffic
