#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/base/arena.h"

namespace signalbox::http {

enum class Method : std::uint8_t { Get, Head, Post, Put, Delete, Connect, Options, Trace, Patch, Other };

[[nodiscard]] Method parseMethod(std::string_view text) noexcept;  ///< case-sensitive; unknown: Other
/// RFC 9110 section 9.2.2: GET HEAD PUT DELETE OPTIONS TRACE.
[[nodiscard]] bool isIdempotent(Method method) noexcept;

/// ASCII case-insensitive comparison, as header names need it.
[[nodiscard]] bool equalsIgnoreCase(std::string_view a, std::string_view b) noexcept;

/// The same, and `_` in `name` counts as the `-` of `known`: servers that hand headers on as variables cannot tell
/// Content_Length from Content-Length.
[[nodiscard]] bool equalsHeaderName(std::string_view known, std::string_view name) noexcept;

/// One header line. Both views point into the received bytes or into the request's arena.
struct HeaderField {
    std::string_view name;
    std::string_view value;
};

/// The header lines of a message in received order; names ignore case. Holds views only: whoever owns the bytes
/// must outlive it. `clear` keeps the storage, so a warm list does not allocate.
class HeaderList {
public:
    void clear() noexcept { m_fields.clear(); }
    [[nodiscard]] std::size_t size() const noexcept { return m_fields.size(); }
    [[nodiscard]] const std::vector<HeaderField>& fields() const noexcept { return m_fields; }
    [[nodiscard]] std::vector<HeaderField>& fields() noexcept { return m_fields; }

    /// The first value, or nothing.
    [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const noexcept;
    /// All values as one comma list (RFC 9110 section 5.3); copies into `arena` only where there are several.
    [[nodiscard]] std::optional<std::string_view> combined(std::string_view name, Arena& arena) const;
    void add(std::string_view name, std::string_view value) { m_fields.push_back({name, value}); }
    /// Replaces all lines of that name by one, in the place of the first.
    void set(std::string_view name, std::string_view value);
    /// Removes all lines of that name; how many there were.
    std::size_t remove(std::string_view name);

private:
    std::vector<HeaderField> m_fields;
};

/// How the end of a body is found (RFC 9112 section 6).
enum class BodyKind : std::uint8_t { None, Length, Chunked, UntilClose };

/// The head of a request, parsed and checked. `path` and `query` are parts of `target` until a policy replaces them:
/// what is sent on is `path` and `query`, never `target`.
struct RequestHead {
    Method method = Method::Get;
    std::string_view methodText;
    std::string_view target;  ///< as received: origin form, or "*" for OPTIONS
    std::string_view
        path;  ///< normalised for matching: dot segments resolved, unreserved percent escapes decoded, // merged
    std::string_view query;  ///< without '?'; empty also when absent
    bool hasQuery = false;
    bool hiddenSegments = false;  ///< path holds `;`, `%2F` or `%5C`: routes read it as http::matchingPath does
    std::string_view host;        ///< of Host (or of an absolute target), as received, with port
    int versionMinor = 1;         ///< 0 or 1; a later HTTP/1.x counts as 1 (RFC 9110 section 2.5)
    HeaderList headers;
    BodyKind body = BodyKind::None;
    std::uint64_t contentLength = 0;  ///< where body is Length
    bool keepAlive = true;            ///< what the client wants
    bool expectContinue = false;
    bool upgrade = false;  ///< asks for another protocol with Connection: upgrade
    bool lastHop = false;  ///< OPTIONS with Max-Forwards 0: to be answered here (RFC 9110 section 7.6.2)

    /// Forgets the message, keeps the storage.
    void clear() noexcept;
};

struct ResponseHead {
    int status = 0;
    std::string_view reason;
    int versionMinor = 1;
    HeaderList headers;
    BodyKind body = BodyKind::None;  ///< already taking the request's method and the status into account
    std::uint64_t contentLength = 0;
    bool keepAlive = true;  ///< whether the connection may be used again
    bool upgrade = false;   ///< 101

    void clear() noexcept;
};

/// The registered reason phrase (RFC 9110), "Unknown" otherwise.
[[nodiscard]] std::string_view reasonPhrase(int status) noexcept;

}  // namespace signalbox::http
