#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace signalbox {

/// Where something stands in a file. Line and column count from 1; 0 means unknown (made in the window).
struct Place {
    int line = 0;
    int column = 0;
    friend constexpr auto operator<=>(Place, Place) = default;
};

/// One node of an editable document: nothing, a scalar, a list, or a map that keeps the order of its keys.
/// Scalars stay the text that was written ("10ms"), and are read through a ParamSpec. A plain value: copy it freely.
/// Equality compares content only: neither places, style nor comments.
class Value {
public:
    enum class Kind : std::uint8_t { Null, Scalar, List, Map };
    enum class Style : std::uint8_t { Any, Block, Flow };
    using Member = std::pair<std::string, Value>;

    Value() = default;
    static Value scalar(std::string text, bool quoted = false);
    static Value list() { return Value(Kind::List); }
    static Value map() { return Value(Kind::Map); }

    [[nodiscard]] Kind kind() const noexcept { return m_kind; }
    [[nodiscard]] bool isNull() const noexcept { return m_kind == Kind::Null; }
    [[nodiscard]] bool isScalar() const noexcept { return m_kind == Kind::Scalar; }
    [[nodiscard]] bool isList() const noexcept { return m_kind == Kind::List; }
    [[nodiscard]] bool isMap() const noexcept { return m_kind == Kind::Map; }

    /// The text of a scalar, empty otherwise.
    [[nodiscard]] const std::string& text() const noexcept { return m_text; }
    /// A quoted scalar is text even where it looks like a number.
    [[nodiscard]] bool quoted() const noexcept { return m_quoted; }

    /// Elements of a list, empty otherwise.
    [[nodiscard]] const std::vector<Value>& items() const noexcept { return m_items; }
    [[nodiscard]] std::vector<Value>& items() noexcept { return m_items; }
    /// Members of a map in written order, empty otherwise.
    [[nodiscard]] const std::vector<Member>& members() const noexcept { return m_members; }
    [[nodiscard]] std::vector<Member>& members() noexcept { return m_members; }

    /// The member of a map, or nullptr.
    [[nodiscard]] const Value* find(std::string_view key) const noexcept;
    [[nodiscard]] Value* find(std::string_view key) noexcept;
    /// Replaces or appends a member; turns a null into a map. Returns the stored value.
    Value& set(std::string_view key, Value value);
    /// Removes a member; false if there was none.
    bool erase(std::string_view key);
    /// Appends to a list; turns a null into a list. Returns the stored value.
    Value& append(Value value);

    friend bool operator==(const Value& a, const Value& b) noexcept;

    // How it was written; kept so that a file edited by hand stays recognisable.
    Place place;                        ///< of the value
    Place keyPlace;                     ///< of its key, for a member of a map
    Style style = Style::Any;
    std::vector<std::string> comments;  ///< whole-line comments before it, without '#'; "\n" stands for an empty line
    std::vector<std::string> footer;    ///< whole-line comments after the last value of a document
    std::string trailing;               ///< comment at the end of its line, without '#'

private:
    explicit Value(Kind kind) : m_kind(kind) {}

    Kind m_kind = Kind::Null;
    bool m_quoted = false;
    std::string m_text;
    std::vector<Value> m_items;
    std::vector<Member> m_members;
};

/// The place of a value inside a document, for example `pools/shop/backends/a1/weight`: keys of maps,
/// and for list elements their `name` or else their index ("policies/0"). The identity used by problems,
/// undo commands, the canvas and the table twin.
using ValuePath = std::string;

}  // namespace signalbox
