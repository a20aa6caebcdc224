#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/route/compiled_rule.h"

namespace re2 {
class RE2;
}

namespace signalbox::route {

struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>()(text); }
};
template <typename T>
using TextMap = std::unordered_map<std::string, T, TextHash, std::equal_to<>>;

/// Indices of rules, the most specific first.
using RuleList = std::vector<std::uint32_t>;

/// The regex rules of one host group, in order. Groups of them share one automaton that says "none of these" at once.
class RegexList {
public:
    RegexList();
    ~RegexList();
    RegexList(RegexList&&) noexcept;
    RegexList& operator=(RegexList&&) noexcept;

    void build(RuleList ordered, const std::vector<CompiledRule>& rules);
    /// Calls `visit` with each rule whose path matches, in order, until it answers true.
    template <typename Visit>
    bool visit(std::string_view path, const std::vector<CompiledRule>& rules, Visit&& visit) const
    {
        for (const Block& block : m_blocks) {
            if (!mayMatch(block, path)) {
                continue;
            }
            for (const std::uint32_t rule : block.rules) {
                if (rules[rule].pathMatches(path) && visit(rules[rule], std::uint32_t{0})) {
                    return true;
                }
            }
        }
        return false;
    }

private:
    struct Automaton;
    struct Block {
        RuleList rules;
        std::unique_ptr<Automaton> automaton;  ///< null where it would not pay
    };
    [[nodiscard]] static bool mayMatch(const Block& block, std::string_view path);
    std::vector<Block> m_blocks;
};

/// All rules of one host pattern by their paths.
struct HostGroup {
    TextMap<RuleList> exact;
    TextMap<RuleList> prefixes;
    RegexList regexes;
    RuleList anyPath;
    std::size_t longestExact = 0;
    std::size_t longestPrefix = 0;
};

/// Finds the rules whose host and path match, in order of specificity. Immutable after `build`; any thread.
class RouteIndex {
public:
    void build(std::vector<CompiledRule> rules);
    [[nodiscard]] const std::vector<CompiledRule>& rules() const noexcept { return m_rules; }

    /// Calls `visit(rule, matchedPrefix)` for each rule whose host and path match, the most specific first, until it
    /// answers true. A rule with several hosts may come more than once. Every look-up is bounded by the longest key, so
    /// that overlong hosts and paths cost no more than short ones.
    template <typename Visit>
    bool visit(std::string_view host, std::string_view path, Visit&& visit) const
    {
        if (const auto it = m_exactHosts.find(host);
            it != m_exactHosts.end() && visitGroup(m_groups[it->second], path, visit)) {
            return true;
        }
        if (!m_wildcards.empty() && visitWildcards(host, path, visit)) {
            return true;
        }
        return m_anyHost != kNone && visitGroup(m_groups[m_anyHost], path, visit);
    }

private:
    static constexpr std::uint32_t kNone = ~std::uint32_t{0};

    template <typename Visit>
    bool visitWildcards(std::string_view host, std::string_view path, Visit& visit) const
    {
        // At 1 at least: the label in front of the dot must not be empty.
        std::size_t from = host.size() > m_longestWildcard + 2 ? host.size() - m_longestWildcard - 1 : 1;
        for (from = host.find('.', from); from != std::string_view::npos; from = host.find('.', from + 1)) {
            const auto it = m_wildcards.find(host.substr(from + 1));
            if (it != m_wildcards.end() && visitGroup(m_groups[it->second], path, visit)) {
                return true;
            }
        }
        return false;
    }

    template <typename Visit>
    bool visitGroup(const HostGroup& group, std::string_view path, Visit& visit) const
    {
        if (path.size() <= group.longestExact) {
            if (const auto it = group.exact.find(path);
                it != group.exact.end() && visitList(it->second, static_cast<std::uint32_t>(path.size()), visit)) {
                return true;
            }
        }
        return (!group.prefixes.empty() && visitPrefixes(group, path, visit)) ||
               group.regexes.visit(path, m_rules, visit) || visitList(group.anyPath, 0, visit);
    }

    template <typename Visit>
    bool visitPrefixes(const HostGroup& group, std::string_view path, Visit& visit) const
    {
        std::size_t end = path.size();
        if (end > group.longestPrefix) {
            // A boundary is a slash or the end: the last one that a key can reach.
            end = path.rfind('/', group.longestPrefix);
        }
        while (end != std::string_view::npos) {
            const auto it = group.prefixes.find(path.substr(0, end));
            if (it != group.prefixes.end() && visitList(it->second, static_cast<std::uint32_t>(end), visit)) {
                return true;
            }
            if (end == 0) {
                return false;
            }
            end = path.rfind('/', end - 1);
        }
        // A path that does not begin with a slash ("*" of OPTIONS) is still below the prefix `/`.
        const auto root = group.prefixes.find(std::string_view());
        return root != group.prefixes.end() && visitList(root->second, 0, visit);
    }

    template <typename Visit>
    bool visitList(const RuleList& list, std::uint32_t matchedPrefix, Visit& visit) const
    {
        for (const std::uint32_t rule : list) {
            if (visit(m_rules[rule], matchedPrefix)) {
                return true;
            }
        }
        return false;
    }

    std::uint32_t groupOf(const CompiledRule::Host* host);

    std::vector<CompiledRule> m_rules;
    std::vector<HostGroup> m_groups;
    TextMap<std::uint32_t> m_exactHosts;
    TextMap<std::uint32_t> m_wildcards;
    std::size_t m_longestWildcard = 0;
    std::uint32_t m_anyHost = kNone;
};

}  // namespace signalbox::route
