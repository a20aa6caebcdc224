#pragma once

#include <span>
#include <string_view>

namespace signalbox::site {

/// The stable codes of problems: SB-5xx is the text and its grammar, SB-2xx its meaning. A code is never reused.
namespace codes {
inline constexpr std::string_view kSyntax = "SB-501";
inline constexpr std::string_view kDuplicateKey = "SB-502";
inline constexpr std::string_view kUnknownKey = "SB-503";
inline constexpr std::string_view kWrongKind = "SB-504";
inline constexpr std::string_view kMissingKey = "SB-505";
inline constexpr std::string_view kBadValue = "SB-506";
inline constexpr std::string_view kNotSupportedYet = "SB-507";
inline constexpr std::string_view kTooLarge = "SB-508";
inline constexpr std::string_view kUnreadable = "SB-509";
inline constexpr std::string_view kUnknownMember = "SB-510";

inline constexpr std::string_view kDuplicateName = "SB-201";
inline constexpr std::string_view kUnknownReference = "SB-202";
inline constexpr std::string_view kRole = "SB-203";
inline constexpr std::string_view kNoDestination = "SB-204";
inline constexpr std::string_view kExclusiveKeys = "SB-205";
inline constexpr std::string_view kAddressTwice = "SB-206";
inline constexpr std::string_view kBadPattern = "SB-207";
inline constexpr std::string_view kBadPolicy = "SB-208";
inline constexpr std::string_view kBadMatch = "SB-209";
inline constexpr std::string_view kCredentialTwice = "SB-210";
inline constexpr std::string_view kAccessLog = "SB-211";
inline constexpr std::string_view kUnusedPool = "SB-251";
inline constexpr std::string_view kUnreachableRoute = "SB-252";
inline constexpr std::string_view kNoWeight = "SB-253";
inline constexpr std::string_view kLoop = "SB-254";
inline constexpr std::string_view kNoConsumer = "SB-255";
inline constexpr std::string_view kUnknownGroup = "SB-256";
inline constexpr std::string_view kNoBackends = "SB-257";
inline constexpr std::string_view kNoRoutes = "SB-258";
inline constexpr std::string_view kNoAddress = "SB-259";
inline constexpr std::string_view kHealth = "SB-270";
}  // namespace codes

struct ProblemCode {
    std::string_view code;
    std::string_view meaning;  ///< one sentence for the help page
};

/// Every code with its meaning, in order.
[[nodiscard]] std::span<const ProblemCode> problemCodes() noexcept;

}  // namespace signalbox::site
