#include <memory>
#include <re2/re2.h>

#include "core/http/path.h"
#include "core/http/target.h"
#include "core/policy/policy_support.h"

namespace signalbox::policy {

namespace {

constexpr std::string_view kId = "rewrite";

struct Settings {
    bool prefixes = false;  ///< strip_prefix or prefix is written
    bool strips = false;
    std::string stripPrefix;  ///< without a closing slash; empty strips nothing
    std::string prefix;       ///< likewise
    std::unique_ptr<RE2> regex;
    std::string to;
    std::string host;
};

std::string_view withoutClosingSlash(std::string_view path) noexcept
{
    while (path.ends_with('/')) {
        path.remove_suffix(1);
    }
    return path;
}

class Rewrite final : public Policy {
public:
    explicit Rewrite(Settings settings) : m_settings(std::move(settings)) {}

    Verdict onRequest(RequestContext& context, Refusal& refusal) override
    {
        http::RequestHead& request = context.request;
        const std::string_view before = request.path;
        const bool isPath = before.starts_with('/');
        if (isPath && m_settings.prefixes) {
            replacePrefix(context);
        }
        if (isPath && m_settings.regex && !replaceMatches(context)) {
            return refuse(context, refusal, kId, 400, "Rewritten path is not valid",
                          "The path, rewritten as the route says, is not a valid path.",
                          "the result climbs above the root or holds a character that is not allowed");
        }
        if (!m_settings.host.empty()) {
            request.host = m_settings.host;
        }
        if (context.trace != nullptr) {
            noteChange(context, before);
        }
        return Verdict::Proceed;
    }

private:
    void replacePrefix(RequestContext& context) const
    {
        const std::string_view path = context.request.path;
        const std::string_view stripped =
            m_settings.strips ? std::string_view(m_settings.stripPrefix) : withoutClosingSlash(context.matchedPrefix);
        // Whole segments only: /a is no prefix of /ab.
        if (!path.starts_with(stripped) || (path.size() > stripped.size() && path[stripped.size()] != '/')) {
            return;
        }
        const std::string_view rest = path.substr(stripped.size());
        if (m_settings.prefix.empty()) {
            context.request.path = rest.empty() ? std::string_view("/") : rest;
        } else {
            context.request.path = rest == "/" && !path.ends_with('/') ? std::string_view(m_settings.prefix)
                                                                       : context.arena.concat(m_settings.prefix, rest);
        }
    }

    bool replaceMatches(RequestContext& context) const
    {
        std::string text(context.request.path);
        if (!RE2::GlobalReplace(&text, *m_settings.regex, m_settings.to)) {
            return true;
        }
        if (!text.starts_with('/')) {
            text.insert(text.begin(), '/');
        }
        const http::PathResult result = http::normalisePath(context.arena.copy(text), context.arena);
        if (result.fault != http::PathFault::None) {
            return false;
        }
        context.request.path = result.path;
        return true;
    }

    void noteChange(RequestContext& context, std::string_view before) const
    {
        const std::string_view after = context.request.path;
        const bool changed = before != after || !m_settings.host.empty();
        const std::string_view host = m_settings.host;
        note(context.trace, kId, changed ? stats::PolicyVerdict::Changed : stats::PolicyVerdict::Passed,
             changed ? format(context.arena, "%.*s -> %.*s%s%.*s",
                              static_cast<int>(std::min<std::size_t>(before.size(), 40)), before.data(),
                              static_cast<int>(std::min<std::size_t>(after.size(), 40)), after.data(),
                              host.empty() ? "" : ", host ", static_cast<int>(host.size()), host.data())
                     : std::string_view("does not apply to this path"));
    }

    Settings m_settings;
};

/// What is wrong with a path prefix of the site, or nothing; normalises it.
std::optional<std::string> readPrefix(const Params& params, std::string_view key, std::string& out)
{
    const std::string text = params.text(key);
    Arena arena;
    const http::PathResult result = http::normalisePath(text, arena);
    if (result.fault != http::PathFault::None) {
        return "'" + text + "' of '" + std::string(key) + "' is not a path: it must begin with a slash and be valid";
    }
    out = withoutClosingSlash(result.path);
    return std::nullopt;
}

std::optional<std::string> readRegex(const Params& params, Settings& out)
{
    if (params.has("regex") != params.has("to")) {
        return params.has("regex") ? "'regex' needs 'to': what the match is replaced by"
                                   : "'to' needs 'regex': what it replaces";
    }
    if (!params.has("regex")) {
        return std::nullopt;
    }
    if (out.prefixes) {
        return "'regex' cannot be combined with 'strip_prefix' or 'prefix'; use two rewrite policies";
    }
    RE2::Options options;
    options.set_log_errors(false);
    out.regex = std::make_unique<RE2>(params.text("regex"), options);
    out.to = params.text("to");
    if (!out.regex->ok()) {
        return "'" + params.text("regex") + "' is not a regular expression: " + out.regex->error();
    }
    std::string wrong;
    if (!out.regex->CheckRewriteString(out.to, &wrong)) {
        return "'to' does not fit 'regex': " + wrong;
    }
    if (out.to.find_first_of("?# ") != std::string::npos) {
        return std::string("'to' works on the path alone and must not hold '?', '#' or blanks");
    }
    return std::nullopt;
}

Result<std::unique_ptr<Policy>> create(const Params& params)
{
    Settings settings;
    settings.strips = params.has("strip_prefix");
    settings.prefixes = settings.strips || params.has("prefix");
    settings.host = params.text("host");
    std::optional<std::string> wrong;
    if (settings.strips) {
        wrong = readPrefix(params, "strip_prefix", settings.stripPrefix);
    }
    if (!wrong && params.has("prefix")) {
        wrong = readPrefix(params, "prefix", settings.prefix);
    }
    if (!wrong) {
        wrong = readRegex(params, settings);
    }
    if (!wrong && params.has("host") && !http::isValidAuthority(settings.host)) {
        wrong = "'" + settings.host + "' is not a host, or a host and a port";
    }
    if (!wrong && !settings.prefixes && !settings.regex && !params.has("host")) {
        wrong = "rewrite needs one of 'strip_prefix', 'prefix', 'regex' with 'to', and 'host'";
    }
    if (wrong) {
        return invalid(*wrong);
    }
    return std::make_unique<Rewrite>(std::move(settings));
}

}  // namespace

PolicyDescriptor rewritePolicy()
{
    return {kId,
            {kId,
             "Rewrite",
             "Changes path and host before the request goes to the backend; the query stays. The route has been chosen "
             "by then.",
             {{.key = "strip_prefix",
               .kind = ParamKind::Text,
               .title = "Strip prefix",
               .help = "Taken off the front of the path, in whole segments: /a turns /a/x into /x, and /a into /. "
                       "Other paths stay as they are."},
              {.key = "prefix",
               .kind = ParamKind::Text,
               .title = "New prefix",
               .help = "Put in place of the stripped prefix, or of the prefix that the route matched where nothing is "
                       "stripped."},
              {.key = "regex",
               .kind = ParamKind::Pattern,
               .title = "Pattern",
               .help = "An RE2 regular expression; every match in the path is replaced by 'to'. Not together with the "
                       "prefixes.",
               .advanced = true},
              {.key = "to",
               .kind = ParamKind::Text,
               .title = "Replacement",
               .help = "What a match becomes; \\1 is the first group.",
               .advanced = true},
              {.key = "host",
               .kind = ParamKind::Text,
               .title = "Host",
               .help = "The Host that the backend sees instead of the client's.",
               .advanced = true}}},
            false,
            create};
}

}  // namespace signalbox::policy
