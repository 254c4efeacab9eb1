// Device and inode tell a file from another one of the same name. Nothing is opened: closing a file
// drops SQLite's locks of it.
#include "store/file_watch.hpp"

#include "base/fault.hpp"

#include <sys/stat.h>

#include <cerrno>

namespace gantry::host {

FileWatch::FileWatch(const std::filesystem::path& store) {
    for (const char* part : {"", "-wal"}) {
        const std::filesystem::path path = store.string() + part;
        struct stat file {};
        if (stat(path.c_str(), &file) == 0) files_.push_back({path, file.st_dev, file.st_ino});
    }
}

std::string FileWatch::lost() const {
    if (fault::without("lasting")) return "";
    for (const auto& known : files_) {
        struct stat file {};
        const bool there = stat(known.path.c_str(), &file) == 0;
        if (there && file.st_dev == known.device && file.st_ino == known.inode) continue;
        if (!there && errno != ENOENT && errno != ENOTDIR) continue;  // it cannot be told
        return "the store's file " + known.path.string() +
               (there ? " was replaced by another one" : " was deleted") +
               " while the host has it open: what is written now would be lost, so nothing is "
               "accepted. Stop the host and put a backup back (\"gantry restore\")";
    }
    return "";
}

}  // namespace gantry::host
