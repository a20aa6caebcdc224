#pragma once

#include <span>
#include <string>
#include <string_view>

namespace signalbox::http {

/// One extension member. `json` is written as it stands where `isJson`, otherwise as a string.
struct ProblemMember {
    std::string_view name;
    std::string_view value;
    bool isJson = false;
};

/// An RFC 9457 problem body. Empty policy and route are left out.
struct Problem {
    int status = 500;
    std::string_view title;
    std::string_view detail;
    std::string_view policy;
    std::string_view route;
    std::span<const ProblemMember> members = {};
};

inline constexpr std::string_view kProblemType = "application/problem+json";

/// Appends `{"type":"about:blank","title":...,"status":...,"detail":...,"policy":...,"route":...}` and a line feed.
/// `out` keeps its storage, so a warm buffer does not allocate.
void appendProblem(std::string& out, const Problem& problem);

/// Appends a JSON string with its quotes. Bytes that are not valid UTF-8 become U+FFFD.
void appendJsonString(std::string& out, std::string_view text);

}  // namespace signalbox::http
