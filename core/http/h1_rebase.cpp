#include <cstdint>

#include "core/http/h1_parser.h"

namespace signalbox::http {

namespace {

struct Mover {
    const char* from;
    std::size_t size;
    const char* to;

    void operator()(std::string_view& view) const noexcept
    {
        // One past the end belongs to the area as well: an empty value may stand there.
        const std::uintptr_t offset =
            reinterpret_cast<std::uintptr_t>(view.data()) - reinterpret_cast<std::uintptr_t>(from);
        if (view.data() != nullptr && offset <= size) {
            view = {to + offset, view.size()};
        }
    }
    void operator()(HeaderList& headers) const noexcept
    {
        for (HeaderField& field : headers.fields()) {
            (*this)(field.name);
            (*this)(field.value);
        }
    }
};

}  // namespace

void rebase(RequestHead& head, const char* from, std::size_t size, const char* to) noexcept
{
    const Mover move{from, size, to};
    for (std::string_view* view : {&head.methodText, &head.target, &head.path, &head.query, &head.host}) {
        move(*view);
    }
    move(head.headers);
}

void rebase(ResponseHead& head, const char* from, std::size_t size, const char* to) noexcept
{
    const Mover move{from, size, to};
    move(head.reason);
    move(head.headers);
}

}  // namespace signalbox::http
