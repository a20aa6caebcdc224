#include "core/http/head_scan.h"

#include <algorithm>
#include <bit>
#include <emmintrin.h>

namespace signalbox::http {

namespace {

bool isControl(char c) noexcept
{
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

/// The first control byte other than a tab in [from, to), or `to`.
std::size_t findControl(const char* bytes, std::size_t from, std::size_t to) noexcept
{
    const __m128i highest = _mm_set1_epi8(0x1F);
    const __m128i del = _mm_set1_epi8(0x7F);
    const __m128i tab = _mm_set1_epi8('\t');
    for (; from + 16 <= to; from += 16) {
        const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes + from));
        const __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(block, highest), block);
        const __m128i hit = _mm_andnot_si128(_mm_cmpeq_epi8(block, tab), _mm_or_si128(low, _mm_cmpeq_epi8(block, del)));
        if (const auto mask = static_cast<unsigned>(_mm_movemask_epi8(hit)); mask != 0) {
            return from + static_cast<std::size_t>(std::countr_zero(mask));
        }
    }
    while (from < to && (!isControl(bytes[from]) || bytes[from] == '\t')) {
        ++from;
    }
    return from;
}

}  // namespace

HeadScan::State HeadScan::refuse(Fault fault) noexcept
{
    m_fault = fault;
    return m_state = State::Refused;
}

HeadScan::State HeadScan::run(std::string_view bytes, const HeadLimits& limits, bool firstLineOnly) noexcept
{
    while (m_state == State::NeedMore && !(firstLineOnly && m_lines > 0)) {
        // The limit that ends this stretch is looked at before the bytes past it: the answer must not depend on pieces.
        const std::size_t allowed =
            m_begin + std::size_t{m_lines == 0 ? std::min(limits.requestLine, limits.headBytes) : limits.headBytes};
        const std::size_t to = std::min(bytes.size(), allowed + 1);
        if (m_at == m_lineStart && m_lines > 0 && m_at < to && (bytes[m_at] == ' ' || bytes[m_at] == '\t')) {
            return refuse(Fault::Fold);
        }
        const std::size_t at = findControl(bytes.data(), m_at, to);
        m_at = static_cast<std::uint32_t>(at);
        if (at > allowed || (at == to && to > allowed)) {
            return refuse(m_lines == 0 && limits.requestLine <= limits.headBytes ? Fault::LongLine : Fault::LongHead);
        }
        if (at == to) {
            return State::NeedMore;
        }
        if (bytes[at] != '\r') {
            return refuse(bytes[at] == '\n' ? Fault::BareLf : Fault::Control);
        }
        if (at + 1 == bytes.size()) {
            return State::NeedMore;
        }
        if (bytes[at + 1] != '\n') {
            return refuse(Fault::BareCr);
        }
        lineEnd(at, limits);
    }
    return m_state;
}

/// At a CR LF.
void HeadScan::lineEnd(std::size_t at, const HeadLimits& limits) noexcept
{
    const bool empty = at == m_lineStart;
    m_at = static_cast<std::uint32_t>(at + 2);
    if (empty && m_lines > 0) {
        m_state = State::Complete;
    } else if (empty && m_begin != 0) {
        refuse(Fault::EmptyLines);
    } else if (empty) {
        m_begin = 2;
        m_lineStart = 2;
    } else if (m_lines > limits.headers || m_lines == 0xFFFF) {
        refuse(Fault::ManyLines);
    } else {
        ++m_lines;
        m_lineStart = m_at;
    }
}

HeadError HeadScan::error() const noexcept
{
    constexpr std::string_view kBad = "Bad request";
    switch (m_fault) {
        case Fault::None: return {};
        case Fault::LongLine:
            return {414, "Request line too long", "The request line is longer than this listener allows."};
        case Fault::LongHead:
            return {431, "Header too large", "The header lines together are longer than this listener allows."};
        case Fault::ManyLines:
            return {431, "Too many header lines", "There are more header lines than this listener allows."};
        case Fault::BareLf:
            return {400, kBad,
                    "A line ends in LF without CR; every line of a head must end in CR LF (RFC 9112 section 2.2)."};
        case Fault::BareCr:
            return {400, kBad,
                    "A CR is not followed by LF; a bare CR is not allowed in a head (RFC 9112 section 2.2)."};
        case Fault::Control: return {400, kBad, "The head holds a control byte such as NUL (RFC 9110 section 5.5)."};
        case Fault::Fold:
            return {400, kBad,
                    "A header line begins with a blank; folded lines are not allowed (RFC 9112 section 5.2)."};
        case Fault::EmptyLines:
            return {400, kBad, "More than one empty line stands before the request line (RFC 9112 section 2.2)."};
    }
    return {};
}

}  // namespace signalbox::http
