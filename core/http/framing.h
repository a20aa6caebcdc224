#pragma once

#include <cstdint>
#include <string_view>

#include "core/http/head_scan.h"
#include "core/http/message.h"

namespace signalbox::http {

/// What the header lines say about the length of the body, the connection and the host: gathered in one pass over the
/// list, shared by requests and responses. Faults are kept until asked for, since they weigh differently on the two
/// sides.
struct Framing {
    std::uint64_t contentLength = 0;
    std::uint16_t lengthLines = 0;
    std::uint16_t codingLines = 0;
    std::uint16_t hostLines = 0;
    bool badLength = false;
    bool chunked = false;        ///< the one coding line says exactly `chunked`
    bool chunkedLast = false;    ///< it ends in chunked, behind other codings
    bool close = false;          ///< Connection: close
    bool keepAlive = false;      ///< Connection: keep-alive
    bool upgradeOption = false;  ///< Connection: upgrade
    bool namesLines = false;     ///< Connection names other header lines
    bool hasUpgrade = false;     ///< an Upgrade line
    bool lookAlike = false;      ///< a length or coding spelt with `_`, which some servers take for the real one
    bool expectsContinue = false;
    bool expectsOther = false;  ///< an expectation nobody knows
    std::uint16_t connectionOptions = 0;
    std::uint16_t ownHops = 0;  ///< times this product stands in Via
    std::string_view host;
    std::string_view maxForwards;

    void read(const HeaderList& headers) noexcept;
    /// The fault in length and codings, or none. `status` is what a malformed one answers (400 or 502).
    [[nodiscard]] HeadError fault(int versionMinor, bool isRequest) const noexcept;
};

/// Takes leading zeros off Content-Length: a reader that takes them for octal would count differently.
void trimLengthZeros(HeaderList& headers) noexcept;

}  // namespace signalbox::http
