#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/policy/policy.h"

namespace signalbox::policy {

/// What `set`, `add` and `remove` of the header policies do, in the order remove, set, add. Values may hold
/// `${consumer}`,
/// `${request_id}` and, on requests, `${client_ip}`; what is not known becomes empty. Immutable; any thread.
class HeaderEdit {
public:
    /// What the placeholders stand for.
    struct Values {
        std::string_view consumer;
        std::string_view clientIp;
        std::string_view requestId;
    };

    [[nodiscard]] static Result<HeaderEdit> read(const Params& params, bool onRequest);
    /// The parameters `set`, `add` and `remove`.
    [[nodiscard]] static std::vector<ParamSpec> params();

    void apply(http::HeaderList& headers, const Values& values, Arena& arena) const;
    /// "2 set, 1 removed", for the trace.
    [[nodiscard]] std::string_view summary() const noexcept { return m_summary; }
    [[nodiscard]] bool needsRequestId() const noexcept { return m_needsRequestId; }

private:
    struct Piece {
        enum class Kind : std::uint8_t { Text, Consumer, ClientIp, RequestId } kind = Kind::Text;
        std::string text;
    };
    struct Line {
        std::string name;
        std::vector<Piece> pieces;
    };
    [[nodiscard]] static Result<Line> readLine(const std::string& name, const std::string& value, bool onRequest);
    [[nodiscard]] static std::string_view render(const Line& line, const Values& values, Arena& arena);

    std::vector<std::string> m_remove;
    std::vector<Line> m_set;
    std::vector<Line> m_add;
    std::string m_summary;
    bool m_needsRequestId = false;
};

}  // namespace signalbox::policy
