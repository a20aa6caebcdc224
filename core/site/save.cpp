#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

#include "core/site/site.h"

namespace signalbox::site {

namespace {

class Descriptor {
public:
    explicit Descriptor(int fd) : m_fd(fd) {}
    ~Descriptor()
    {
        if (m_fd >= 0) {
            ::close(m_fd);
        }
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    [[nodiscard]] int get() const noexcept { return m_fd; }

private:
    int m_fd;
};

bool writeAll(int fd, std::string_view text)
{
    while (!text.empty()) {
        const ssize_t n = ::write(fd, text.data(), text.size());
        if (n < 0 && errno != EINTR) {
            return false;
        }
        text.remove_prefix(n > 0 ? static_cast<std::size_t>(n) : 0);
    }
    return true;
}

std::string folderOf(const std::string& file)
{
    const std::size_t slash = file.rfind('/');
    return slash == std::string::npos ? "." : slash == 0 ? "/" : file.substr(0, slash);
}

/// A link stays a link: what it points to is replaced.
std::string followLinks(const std::string& file)
{
    char* const real = ::realpath(file.c_str(), nullptr);
    std::string out = real ? real : file;
    std::free(real);
    return out;
}

mode_t modeFor(const std::string& file)
{
    struct stat info {};
    if (::stat(file.c_str(), &info) == 0) {
        return info.st_mode & 07777U;
    }
    const mode_t mask = ::umask(0);
    ::umask(mask);
    return 0666U & ~mask;
}

}  // namespace

Result<void> saveFile(const std::string& file, std::string_view text)
{
    const std::string target = followLinks(file);
    const auto failure = [&](std::string_view what) {
        return fail(errorFromErrno(errno, ErrorOrigin::Us, std::string(what) + " " + file));
    };
    std::string temporary = target + ".XXXXXX";
    const Descriptor fd(::mkostemp(temporary.data(), O_CLOEXEC));
    if (fd.get() < 0) {
        return failure("cannot write beside");
    }
    if (!writeAll(fd.get(), text) || ::fchmod(fd.get(), modeFor(target)) != 0 || ::fsync(fd.get()) != 0 ||
        ::rename(temporary.c_str(), target.c_str()) != 0) {
        const int reason = errno;
        ::unlink(temporary.c_str());
        errno = reason;
        return failure("cannot write");
    }
    // The rename itself is only safe once the folder is on disk; some file systems refuse that, and the text is saved
    // anyway.
    const Descriptor folder(::open(folderOf(target).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (folder.get() >= 0) {
        ::fsync(folder.get());
    }
    return {};
}

}  // namespace signalbox::site
