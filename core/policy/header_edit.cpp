#include "core/policy/header_edit.h"

#include <algorithm>

#include "core/policy/policy_support.h"

namespace signalbox::policy {

namespace {

std::string_view valueOf(const HeaderEdit::Values& values, int kind, std::string_view text)
{
    switch (kind) {
        case 1: return values.consumer;
        case 2: return values.clientIp;
        case 3: return values.requestId;
        default: return text;
    }
}

}  // namespace

Result<HeaderEdit::Line> HeaderEdit::readLine(const std::string& name, const std::string& value, bool onRequest)
{
    if (auto wrong = checkHeaderName(name)) {
        return invalid(*wrong);
    }
    if (auto wrong = checkHeaderValue(value)) {
        return invalid("'" + name + "': " + *wrong);
    }
    Line line{name, {}};
    std::size_t at = 0;
    while (at < value.size()) {
        const std::size_t open = value.find("${", at);
        if (open != at) {
            line.pieces.push_back({Piece::Kind::Text, value.substr(at, open - at)});
        }
        if (open == std::string::npos) {
            break;
        }
        const std::size_t close = value.find('}', open);
        const std::string word = value.substr(open + 2, close == std::string::npos ? close : close - open - 2);
        Piece piece;
        if (word == "consumer") {
            piece.kind = Piece::Kind::Consumer;
        } else if (word == "request_id") {
            piece.kind = Piece::Kind::RequestId;
        } else if (word == "client_ip" && onRequest) {
            piece.kind = Piece::Kind::ClientIp;
        }
        if (piece.kind == Piece::Kind::Text || close == std::string::npos) {
            return invalid("'${" + word + "' in the value of '" + name +
                           "' is not known; there are ${consumer}, ${request_id}" +
                           (onRequest ? " and ${client_ip}" : "; ${client_ip} works in request-headers alone"));
        }
        line.pieces.push_back(std::move(piece));
        at = close + 1;
    }
    return line;
}

Result<HeaderEdit> HeaderEdit::read(const Params& params, bool onRequest)
{
    HeaderEdit out;
    for (const auto key : {"set", "add"}) {
        for (const auto& [name, value] : params.textMap(key)) {
            auto line = readLine(name, value, onRequest);
            if (!line) {
                return fail(line.error());
            }
            out.m_needsRequestId = out.m_needsRequestId ||
                                   std::any_of(line->pieces.begin(), line->pieces.end(),
                                               [](const Piece& piece) { return piece.kind == Piece::Kind::RequestId; });
            (std::string_view(key) == "set" ? out.m_set : out.m_add).push_back(std::move(*line));
        }
    }
    out.m_remove = params.texts("remove");
    for (const std::string& name : out.m_remove) {
        if (auto wrong = checkHeaderName(name)) {
            return invalid(*wrong);
        }
    }
    if (out.m_set.empty() && out.m_add.empty() && out.m_remove.empty()) {
        return invalid("at least one of 'set', 'add' and 'remove' is needed");
    }
    const auto count = [&](std::size_t number, std::string_view word) {
        if (number > 0) {
            out.m_summary += (out.m_summary.empty() ? "" : ", ") + std::to_string(number) + " " + std::string(word);
        }
    };
    count(out.m_remove.size(), "removed");
    count(out.m_set.size(), "set");
    count(out.m_add.size(), "added");
    return out;
}

std::string_view HeaderEdit::render(const Line& line, const Values& values, Arena& arena)
{
    if (line.pieces.size() == 1 && line.pieces[0].kind == Piece::Kind::Text) {
        return line.pieces[0].text;
    }
    std::size_t size = 0;
    for (const Piece& piece : line.pieces) {
        size += valueOf(values, static_cast<int>(piece.kind), piece.text).size();
    }
    char* const out = arena.allocate(size);
    char* at = out;
    for (const Piece& piece : line.pieces) {
        const std::string_view part = valueOf(values, static_cast<int>(piece.kind), piece.text);
        at = std::copy(part.begin(), part.end(), at);
    }
    return {out, size};
}

void HeaderEdit::apply(http::HeaderList& headers, const Values& values, Arena& arena) const
{
    for (const std::string& name : m_remove) {
        headers.remove(name);
    }
    for (const Line& line : m_set) {
        headers.set(line.name, render(line, values, arena));
    }
    for (const Line& line : m_add) {
        headers.add(line.name, render(line, values, arena));
    }
}

std::vector<ParamSpec> HeaderEdit::params()
{
    static const ParamSpec name{.key = "name", .kind = ParamKind::Text, .title = "Header"};
    return {{.key = "set",
             .kind = ParamKind::TextMap,
             .title = "Set",
             .help = "Header lines that replace all of that name. A value may hold ${consumer} and ${request_id}, on "
                     "requests also ${client_ip}."},
            {.key = "add",
             .kind = ParamKind::TextMap,
             .title = "Add",
             .help = "Header lines put behind those of that name that are there."},
            {.key = "remove",
             .kind = ParamKind::List,
             .title = "Remove",
             .help = "Names of headers to take out. This comes first, then set, then add.",
             .element = &name}};
}

}  // namespace signalbox::policy
