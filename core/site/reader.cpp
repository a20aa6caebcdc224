#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sys/stat.h>

#include "core/site/problem_codes.h"
#include "core/site/site.h"
#include "core/site/yaml_text.h"

namespace signalbox::site {

namespace {

/// A document that is no map cannot hold a site; the window then starts from an empty one.
void requireMap(YamlText& parsed)
{
    if (parsed.root.isNull()) {
        Value empty = Value::map();
        empty.footer = std::move(parsed.root.footer);
        parsed.root = std::move(empty);
    } else if (!parsed.root.isMap()) {
        if (parsed.complete) {
            parsed.problems.push_back({Severity::Error,
                                       std::string(codes::kWrongKind),
                                       "a site is a map that begins with 'signalbox: 1'",
                                       {},
                                       parsed.root.place});
            parsed.complete = false;
        }
        parsed.root = Value::map();
    }
}

ReadResult unreadable(const std::string& file, const std::string& why)
{
    ReadResult out;
    out.site.file = file;
    out.problems.push_back(
        {Severity::Error, std::string(codes::kUnreadable), "the file cannot be read: " + why, {}, Place{1, 1}});
    return out;
}

}  // namespace

ReadResult readSite(std::string_view text, const std::string& file, const Catalog& catalog)
{
    constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
    if (text.starts_with(kByteOrderMark)) {
        text.remove_prefix(kByteOrderMark.size());
    }
    ReadResult out;
    out.site.file = file;
    out.problems = guardText(text);
    if (!out.problems.empty()) {
        return out;
    }
    YamlText parsed = parseYaml(text);
    attachComments(text, parsed.opaque, parsed.root);
    requireMap(parsed);
    out.site.root = std::move(parsed.root);
    out.problems = std::move(parsed.problems);
    // What follows a syntax error is unknown, so missing keys and references could not be told from unread ones.
    if (parsed.complete) {
        auto found = check(out.site, catalog);
        out.problems.insert(out.problems.end(), std::make_move_iterator(found.begin()),
                            std::make_move_iterator(found.end()));
    }
    return out;
}

ReadResult readSiteFile(const std::string& file, const Catalog& catalog)
{
    struct stat info {};
    if (::stat(file.c_str(), &info) != 0) {
        return unreadable(file, std::strerror(errno));
    }
    if (S_ISDIR(info.st_mode)) {
        return unreadable(file, "it is a folder");
    }
    std::ifstream in(file, std::ios::binary);
    if (!in) {
        return unreadable(file, std::strerror(errno));
    }
    // What is past the limit is refused; a device without end must not fill the memory.
    std::string text;
    std::array<char, 16 * 1024> piece{};
    do {
        in.read(piece.data(), piece.size());
        text.append(piece.data(), static_cast<std::size_t>(in.gcount()));
    } while (in && text.size() <= kMaxTextBytes);
    if (in.bad()) {
        return unreadable(file, "reading failed");
    }
    return readSite(text, file, catalog);
}

}  // namespace signalbox::site
