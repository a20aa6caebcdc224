#include <memory>
#include <optional>

#include "core/http/char_class.h"
#include "core/policy/policy_support.h"

namespace signalbox::policy {

namespace {

constexpr std::string_view kId = "api-key";

/// Percent-decoded; a broken escape stays as it is, and so matches no key by accident.
std::string_view decode(std::string_view text, Arena& arena)
{
    if (text.find('%') == std::string_view::npos) {
        return text;
    }
    char* const out = arena.allocate(text.size());
    std::size_t size = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const bool escape = text[at] == '%' && at + 2 < text.size() && http::hexValue(text[at + 1]) >= 0 &&
                            http::hexValue(text[at + 2]) >= 0;
        out[size++] =
            escape ? static_cast<char>(http::hexValue(text[at + 1]) * 16 + http::hexValue(text[at + 2])) : text[at];
        at += escape ? 2 : 0;
    }
    return {out, size};
}

class ApiKey final : public Policy {
public:
    ApiKey(std::string header, std::string query, bool hide)
        : m_header(std::move(header)), m_query(std::move(query)), m_hide(hide)
    {}

    Verdict onRequest(RequestContext& context, Refusal& refusal) override
    {
        const Found found = look(context);
        if (found.count != 1) {
            return challenge(context, refusal, found.count == 0);
        }
        const Consumer* const consumer = context.consumers.byKey(found.key);
        if (consumer == nullptr) {
            refusal.headers.add("WWW-Authenticate", "ApiKey realm=\"signalbox\"");
            return refuse(context, refusal, kId, 401, "Wrong API key", "The API key is not one of a known consumer.",
                          "the key belongs to no consumer");
        }
        context.consumer = consumer;
        if (m_hide) {
            hide(context);
        }
        if (context.trace != nullptr) {
            note(context.trace, kId, stats::PolicyVerdict::Passed,
                 format(context.arena, "key of consumer %s", consumer->name.c_str()));
        }
        return Verdict::Proceed;
    }

private:
    struct Found {
        std::string_view key;
        int count = 0;
    };

    [[nodiscard]] Found look(RequestContext& context) const
    {
        Found found;
        for (const http::HeaderField& field : context.request.headers.fields()) {
            if (http::equalsIgnoreCase(field.name, m_header)) {
                found = {field.value, found.count + 1};
            }
        }
        if (!m_query.empty() && found.count == 0) {
            eachParameter(context.request.query,
                          [&](std::string_view whole, std::string_view name, std::string_view value) {
                              (void)whole;
                              if (decode(name, context.arena) == m_query) {
                                  found = {decode(value, context.arena), found.count + 1};
                              }
                          });
        }
        return found;
    }

    template <typename Visit>
    static void eachParameter(std::string_view query, Visit visit)
    {
        while (!query.empty()) {
            const std::size_t end = query.find('&');
            const std::string_view whole = query.substr(0, end);
            const std::size_t equals = whole.find('=');
            visit(whole, whole.substr(0, equals),
                  equals == std::string_view::npos ? std::string_view{} : whole.substr(equals + 1));
            query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
        }
    }

    /// The key must not reach the backend, its logs or whoever it calls.
    void hide(RequestContext& context) const
    {
        context.request.headers.remove(m_header);
        if (m_query.empty() || !context.request.hasQuery) {
            return;
        }
        char* const out = context.arena.allocate(context.request.query.size() + 1);
        std::size_t size = 0;
        bool dropped = false;
        eachParameter(context.request.query, [&](std::string_view whole, std::string_view name, std::string_view) {
            if (decode(name, context.arena) == m_query) {
                dropped = true;
                return;
            }
            if (size > 0) {
                out[size++] = '&';
            }
            size += whole.copy(out + size, whole.size());
        });
        if (dropped) {
            context.request.query = {out, size};
            context.request.hasQuery = size > 0;
        }
    }

    Verdict challenge(RequestContext& context, Refusal& refusal, bool missing) const
    {
        refusal.headers.add("WWW-Authenticate", "ApiKey realm=\"signalbox\"");
        if (!missing) {
            return refuse(context, refusal, kId, 401, "Ambiguous API key",
                          "The request carries more than one API key; send exactly one.", "more than one key");
        }
        const bool both = !m_query.empty();
        const std::string_view detail =
            format(context.arena, "No API key was sent; put yours into the header %s%s%s.", m_header.c_str(),
                   both ? " or the query parameter " : "", both ? m_query.c_str() : "");
        return refuse(context, refusal, kId, 401, "Missing API key", detail,
                      format(context.arena, "no header %s", m_header.c_str()));
    }

    std::string m_header;
    std::string m_query;
    bool m_hide;
};

Result<std::unique_ptr<Policy>> create(const Params& params)
{
    std::string header = params.text("header");
    if (auto wrong = checkHeaderName(header)) {
        return invalid(*wrong);
    }
    return std::make_unique<ApiKey>(std::move(header), params.text("query"), params.boolean("hide"));
}

}  // namespace

PolicyDescriptor apiKeyPolicy()
{
    return {kId,
            {kId,
             "API key",
             "Lets a request in only with the key of a consumer, and tells later policies who that is. Without a key "
             "or with a wrong one: 401.",
             {{.key = "header",
               .kind = ParamKind::Text,
               .title = "Header",
               .help = "The header that carries the key.",
               .fallback = "X-Api-Key"},
              {.key = "query",
               .kind = ParamKind::Text,
               .title = "Query parameter",
               .help = "Also accept the key as this query parameter, where the header is absent. Keys in addresses end "
                       "up in logs: prefer the header.",
               .advanced = true},
              {.key = "hide",
               .kind = ParamKind::Boolean,
               .title = "Hide from backend",
               .help = "Take the key out of the request before it goes to the backend.",
               .fallback = "true",
               .advanced = true}}},
            true,
            create};
}

}  // namespace signalbox::policy
