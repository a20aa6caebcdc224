#include <algorithm>

#include "core/site/site.h"
#include "core/site/yaml_scalar.h"

namespace signalbox::site {

namespace {

constexpr int kStep = 2;
/// A collection without a style of its own stays on one line up to this width.
constexpr std::size_t kFlowWidth = 100;

bool isLeaf(const Value& value)
{
    return value.isScalar() || value.isNull();
}

class Writer {
public:
    std::string document(const Value& root)
    {
        if (root.style == Value::Style::Flow || isLeaf(root)) {
            m_out += flow(root) + "\n";
        } else if (root.isMap() && !root.members().empty()) {
            members(root, 0, false);
        } else if (root.isList() && !root.items().empty()) {
            items(root, 0, false);
        } else {
            m_out += flow(root) + "\n";
        }
        for (const auto& line : root.footer) {
            comment(line, 0);
        }
        return std::move(m_out);
    }

private:
    static std::string flow(const Value& value)
    {
        if (value.isNull()) {
            return "~";
        }
        if (value.isScalar()) {
            return writeScalar(value.text(), value.quoted(), true);
        }
        std::string out(value.isMap() ? "{" : "[");
        for (const auto& [key, member] : value.members()) {
            out += (out.size() > 1 ? ", " : "") + writeScalar(key, false, true) + ": " + flow(member);
        }
        for (const auto& item : value.items()) {
            out += (out.size() > 1 ? ", " : "") + flow(item);
        }
        return out + (value.isMap() ? "}" : "]");
    }

    /// As it was written; otherwise one line for what is short and flat.
    static bool wantsFlow(const Value& value, bool asItem)
    {
        if (isLeaf(value) || (value.members().empty() && value.items().empty()) || value.style == Value::Style::Flow) {
            return true;
        }
        if (value.style == Value::Style::Block) {
            return false;
        }
        const bool flat =
            std::ranges::all_of(value.items(), isLeaf) &&
            std::ranges::all_of(value.members(), [](const auto& member) { return isLeaf(member.second); });
        const bool small = value.isList() || asItem || value.members().size() <= 4;
        return flat && small && flow(value).size() <= kFlowWidth;
    }

    void indent(int columns) { m_out.append(static_cast<std::size_t>(columns), ' '); }

    void comment(const std::string& text, int column)
    {
        if (text == "\n") {
            m_out += '\n';
            return;
        }
        indent(column);
        m_out += '#';
        // A text made in the window may hold line breaks; each line stays a comment.
        for (const char c : text) {
            m_out += c;
            if (c == '\n') {
                indent(column);
                m_out += '#';
            }
        }
        m_out += '\n';
    }

    void endLine(const Value& value)
    {
        if (!value.trailing.empty()) {
            std::string text = value.trailing;
            std::ranges::replace(text, '\n', ' ');
            m_out += "  #" + text;
        }
        m_out += '\n';
    }

    void literalBlock(const Value& value, int column)
    {
        const std::string& text = value.text();
        m_out += text.ends_with('\n') ? "|" : "|-";
        endLine(value);
        for (std::size_t begin = 0; begin < text.size();) {
            const std::size_t end = std::min(text.find('\n', begin), text.size());
            if (end > begin) {
                indent(column);
                m_out.append(text, begin, end - begin);
            }
            m_out += '\n';
            begin = end + 1;
        }
    }

    /// What follows "key:" or "-", up to the end of the last line.
    void content(const Value& value, int column, bool afterKey)
    {
        if (value.isScalar() && fitsLiteralBlock(value.text())) {
            m_out += ' ';
            literalBlock(value, column + kStep);
        } else if (wantsFlow(value, !afterKey)) {
            const bool nothing = value.isNull() && afterKey;
            if (!nothing) {
                m_out += ' ';
                m_out += value.isScalar() ? writeScalar(value.text(), value.quoted(), false) : flow(value);
            }
            endLine(value);
        } else if (afterKey) {
            endLine(value);
            block(value, column + kStep);
        } else if (value.isMap()) {
            m_out += ' ';
            members(value, column + kStep, true);
        } else {
            m_out += '\n';
            items(value, column + kStep, true);
        }
    }

    void block(const Value& value, int column)
    {
        if (value.isMap()) {
            members(value, column, false);
        } else {
            items(value, column, false);
        }
    }

    void members(const Value& value, int column, bool firstIsIndented)
    {
        for (const auto& [key, member] : value.members()) {
            if (!firstIsIndented) {
                for (const auto& line : member.comments) {
                    comment(line, column);
                }
                indent(column);
            }
            firstIsIndented = false;
            m_out += writeScalar(key, false, false) + ":";
            content(member, column, true);
        }
    }

    /// What shares its line with a dash has its comments above the dash; lists within lists share the first one's.
    void commentsAbove(const Value& item, int column)
    {
        for (const auto& line : item.comments) {
            comment(line, column);
        }
        if (wantsFlow(item, true)) {
            return;
        }
        if (!item.trailing.empty()) {
            comment(item.trailing, column);
        }
        if (item.isList()) {
            commentsAbove(item.items().front(), column);
        } else {
            for (const auto& line : item.members().front().second.comments) {
                comment(line, column);
            }
        }
    }

    void items(const Value& value, int column, bool firstIsCommented)
    {
        for (const auto& item : value.items()) {
            if (!firstIsCommented) {
                commentsAbove(item, column);
            }
            firstIsCommented = false;
            indent(column);
            m_out += '-';
            content(item, column, false);
        }
    }

    std::string m_out;
};

}  // namespace

std::string writeSite(const Site& site)
{
    return Writer().document(site.root);
}

std::string writeValue(const Value& value)
{
    return Writer().document(value);
}

}  // namespace signalbox::site
