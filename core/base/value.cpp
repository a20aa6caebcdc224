#include "core/base/value.h"

#include <algorithm>

namespace signalbox {

Value Value::scalar(std::string text, bool quoted)
{
    Value value(Kind::Scalar);
    value.m_text = std::move(text);
    value.m_quoted = quoted;
    return value;
}

const Value* Value::find(std::string_view key) const noexcept
{
    const auto it = std::ranges::find(m_members, key, &Member::first);
    return it == m_members.end() ? nullptr : &it->second;
}

Value* Value::find(std::string_view key) noexcept
{
    const auto it = std::ranges::find(m_members, key, &Member::first);
    return it == m_members.end() ? nullptr : &it->second;
}

Value& Value::set(std::string_view key, Value value)
{
    if (m_kind == Kind::Null) {
        m_kind = Kind::Map;
    }
    if (Value* found = find(key)) {
        *found = std::move(value);
        return *found;
    }
    return m_members.emplace_back(std::string(key), std::move(value)).second;
}

bool Value::erase(std::string_view key)
{
    const auto it = std::ranges::find(m_members, key, &Member::first);
    if (it == m_members.end()) {
        return false;
    }
    m_members.erase(it);
    return true;
}

Value& Value::append(Value value)
{
    if (m_kind == Kind::Null) {
        m_kind = Kind::List;
    }
    return m_items.emplace_back(std::move(value));
}

bool operator==(const Value& a, const Value& b) noexcept
{
    return a.m_kind == b.m_kind && a.m_text == b.m_text && a.m_items == b.m_items && a.m_members == b.m_members;
}

}  // namespace signalbox
