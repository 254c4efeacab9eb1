// fsync of the file before its name, and of the folder after it.
#include "store/durable_file.hpp"

#include "store/plain_file.hpp"

#include <gantry/error.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace gantry::host {
namespace {

constexpr mode_t kOwners = S_IRUSR | S_IWUSR;

[[noreturn]] void fail(const char* doing, const std::filesystem::path& path) {
    const std::string why = std::strerror(errno);  // NOLINT(concurrency-mt-unsafe)
    throw Error(GANTRY_E_UNAVAILABLE,
                std::string("cannot ") + doing + " " + path.string() + ": " + why);
}

/// Closed at its end.
class Opened {
public:
    Opened(const std::filesystem::path& path, int how)
        : fd_(::open(path.c_str(), how | O_CLOEXEC | O_NOFOLLOW, kOwners)) {
        if (fd_ < 0) fail("open", path);
    }
    ~Opened() { ::close(fd_); }
    Opened(const Opened&) = delete;
    Opened& operator=(const Opened&) = delete;
    int fd() const { return fd_; }

private:
    const int fd_;
};

void write_all(int fd, const char* data, std::size_t size, const std::filesystem::path& path) {
    while (size > 0) {
        const auto written = ::write(fd, data, size);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) fail("write", path);
        data += written;
        size -= static_cast<std::size_t>(written);
    }
}

}  // namespace

void write_durably(const std::filesystem::path& file, const std::string& text) {
    const std::filesystem::path beside = file.string() + ".new";
    {
        const Opened out(beside, O_WRONLY | O_CREAT | O_TRUNC);
        write_all(out.fd(), text.data(), text.size(), beside);
        if (fsync(out.fd()) != 0) fail("write", beside);
    }
    rename_durably(beside, file);
}

void copy_durably(const std::filesystem::path& from, const std::filesystem::path& to) {
    constexpr std::size_t kPiece = std::size_t{1} << 20;
    const PlainFile in(from);
    const Opened out(to, O_WRONLY | O_CREAT | O_TRUNC);
    std::string piece(kPiece, '\0');
    for (;;) {
        const auto size = ::read(in.fd(), piece.data(), piece.size());
        if (size < 0 && errno == EINTR) continue;
        if (size < 0) fail("read", from);
        if (size == 0) break;
        write_all(out.fd(), piece.data(), static_cast<std::size_t>(size), to);
    }
    if (fsync(out.fd()) != 0) fail("write", to);
}

void sync(const std::filesystem::path& file_or_folder) {
    const Opened it(file_or_folder, O_RDONLY);
    if (fsync(it.fd()) != 0) fail("write", file_or_folder);
}

void rename_durably(const std::filesystem::path& from, const std::filesystem::path& to) {
    if (std::rename(from.c_str(), to.c_str()) != 0) fail("rename to", to);
    sync(to.parent_path().empty() ? "." : to.parent_path());
}

}  // namespace gantry::host
