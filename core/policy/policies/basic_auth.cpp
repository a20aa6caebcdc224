#include <memory>
#include <optional>

#include "core/http/char_class.h"
#include "core/policy/policy_support.h"

namespace signalbox::policy {

namespace {

constexpr std::string_view kId = "basic-auth";

int base64Value(char c) noexcept
{
    return c >= 'A' && c <= 'Z'   ? c - 'A'
           : c >= 'a' && c <= 'z' ? c - 'a' + 26
           : c >= '0' && c <= '9' ? c - '0' + 52
           : c == '+'             ? 62
           : c == '/'             ? 63
                                  : -1;
}

/// RFC 4648 section 4 to the letter: padded, no blanks, unused bits zero. One spelling per credential.
std::optional<std::string_view> decodeBase64(std::string_view text, Arena& arena)
{
    if (text.empty() || text.size() % 4 != 0) {
        return std::nullopt;
    }
    const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
    char* const out = arena.allocate(text.size() / 4 * 3);
    std::size_t size = 0;
    unsigned bits = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const int value = at + padding >= text.size() ? 0 : base64Value(text[at]);
        if (value < 0) {
            return std::nullopt;
        }
        bits = bits << 6 | static_cast<unsigned>(value);
        if (at % 4 == 3) {
            out[size++] = static_cast<char>(bits >> 16 & 0xFF);
            out[size++] = static_cast<char>(bits >> 8 & 0xFF);
            out[size++] = static_cast<char>(bits & 0xFF);
        }
    }
    for (std::size_t dropped = 0; dropped < padding; ++dropped) {
        if (out[--size] != 0) {
            return std::nullopt;
        }
    }
    return std::string_view(out, size);
}

class BasicAuth final : public Policy {
public:
    BasicAuth(std::string_view realm, bool hide)
        : m_challenge("Basic realm=\"" + std::string(realm) + "\", charset=\"UTF-8\""), m_hide(hide)
    {}

    Verdict onRequest(RequestContext& context, Refusal& refusal) override
    {
        std::string_view value;
        int count = 0;
        for (const http::HeaderField& field : context.request.headers.fields()) {
            if (http::equalsIgnoreCase(field.name, "authorization")) {
                value = field.value;
                ++count;
            }
        }
        if (count == 0) {
            return challenge(context, refusal, "Missing credentials",
                             "No user and password were sent; use HTTP Basic authentication.",
                             "no Authorization header");
        }
        const std::size_t blank = value.find(' ');
        if (count > 1 || !http::equalsIgnoreCase(value.substr(0, blank), "basic") || blank == std::string_view::npos) {
            return challenge(context, refusal, "Wrong kind of credentials",
                             "Exactly one Authorization header of the scheme Basic is needed.",
                             count > 1 ? "more than one Authorization header" : "Authorization is not of scheme Basic");
        }
        const auto decoded = decodeBase64(http::trimBlanks(value.substr(blank)), context.arena);
        const std::size_t colon = decoded ? decoded->find(':') : std::string_view::npos;
        if (colon == std::string_view::npos) {
            return challenge(context, refusal, "Malformed credentials",
                             "The credentials are not the base64 form of USER:PASSWORD (RFC 7617).",
                             "credentials are not base64 of USER:PASSWORD");
        }
        const Consumer* const consumer =
            context.consumers.byBasic(decoded->substr(0, colon), decoded->substr(colon + 1));
        if (consumer == nullptr) {
            return challenge(context, refusal, "Wrong credentials", "The user is not known or the password is wrong.",
                             "user unknown or password wrong");
        }
        context.consumer = consumer;
        if (m_hide) {
            context.request.headers.remove("Authorization");
        }
        if (context.trace != nullptr) {
            note(context.trace, kId, stats::PolicyVerdict::Passed,
                 format(context.arena, "user of consumer %s", consumer->name.c_str()));
        }
        return Verdict::Proceed;
    }

private:
    Verdict challenge(RequestContext& context, Refusal& refusal, std::string_view title, std::string_view detail,
                      std::string_view why) const
    {
        refusal.headers.add("WWW-Authenticate", m_challenge);
        return refuse(context, refusal, kId, 401, title, detail, why);
    }

    std::string m_challenge;
    bool m_hide;
};

Result<std::unique_ptr<Policy>> create(const Params& params)
{
    const std::string realm = params.text("realm");
    if (checkHeaderValue(realm) || realm.find_first_of("\"\\") != std::string::npos) {
        return invalid("the realm must not hold quotes, backslashes or control characters");
    }
    return std::make_unique<BasicAuth>(realm, params.boolean("hide"));
}

}  // namespace

PolicyDescriptor basicAuthPolicy()
{
    return {kId,
            {kId,
             "User and password",
             "Lets a request in only with the user and password of a consumer (HTTP Basic, RFC 7617). Otherwise 401, "
             "which makes a browser ask.",
             {{.key = "realm",
               .kind = ParamKind::Text,
               .title = "Realm",
               .help = "What a browser shows when it asks for the password.",
               .fallback = "signalbox"},
              {.key = "hide",
               .kind = ParamKind::Boolean,
               .title = "Hide from backend",
               .help = "Take the password out of the request before it goes to the backend.",
               .fallback = "true",
               .advanced = true}}},
            true,
            create};
}

}  // namespace signalbox::policy
