// What is checked is the open file, not its name: nobody can change it in between.
#include "store/plain_file.hpp"

#include <gantry/error.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace gantry::host {
namespace {

Error unusable(const std::filesystem::path& path, const std::string& why) {
    return {GANTRY_E_INVALID_DATA, path.string() + " " + why, GANTRY_EF_NOT_APPLIED};
}

std::string errno_in_words() {
    if (errno == ENOENT) return "is not there";
    if (errno == ELOOP) return "is a link, expected a plain file";
    return std::string("cannot be read: ") + std::strerror(errno);  // NOLINT(concurrency-mt-unsafe)
}

}  // namespace

PlainFile::PlainFile(const std::filesystem::path& path)
    : path_(path), fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)) {
    if (fd_ < 0) throw unusable(path_, errno_in_words());
    struct stat file {};
    if (fstat(fd_, &file) == 0 && S_ISREG(file.st_mode)) return;
    ::close(fd_);
    throw unusable(path_, "is no plain file");
}

PlainFile::~PlainFile() { ::close(fd_); }

std::string PlainFile::text(std::size_t most) const {
    std::string text(most + 1, '\0');
    std::size_t size = 0;
    for (;;) {
        const auto part = ::read(fd_, text.data() + size, text.size() - size);
        if (part < 0 && errno == EINTR) continue;
        if (part < 0) throw unusable(path_, errno_in_words());
        if (part == 0) break;
        size += static_cast<std::size_t>(part);
    }
    if (size > most) throw unusable(path_, "has more than " + std::to_string(most) + " bytes");
    text.resize(size);
    return text;
}

}  // namespace gantry::host
