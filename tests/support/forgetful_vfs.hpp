// A disk that forgets what was not synced: a VFS of SQLite for power cuts.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <vector>

struct sqlite3_vfs;

namespace gantry::test {

/// While it lives it is this process's default VFS: every database opened lies on it. Reads see
/// every write, as on a real system. A file's name, or that it is gone, is durable once its folder
/// was synced: SQLite does so with the first sync of a new journal or WAL, and with removals where
/// it says so.
class ForgetfulDisk {
public:
    ForgetfulDisk();
    ~ForgetfulDisk();
    ForgetfulDisk(const ForgetfulDisk&) = delete;
    ForgetfulDisk& operator=(const ForgetfulDisk&) = delete;

    /// The power goes at the n-th change, sync or opening from now, instead of it. [any]
    void cut_at(int n);
    /// The power goes now: all that is asked of the disk fails. [any]
    void cut();
    bool is_off() const;

    /// With every database closed: makes the files what the disk holds after the cut. Of what was
    /// not synced all sectors are there, none, or some.
    void power_on(std::mt19937& random);

    // The rest is for the functions of the VFS.
    struct Change {
        std::int64_t offset = 0;
        std::string bytes;
        bool truncates = false;  // to `offset`
    };
    struct Image {
        std::string durable;
        std::vector<Change> pending;  // since the last sync
        bool named = false;           // that it exists is durable
        bool removed = false;         // that it is gone is not
    };

    /// Does `then` under the lock; false instead when the power is off or goes now.
    template <typename Then>
    bool operate(Then then) {
        const std::lock_guard lock(mutex_);
        off_ = off_ || (left_ > 0 && --left_ == 0);
        if (!off_) then();
        return !off_;
    }
    Image& image(const std::string& path);
    void removed(const std::string& path, bool with_folder);
    void sync(Image& image, bool with_folder);

private:
    void sync_folder();

    mutable std::mutex mutex_;
    std::map<std::string, Image> images_;
    int left_ = 0;
    bool off_ = false;
    std::unique_ptr<sqlite3_vfs> vfs_;
};

}  // namespace gantry::test
