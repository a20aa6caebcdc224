#include "core/site/yaml_text.h"

#include <algorithm>
#include <exception>
#include <istream>
#include <optional>
#include <streambuf>
#include <unordered_map>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include "core/site/problem_codes.h"
#include "core/site/value_path.h"

namespace signalbox::site {

namespace {

/// Leaves the parser from inside an event; never leaves parseYaml.
struct Stop {
    std::string_view code;
    std::string message;
    YAML::Mark mark;
};

/// Reads straight from the text, without a copy.
class ViewBuffer : public std::streambuf {
public:
    explicit ViewBuffer(std::string_view text)
    {
        char* const begin = const_cast<char*>(text.data());  // a get area is never written to
        setg(begin, begin, begin + text.size());
    }
};

struct Anchored {
    Value value;
    std::size_t bytes = 0;
    std::size_t depth = 0;
};

struct Frame {
    Value value;
    YAML::anchor_t anchor = 0;
    int column = -1;  ///< of the block collection, what a block scalar must be indented beyond
    std::optional<std::string> key;
    Place keyPlace;
    std::unordered_map<std::string, Place> seen;
    std::size_t bytes = sizeof(Value);
    std::size_t depth = 1;
};

class Builder : public YAML::EventHandler {
public:
    Builder(std::string_view text, YamlText& out) : m_text(text), m_out(out) {}

    void OnDocumentStart(const YAML::Mark& mark) override
    {
        if (m_documents++ > 0) {
            throw Stop{codes::kSyntax, "a second document begins here: a site is one document", mark};
        }
    }
    void OnDocumentEnd() override {}

    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override
    {
        if (wantsKey()) {
            throw Stop{codes::kSyntax, "a key must be a text", mark};
        }
        Value value;
        value.place = placeOfNothing(mark);
        add(std::move(value), anchor, sizeof(Value), 0, mark);
    }

    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override
    {
        const auto found = m_anchors.find(anchor);
        if (found == m_anchors.end()) {
            throw Stop{codes::kSyntax, "an alias stands inside what it names", mark};
        }
        const Anchored& target = found->second;
        charge(target.bytes, mark);
        if (m_frames.size() + target.depth > kMaxDepth) {
            throw Stop{codes::kTooLarge, "values are nested deeper than 64", mark};
        }
        if (wantsKey()) {
            if (!target.value.isScalar()) {
                throw Stop{codes::kSyntax, "a key must be a text", mark};
            }
            setKey(target.value.text(), mark);
            return;
        }
        add(Value(target.value), 0, target.bytes, target.depth, mark);
    }

    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& text) override
    {
        const bool opaque = noteOpaque(mark);
        if (tag != "?" && tag != "!" && tag != "tag:yaml.org,2002:str") {
            throw Stop{codes::kSyntax, "a tag is not part of the format", mark};
        }
        if (wantsKey()) {
            setKey(text, mark);
            remember(anchor, Value::scalar(text), sizeof(Value) + text.size(), 0, mark);
            return;
        }
        Value value = Value::scalar(text, opaque || tag != "?");
        value.place = placeOf(mark);
        add(std::move(value), anchor, sizeof(Value) + text.size(), 0, mark);
    }

    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value style) override
    {
        open(Value::list(), mark, tag, anchor, style);
    }
    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value style) override
    {
        open(Value::map(), mark, tag, anchor, style);
    }
    void OnSequenceEnd() override { close(); }
    void OnMapEnd() override { close(); }

    /// Closes what an error left open, so that the window can show what came before it.
    void finish()
    {
        while (!m_frames.empty()) {
            m_frames.back().anchor = 0;
            close();
        }
    }

    [[nodiscard]] Place placeOf(const YAML::Mark& mark)
    {
        if (mark.is_null() || mark.line < 0) {
            return {1, 1};
        }
        // Columns count characters, not bytes. Marks come mostly in order, so counting goes on from the last one.
        const auto pos = std::min(static_cast<std::size_t>(mark.pos), m_text.size());
        const std::size_t lineStart = pos - std::min(pos, static_cast<std::size_t>(mark.column));
        if (mark.line != m_lastLine || pos < m_lastPos) {
            m_lastLine = mark.line;
            m_lastPos = lineStart;
            m_lastColumn = 1;
        }
        for (; m_lastPos < pos; ++m_lastPos) {
            m_lastColumn += (static_cast<unsigned char>(m_text[m_lastPos]) & 0xC0U) != 0x80U;
        }
        return {mark.line + 1, m_lastColumn};
    }

private:
    /// The mark of an absent value is that of whatever comes next; its place is the dash or colon before it.
    [[nodiscard]] Place placeOfNothing(YAML::Mark mark)
    {
        const auto pos = std::min(static_cast<std::size_t>(std::max(mark.pos, 0)), m_text.size());
        const bool written = pos < m_text.size() && (m_text[pos] == '~' || m_text[pos] == 'n' || m_text[pos] == 'N');
        const std::size_t before = pos == 0 ? std::string_view::npos : m_text.find_last_not_of(" \t\r\n", pos - 1);
        if (written || before == std::string_view::npos) {
            return placeOf(mark);
        }
        const auto gap = m_text.substr(before, pos - before);
        const auto lines = static_cast<int>(std::count(gap.begin(), gap.end(), '\n'));
        if (lines == 0) {
            mark.column -= static_cast<int>(gap.size());
        } else {
            const std::size_t end = m_text.rfind('\n', before);
            mark.column = static_cast<int>(before - (end == std::string_view::npos ? 0 : end + 1));
            mark.line -= lines;
        }
        mark.pos = static_cast<int>(before);
        return placeOf(mark);
    }

    [[nodiscard]] bool wantsKey() const noexcept
    {
        return !m_frames.empty() && m_frames.back().value.isMap() && !m_frames.back().key;
    }

    void charge(std::size_t bytes, const YAML::Mark& mark)
    {
        m_aliasBytes += bytes;
        if (m_aliasBytes > kMaxAliasBytes) {
            throw Stop{codes::kTooLarge, "anchors and aliases expand to more than 32 MiB", mark};
        }
    }

    void remember(YAML::anchor_t anchor, const Value& value, std::size_t bytes, std::size_t depth,
                  const YAML::Mark& mark)
    {
        if (anchor != 0) {
            charge(bytes, mark);
            m_anchors[anchor] = {value, bytes, depth};
        }
    }

    void setKey(const std::string& text, const YAML::Mark& mark)
    {
        if (text.size() > kMaxKeyBytes) {
            throw Stop{codes::kTooLarge, "a key is longer than 200 bytes", mark};
        }
        Frame& frame = m_frames.back();
        frame.key = text;
        frame.keyPlace = placeOf(mark);
        frame.column = std::max(frame.column, mark.column);
    }

    void open(Value value, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
              YAML::EmitterStyle::value style)
    {
        if (!tag.empty() && tag != "?" && tag != "!") {
            throw Stop{codes::kSyntax, "a tag is not part of the format", mark};
        }
        if (wantsKey()) {
            throw Stop{codes::kSyntax, "a key must be a text", mark};
        }
        if (m_frames.size() >= kMaxDepth) {
            throw Stop{codes::kTooLarge, "values are nested deeper than 64", mark};
        }
        value.place = placeOf(mark);
        value.style = style == YAML::EmitterStyle::Flow ? Value::Style::Flow : Value::Style::Block;
        Frame frame;
        frame.value = std::move(value);
        frame.anchor = anchor;
        frame.column = frame.value.isList() && style != YAML::EmitterStyle::Flow ? mark.column : -1;
        m_frames.push_back(std::move(frame));
    }

    void close()
    {
        Frame frame = std::move(m_frames.back());
        m_frames.pop_back();
        add(std::move(frame.value), frame.anchor, frame.bytes, frame.depth, YAML::Mark::null_mark());
    }

    void add(Value value, YAML::anchor_t anchor, std::size_t bytes, std::size_t depth, const YAML::Mark& mark)
    {
        if (++m_values > kMaxValues) {
            throw Stop{codes::kTooLarge, "there are more than 500000 values", mark};
        }
        remember(anchor, value, bytes, depth, mark);
        if (m_frames.empty()) {
            m_out.root = std::move(value);
            return;
        }
        Frame& frame = m_frames.back();
        frame.bytes += bytes;
        frame.depth = std::max(frame.depth, depth + 1);
        if (frame.value.isList()) {
            frame.value.items().push_back(std::move(value));
            return;
        }
        value.keyPlace = frame.keyPlace;
        std::string key = std::move(*frame.key);
        frame.key.reset();
        const auto [seen, fresh] = frame.seen.emplace(key, frame.keyPlace);
        if (fresh) {
            frame.value.members().emplace_back(std::move(key), std::move(value));
        } else {
            m_out.problems.push_back({Severity::Error, std::string(codes::kDuplicateKey),
                                      "duplicate key '" + key + "': first at line " +
                                          std::to_string(seen->second.line) + ", column " +
                                          std::to_string(seen->second.column),
                                      pathOf(key), frame.keyPlace});
        }
    }

    [[nodiscard]] ValuePath pathOf(const std::string& key) const
    {
        ValuePath path;
        for (std::size_t at = 0; at + 1 < m_frames.size(); ++at) {
            const Frame& frame = m_frames[at];
            const Value* inner = m_frames[at + 1].value.find("name");
            appendSegment(path, frame.value.isMap() ? *frame.key
                                : inner             ? inner->text()
                                                    : std::to_string(frame.value.items().size()));
        }
        appendSegment(path, key);
        return path;
    }

    /// Remembers where a quoted or block scalar begins and ends. True for one.
    bool noteOpaque(const YAML::Mark& mark);
    [[nodiscard]] std::size_t endOfQuoted(std::size_t at) const noexcept;
    [[nodiscard]] std::size_t endOfBlock(std::size_t at) const noexcept;

    std::string_view m_text;
    YamlText& m_out;
    std::vector<Frame> m_frames;
    std::unordered_map<YAML::anchor_t, Anchored> m_anchors;
    std::size_t m_documents = 0;
    std::size_t m_values = 0;
    std::size_t m_aliasBytes = 0;
    int m_lastLine = -1;
    std::size_t m_lastPos = 0;
    int m_lastColumn = 1;
};

bool Builder::noteOpaque(const YAML::Mark& mark)
{
    auto at = static_cast<std::size_t>(std::max(mark.pos, 0));
    // The mark is that of an anchor or tag where there is one.
    while (at < m_text.size() && (m_text[at] == '&' || m_text[at] == '!')) {
        at = m_text.find_first_of(" \t\r\n", at);
        at = at == std::string_view::npos ? m_text.size() : m_text.find_first_not_of(" \t\r\n", at);
    }
    if (at >= m_text.size()) {
        return false;
    }
    const char c = m_text[at];
    if (c == '"' || c == '\'') {
        const std::size_t end = endOfQuoted(at);
        // yaml-cpp takes the end of the file for the missing quote.
        if (end > m_text.size()) {
            throw Stop{codes::kSyntax, "the quote that begins here is never closed", mark};
        }
        m_out.opaque.push_back({at, end});
        return true;
    }
    const bool inFlow = !m_frames.empty() && m_frames.back().value.style == Value::Style::Flow;
    if ((c == '|' || c == '>') && !inFlow) {
        m_out.opaque.push_back({m_text.find('\n', at), endOfBlock(at)});
        if (m_out.opaque.back().begin >= m_out.opaque.back().end) {
            m_out.opaque.pop_back();
        }
        return true;
    }
    return false;
}

std::size_t Builder::endOfQuoted(std::size_t at) const noexcept
{
    const char quote = m_text[at];
    for (std::size_t i = at + 1; i < m_text.size(); ++i) {
        if (quote == '"' && m_text[i] == '\\') {
            ++i;
        } else if (m_text[i] == quote) {
            if (quote == '"' || i + 1 >= m_text.size() || m_text[i + 1] != quote) {
                return i + 1;
            }
            ++i;
        }
    }
    return std::string_view::npos;
}

std::size_t Builder::endOfBlock(std::size_t at) const noexcept
{
    const int parent = m_frames.empty() ? -1 : m_frames.back().column;
    std::size_t end = m_text.find('\n', at);
    int indent = -1;
    for (std::size_t line = end; line != std::string_view::npos && line + 1 < m_text.size();) {
        const std::size_t begin = line + 1;
        line = m_text.find('\n', begin);
        const std::size_t first = m_text.find_first_not_of(' ', begin);
        if (first == std::string_view::npos || m_text[first] == '\n' || m_text[first] == '\r') {
            continue;
        }
        const auto column = static_cast<int>(first - begin);
        if (indent < 0 ? column <= parent : column < indent) {
            break;
        }
        // With an explicit indentation later lines may stand further left than the first, but never at the parent's
        // column.
        indent = indent < 0 ? parent + 1 : indent;
        end = line;
    }
    return std::min(end, m_text.size());
}

}  // namespace

YamlText parseYaml(std::string_view text)
{
    YamlText out;
    Builder builder(text, out);
    const auto stop = [&](std::string_view code, std::string message, const YAML::Mark& mark) {
        out.problems.push_back({Severity::Error, std::string(code), std::move(message), {}, builder.placeOf(mark)});
    };
    try {
        ViewBuffer buffer(text);
        std::istream in(&buffer);
        YAML::Parser parser(in);
        while (parser.HandleNextDocument(builder)) {
        }
        out.complete = true;
    } catch (const Stop& reason) {
        stop(reason.code, reason.message, reason.mark);
    } catch (const YAML::Exception& error) {
        stop(codes::kSyntax, error.msg, error.mark);
    } catch (const std::exception& error) {
        stop(codes::kSyntax, error.what(), YAML::Mark::null_mark());
    }
    if (!out.complete) {
        try {
            builder.finish();
        } catch (const Stop&) {
            // The limit that ended the reading also ends the tree; its problem is noted already.
        }
    }
    return out;
}

}  // namespace signalbox::site
