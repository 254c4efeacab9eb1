// What is checked is the open file, not its name: nobody can change it in between.
#include "store/own_file.hpp"

#include <gantry/error.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace gantry::host {
namespace {

constexpr mode_t kOwnFile = S_IRUSR | S_IWUSR;
constexpr mode_t kOwnFolder = S_IRWXU;
constexpr mode_t kOthers = S_IRWXG | S_IRWXO;

Error cannot_open(const std::filesystem::path& path, const std::string& why) {
    return {GANTRY_E_CONFIG, "cannot open " + path.string() + ": " + why};
}

std::string reason() { return std::strerror(errno); }  // NOLINT(concurrency-mt-unsafe)

std::string somebody_elses(const struct stat& file) {
    return "it belongs to user " + std::to_string(file.st_uid) + ", and this process is user " +
           std::to_string(geteuid()) + ": run it as that user, or give it another file";
}

// Why the open file is not one to use; empty when it is.
std::string objection(int fd) {
    struct stat file {};
    if (fstat(fd, &file) != 0) return reason();
    if (!S_ISREG(file.st_mode)) return "it is no plain file";
    return file.st_uid == geteuid() ? "" : somebody_elses(file);
}

}  // namespace

void make_own_folder(const std::filesystem::path& path) {
    std::error_code none;  // what is in the way mkdir says
    if (path.empty() || std::filesystem::exists(path, none)) return;
    make_own_folder(path.parent_path());
    if (mkdir(path.c_str(), kOwnFolder) != 0 && errno != EEXIST) {
        throw Error(GANTRY_E_CONFIG, "cannot make the folder " + path.string() + ": " + reason());
    }
}

void refuse_of_others(const std::filesystem::path& path) {
    struct stat file {};
    if (stat(path.c_str(), &file) != 0 || file.st_uid == geteuid()) return;
    throw cannot_open(path, somebody_elses(file));
}

int open_own_file(const std::filesystem::path& path) {
    const int fd =
        ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, kOwnFile);
    if (fd < 0) {
        throw cannot_open(path, errno == ELOOP ? "it is a link; name the file itself" : reason());
    }
    if (const auto why = objection(fd); !why.empty()) {
        ::close(fd);
        throw cannot_open(path, why);
    }
    return fd;
}

void keep_to_owner(const std::filesystem::path& path) {
    struct stat file {};
    if (lstat(path.c_str(), &file) != 0 || !S_ISREG(file.st_mode)) return;
    if ((file.st_mode & kOthers) == 0 || chmod(path.c_str(), kOwnFile) == 0) return;
    throw cannot_open(path, "others may use it, and that cannot be changed: " + reason());
}

}  // namespace gantry::host
