// A lock of the open file (F_OFD_SETLK), not of the process as SQLite's are: closing the database
// elsewhere in the process would drop those. Unlike flock it can be asked about without taking it.
#include "store/lock_file.hpp"

#include "store/own_file.hpp"

#include <gantry/json.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace gantry::host {
namespace {

std::filesystem::path lock_path(const std::filesystem::path& path) {
    // One lock however the file is named: a link to it is not another store.
    std::error_code none;
    const auto real = std::filesystem::weakly_canonical(path, none);
    return (none ? path : real).string() + ".lock";
}

struct flock whole_file(short type) {
    struct flock lock {};
    lock.l_type = type;
    lock.l_whence = SEEK_SET;
    return lock;
}

LockOwner read_owner(int fd) {
    std::string text(4096, '\0');
    const auto size = pread(fd, text.data(), text.size(), 0);
    text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    const auto j = json::parse(text, nullptr, false);
    LockOwner owner;
    if (!j.is_object()) return owner;  // its holder has not written it yet
    owner.pid = j.value("pid", 0L);
    owner.who = j.value("who", "");
    owner.address = j.value("address", "");
    owner.token = j.value("token", "");
    return owner;
}

Error in_use(const std::filesystem::path& path, const std::string& by) {
    return {GANTRY_E_CONFIG,
            path.string() + " is in use by " + by +
                "; one host owns a store: stop that one, or give this one another store",
            0,
            {{"in_use", true}}};
}

// What somebody else wrote would lead whoever believes it to a host of theirs. Root asks the host
// of the user to whom the folder belongs.
bool is_to_be_believed(int fd, const std::filesystem::path& folder) {
    struct stat file {};
    struct stat around {};
    if (fstat(fd, &file) != 0 || !S_ISREG(file.st_mode)) return false;
    if (file.st_uid == geteuid() || file.st_uid == 0) return true;
    return geteuid() == 0 && stat(folder.c_str(), &around) == 0 && file.st_uid == around.st_uid;
}

// SQLite's lock bytes stand at 1 GiB, and no database comes near this one.
constexpr off_t kDatabaseByte = off_t{1} << 62;

}  // namespace

LockFile::LockFile(const std::filesystem::path& path, const LockOwner& self)
    : path_(lock_path(path)), fd_(open_own_file(path_)) {
    auto wanted = whole_file(F_WRLCK);
    if (fcntl(fd_, F_OFD_SETLK, &wanted) != 0) {
        const auto owner = read_owner(fd_);
        ::close(fd_);
        throw in_use(path,
                     (owner.who.empty() ? "another process" : "\"" + owner.who + "\"") +
                         (owner.pid != 0 ? " (process " + std::to_string(owner.pid) + ")" : "") +
                         (owner.address.empty() ? "" : ", which serves " + owner.address));
    }
    keep_to_owner(path_);
    publish(self);
}

LockFile::~LockFile() {
    if (ftruncate(fd_, 0) != 0) {
        // The next holder overwrites it; nobody reads it unlocked.
    }
    ::close(fd_);
}

void LockFile::publish(const LockOwner& self) {
    const auto text =
        json{{"pid", self.pid}, {"who", self.who}, {"address", self.address}, {"token", self.token}}
            .dump();
    if (pwrite(fd_, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()) ||
        ftruncate(fd_, static_cast<off_t>(text.size())) != 0) {
        throw Error(GANTRY_E_CONFIG,
                    "cannot write " + path_.string() + ": " + std::strerror(errno));  // NOLINT
    }
}

std::optional<LockOwner> LockFile::holder(const std::filesystem::path& path) {
    const auto file = lock_path(path);
    const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0) return std::nullopt;
    std::optional<LockOwner> owner;
    auto held = whole_file(F_WRLCK);
    if (is_to_be_believed(fd, file.parent_path()) && fcntl(fd, F_OFD_GETLK, &held) == 0 &&
        held.l_type != F_UNLCK) {
        owner = read_owner(fd);
    }
    ::close(fd);
    return owner;
}

DatabaseLock::DatabaseLock(const std::filesystem::path& path) : fd_(open_own_file(path)) {
    struct flock wanted {};
    wanted.l_type = F_WRLCK;
    wanted.l_whence = SEEK_SET;
    wanted.l_start = kDatabaseByte;
    wanted.l_len = 1;
    if (fcntl(fd_, F_OFD_SETLK, &wanted) != 0) {
        ::close(fd_);
        throw in_use(path, "another process, whose lock file was deleted");
    }
}

DatabaseLock::~DatabaseLock() { ::close(fd_); }

}  // namespace gantry::host
