#include "core/route/route_index.h"

#include <algorithm>
#include <re2/re2.h>
#include <re2/set.h>

namespace signalbox::route {

namespace {

constexpr std::size_t kBlockSize = 16;
constexpr std::size_t kSmallestBlock = 4;

}  // namespace

struct RegexList::Automaton {
    explicit Automaton(const re2::RE2::Options& options) : set(options, re2::RE2::ANCHOR_BOTH) {}
    re2::RE2::Set set;
};

RegexList::RegexList() = default;
RegexList::~RegexList() = default;
RegexList::RegexList(RegexList&&) noexcept = default;
RegexList& RegexList::operator=(RegexList&&) noexcept = default;

void RegexList::build(RuleList ordered, const std::vector<CompiledRule>& rules)
{
    for (std::size_t from = 0; from < ordered.size(); from += kBlockSize) {
        Block block;
        const std::size_t to = std::min(from + kBlockSize, ordered.size());
        block.rules.assign(ordered.begin() + static_cast<std::ptrdiff_t>(from),
                           ordered.begin() + static_cast<std::ptrdiff_t>(to));
        if (block.rules.size() >= kSmallestBlock) {
            re2::RE2::Options options;
            options.set_log_errors(false);
            block.automaton = std::make_unique<Automaton>(options);
            bool complete = true;
            for (const std::uint32_t rule : block.rules) {
                complete = complete && block.automaton->set.Add(rules[rule].path, nullptr) >= 0;
            }
            if (!complete || !block.automaton->set.Compile()) {
                block.automaton.reset();
            }
        }
        m_blocks.push_back(std::move(block));
    }
}

bool RegexList::mayMatch(const Block& block, std::string_view path)
{
    if (block.automaton == nullptr) {
        return true;
    }
    re2::RE2::Set::ErrorInfo error{re2::RE2::Set::kNoError};
    const bool matched = block.automaton->set.Match(re2::StringPiece(path.data(), path.size()), nullptr, &error);
    // Out of memory means "cannot say", not "no".
    return matched || error.kind != re2::RE2::Set::kNoError;
}

std::uint32_t RouteIndex::groupOf(const CompiledRule::Host* host)
{
    const auto next = static_cast<std::uint32_t>(m_groups.size());
    std::uint32_t group = next;
    if (host == nullptr) {
        m_anyHost = m_anyHost == kNone ? next : m_anyHost;
        group = m_anyHost;
    } else {
        auto& map = host->wildcard ? m_wildcards : m_exactHosts;
        group = map.emplace(host->text, next).first->second;
        m_longestWildcard = host->wildcard ? std::max(m_longestWildcard, host->text.size()) : m_longestWildcard;
    }
    if (group == next) {
        m_groups.emplace_back();
    }
    return group;
}

void RouteIndex::build(std::vector<CompiledRule> rules)
{
    m_rules = std::move(rules);
    RuleList order;
    for (const CompiledRule& rule : m_rules) {
        order.push_back(rule.index);
    }
    std::ranges::sort(order, [this](std::uint32_t a, std::uint32_t b) { return precedes(m_rules[a], m_rules[b]); });

    std::vector<RuleList> regexes;
    const auto place = [&](const CompiledRule& rule, const CompiledRule::Host* host) {
        const std::uint32_t at = groupOf(host);
        HostGroup& group = m_groups[at];
        regexes.resize(m_groups.size());
        RuleList* list = &group.anyPath;
        switch (rule.pathKind) {
            case RouteRule::PathKind::Any: break;
            case RouteRule::PathKind::Exact:
                list = &group.exact[rule.path];
                group.longestExact = std::max(group.longestExact, rule.path.size());
                break;
            case RouteRule::PathKind::Prefix:
                list = &group.prefixes[rule.path];
                group.longestPrefix = std::max(group.longestPrefix, rule.path.size());
                break;
            case RouteRule::PathKind::Regex: list = &regexes[at]; break;
        }
        // The same host may be written twice, and order is kept, so that a double can only be the last one.
        if (list->empty() || list->back() != rule.index) {
            list->push_back(rule.index);
        }
    };
    for (const std::uint32_t index : order) {
        const CompiledRule& rule = m_rules[index];
        if (rule.hosts.empty()) {
            place(rule, nullptr);
        }
        for (const CompiledRule::Host& host : rule.hosts) {
            place(rule, &host);
        }
    }
    for (std::size_t at = 0; at < regexes.size(); ++at) {
        m_groups[at].regexes.build(std::move(regexes[at]), m_rules);
    }
}

}  // namespace signalbox::route
