#include <algorithm>

#include "core/site/yaml_text.h"

namespace signalbox::site {

namespace {

/// A value that a comment can be written beside: a member of a block map or an item of a block list.
struct Anchor {
    int line = 0;
    Value* value = nullptr;
};

void collect(Value& container, std::vector<Anchor>& out)
{
    if (container.style == Value::Style::Flow) {
        return;
    }
    const auto visit = [&](Value& value, int line) {
        // A copy made by an alias has the places of its original, which came earlier.
        if (out.empty() || line >= out.back().line) {
            out.push_back({line, &value});
            collect(value, out);
        }
    };
    for (auto& [key, value] : container.members()) {
        visit(value, value.keyPlace.line);
    }
    for (auto& item : container.items()) {
        visit(item, item.place.line);
    }
}

struct Comment {
    enum class Kind { Whole, Trailing, Empty };
    Kind kind = Kind::Whole;
    int line = 0;
    std::string text;
};

/// Where a comment begins on a line, skipping what is quoted; npos where there is none.
std::size_t commentStart(std::string_view text, std::size_t begin, std::size_t end, const std::vector<TextSpan>& opaque,
                         std::size_t& span)
{
    for (std::size_t at = begin; at < end; ++at) {
        while (span < opaque.size() && opaque[span].end <= at) {
            ++span;
        }
        if (span < opaque.size() && at >= opaque[span].begin) {
            at = opaque[span].end - 1;
            continue;
        }
        if (text[at] == '#' && (at == begin || text[at - 1] == ' ' || text[at - 1] == '\t')) {
            return at;
        }
    }
    return std::string_view::npos;
}

std::string_view trimmedEnd(std::string_view text)
{
    const std::size_t last = text.find_last_not_of(" \t\r");
    return last == std::string_view::npos ? std::string_view{} : text.substr(0, last + 1);
}

std::vector<Comment> findComments(std::string_view text, const std::vector<TextSpan>& opaque)
{
    std::vector<Comment> out;
    std::size_t span = 0;
    int number = 0;
    for (std::size_t begin = 0; begin < text.size();) {
        ++number;
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        const bool startsOpaque = span < opaque.size() && begin >= opaque[span].begin && begin < opaque[span].end;
        const std::size_t start = commentStart(text, begin, end, opaque, span);
        if (start != std::string_view::npos) {
            const std::string_view before = trimmedEnd(text.substr(begin, start - begin));
            const bool alone = before.find_first_not_of(" \t-") == std::string_view::npos;
            out.push_back({alone ? Comment::Kind::Whole : Comment::Kind::Trailing, number,
                           std::string(trimmedEnd(text.substr(start + 1, end - start - 1)))});
        } else if (!startsOpaque && trimmedEnd(text.substr(begin, end - begin)).empty()) {
            out.push_back({Comment::Kind::Empty, number, {}});
        }
        begin = end + 1;
    }
    return out;
}

}  // namespace

void attachComments(std::string_view text, const std::vector<TextSpan>& opaque, Value& root)
{
    std::vector<Anchor> anchors;
    collect(root, anchors);
    std::size_t next = 0;  // the first anchor after the comment's line
    for (auto& comment : findComments(text, opaque)) {
        while (next < anchors.size() && anchors[next].line <= comment.line) {
            ++next;
        }
        if (comment.kind == Comment::Kind::Trailing && next > 0) {
            Value& value = *anchors[next - 1].value;
            if (value.trailing.empty()) {
                value.trailing = std::move(comment.text);
                continue;
            }
        }
        auto& into = next < anchors.size() ? anchors[next].value->comments : root.footer;
        if (comment.kind == Comment::Kind::Empty) {
            const bool first = next == 0 && into.empty();
            if (!first && (into.empty() || into.back() != "\n")) {
                into.emplace_back("\n");
            }
        } else {
            into.push_back(std::move(comment.text));
        }
    }
    while (!root.footer.empty() && root.footer.back() == "\n") {
        root.footer.pop_back();
    }
}

}  // namespace signalbox::site
