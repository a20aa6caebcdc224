#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/units.h"
#include "core/base/value.h"

namespace signalbox {

struct ObjectSpec;

enum class ParamKind : std::uint8_t {
    Name,       ///< [A-Za-z0-9][A-Za-z0-9._-]*
    Text,       ///< any scalar
    Secret,     ///< text that the window masks and logs never show
    Boolean,
    Integer,    ///< within [min, max]
    Number,     ///< within [min, max]
    Duration,
    Rate,
    Size,
    Share,
    Address,    ///< HOST:PORT [IPV6]:PORT unix:/PATH, and mock:NAME listener:NAME where `referenceTo` is "backend-address"
    Choice,     ///< one of `choices`
    Reference,  ///< name of an element of the list `referenceTo` ("pools")
    Pattern,    ///< RE2 regular expression
    Object,     ///< a map described by `object`
    List,       ///< a list of `element`; a lone scalar is accepted as a list of one where `element` is a scalar kind
    NamedList,  ///< a list of `object`s, each with a unique `name`
    TextMap,    ///< a map from any text to text
    Families,   ///< a list of one-key maps `- api-key: {...}`, the key found in the family `family`
    Family,     ///< a member of `family`: its bare id, or a map whose `familyKey` names it and whose other keys are its parameters
    Anything    ///< checked by whoever reads it
};

/// A key of the contract whose feature is not built yet is refused by name, never ignored.
enum class Availability : std::uint8_t { Now, Later };

/// One parameter: all that the reader, the checks, the form, the tooltip, the help page and the exporters need to know.
/// Lives in static tables, so texts are views.
struct ParamSpec {
    std::string_view key;
    ParamKind kind = ParamKind::Text;
    std::string_view title;     ///< label in a form: "Weight"
    std::string_view help;      ///< one or two sentences
    std::string_view fallback;  ///< default as it would be written; empty: none
    bool required = false;
    bool advanced = false;      ///< folded away in a form
    Availability availability = Availability::Now;
    double min = 0;
    double max = 9e15;
    std::vector<std::string_view> choices = {};
    std::vector<std::string_view> laterChoices = {};  ///< words of the contract refused with "not supported yet"; "redis://" stands for every such URL
    std::string_view referenceTo = {};
    bool mayBeUrl = false;  ///< a Reference that may also be an http:// or https:// URL
    const ObjectSpec* object = nullptr;
    const ParamSpec* element = nullptr;
    bool loneObject = false;  ///< of a List of Objects: a map alone is accepted as a list of one
    std::string_view family = {};     ///< "policy", "balancer", "latency", "arrivals"
    std::string_view familyKey = {};  ///< "algorithm", "distribution", "process"
};

/// A map with known keys: a listener, a policy's parameters, a mock. `id` is the word of the contract.
struct ObjectSpec {
    std::string_view id;
    std::string_view title;
    std::string_view help;
    std::vector<ParamSpec> params;

    [[nodiscard]] const ParamSpec* find(std::string_view key) const noexcept;
};

/// Reads the parameters of one object that a check has found valid, falling back to the spec's defaults.
/// A key that is absent and has no default gives the type's zero; use `has` or the optional readers to tell.
class Params {
public:
    /// `value` may be null or nullptr (all defaults). Both must outlive this reader.
    Params(const ObjectSpec& spec, const Value* value) : m_spec(&spec), m_value(value) {}

    [[nodiscard]] bool has(std::string_view key) const noexcept;  ///< written by the user, not defaulted
    [[nodiscard]] const Value* value(std::string_view key) const noexcept;
    [[nodiscard]] std::string text(std::string_view key) const;
    [[nodiscard]] bool boolean(std::string_view key) const noexcept;
    [[nodiscard]] std::int64_t integer(std::string_view key) const noexcept;
    [[nodiscard]] double number(std::string_view key) const noexcept;
    [[nodiscard]] Duration duration(std::string_view key) const noexcept;
    [[nodiscard]] Rate rate(std::string_view key) const noexcept;
    [[nodiscard]] ByteSize size(std::string_view key) const noexcept;
    [[nodiscard]] double share(std::string_view key) const noexcept;
    /// The texts of a list, or of a lone scalar.
    [[nodiscard]] std::vector<std::string> texts(std::string_view key) const;
    /// The pairs of a TextMap in written order.
    [[nodiscard]] std::vector<std::pair<std::string, std::string>> textMap(std::string_view key) const;
    /// The parameters of a nested Object.
    [[nodiscard]] Params object(std::string_view key) const;

    [[nodiscard]] const ObjectSpec& spec() const noexcept { return *m_spec; }
    [[nodiscard]] const Value* raw() const noexcept { return m_value; }

private:
    [[nodiscard]] std::string_view scalarText(std::string_view key) const noexcept;

    const ObjectSpec* m_spec;
    const Value* m_value;
};

/// Checks one scalar against its spec's kind and range. Answers what is wrong, as a sentence part
/// ("'10 parsecs' is not a duration (like 250us, 10ms, 2s)"), or nothing.
[[nodiscard]] std::optional<std::string> checkScalar(const ParamSpec& spec, std::string_view text);

/// The candidate nearest to `word` within a small edit distance, or empty: "did you mean".
[[nodiscard]] std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace signalbox
