// Stands in front of the usual VFS: files, locks and shared memory stay real; beside each file it
// keeps what is durable and the changes since.
#include "support/forgetful_vfs.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <sstream>

namespace gantry::test {
namespace {

constexpr std::int64_t kSector = 512;
constexpr int kWithFolder = SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL | SQLITE_OPEN_WAL;
constexpr int kKept = SQLITE_OPEN_MAIN_DB | kWithFolder;

// The real file's memory follows it.
struct File {
    sqlite3_file base;
    ForgetfulDisk* disk;
    ForgetfulDisk::Image* image;  // null: a temporary file
    bool syncs_folder;            // with its first sync
};

File& mine(sqlite3_file* file) { return *reinterpret_cast<File*>(file); }
sqlite3_file* real(sqlite3_file* file) {
    return reinterpret_cast<sqlite3_file*>(reinterpret_cast<char*>(file) + sizeof(File));
}
sqlite3_vfs* usual() { return sqlite3_vfs_find("unix"); }

int close(sqlite3_file* f) { return real(f)->pMethods->xClose(real(f)); }

int read(sqlite3_file* f, void* to, int size, sqlite3_int64 offset) {
    if (mine(f).disk->is_off()) return SQLITE_IOERR_READ;
    return real(f)->pMethods->xRead(real(f), to, size, offset);
}

int write(sqlite3_file* f, const void* from, int size, sqlite3_int64 offset) {
    auto& file = mine(f);
    const std::string bytes(static_cast<const char*>(from), static_cast<std::size_t>(size));
    const auto keep = [&] {
        if (file.image != nullptr) file.image->pending.push_back({offset, bytes});
    };
    if (!file.disk->operate(keep)) return SQLITE_IOERR_WRITE;
    return real(f)->pMethods->xWrite(real(f), from, size, offset);
}

int truncate(sqlite3_file* f, sqlite3_int64 size) {
    auto& file = mine(f);
    const auto keep = [&] {
        if (file.image != nullptr) file.image->pending.push_back({size, {}, true});
    };
    if (!file.disk->operate(keep)) return SQLITE_IOERR_TRUNCATE;
    return real(f)->pMethods->xTruncate(real(f), size);
}

int sync(sqlite3_file* f, int) {
    auto& file = mine(f);
    const auto keep = [&] {
        if (file.image != nullptr) file.disk->sync(*file.image, file.syncs_folder);
        file.syncs_folder = false;
    };
    return file.disk->operate(keep) ? SQLITE_OK : SQLITE_IOERR_FSYNC;
}

int file_size(sqlite3_file* f, sqlite3_int64* size) {
    return real(f)->pMethods->xFileSize(real(f), size);
}
int lock(sqlite3_file* f, int level) { return real(f)->pMethods->xLock(real(f), level); }
int unlock(sqlite3_file* f, int level) { return real(f)->pMethods->xUnlock(real(f), level); }
int check_lock(sqlite3_file* f, int* held) {
    return real(f)->pMethods->xCheckReservedLock(real(f), held);
}
int control(sqlite3_file* f, int operation, void* argument) {
    // Sizes chosen ahead would be changes that pass by.
    if (operation == SQLITE_FCNTL_SIZE_HINT || operation == SQLITE_FCNTL_CHUNK_SIZE) {
        return SQLITE_OK;
    }
    return real(f)->pMethods->xFileControl(real(f), operation, argument);
}
int sector_size(sqlite3_file* f) { return real(f)->pMethods->xSectorSize(real(f)); }
int traits(sqlite3_file* f) { return real(f)->pMethods->xDeviceCharacteristics(real(f)); }
int shm_map(sqlite3_file* f, int page, int size, int extend, void volatile** at) {
    return real(f)->pMethods->xShmMap(real(f), page, size, extend, at);
}
int shm_lock(sqlite3_file* f, int offset, int n, int flags) {
    return real(f)->pMethods->xShmLock(real(f), offset, n, flags);
}
void shm_barrier(sqlite3_file* f) { real(f)->pMethods->xShmBarrier(real(f)); }
int shm_unmap(sqlite3_file* f, int remove) { return real(f)->pMethods->xShmUnmap(real(f), remove); }

// Version 2: without mapped reads.
constexpr sqlite3_io_methods kMethods = {2,           close,       read,    write,   truncate,
                                         sync,        file_size,   lock,    unlock,  check_lock,
                                         control,     sector_size, traits,  shm_map, shm_lock,
                                         shm_barrier, shm_unmap,   nullptr, nullptr};

int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* f, int flags, int* out) {
    auto& disk = *static_cast<ForgetfulDisk*>(vfs->pAppData);
    f->pMethods = nullptr;
    const bool kept = name != nullptr && (flags & kKept) != 0;
    const bool is_new = kept && !std::filesystem::exists(name);
    ForgetfulDisk::Image* image = nullptr;
    const auto keep = [&] {
        if (kept) image = &disk.image(name);
    };
    if (!disk.operate(keep)) return SQLITE_CANTOPEN;
    const int status = usual()->xOpen(usual(), name, real(f), flags, out);
    if (status != SQLITE_OK) return status;
    mine(f).disk = &disk;
    mine(f).image = image;
    mine(f).syncs_folder = is_new && (flags & kWithFolder) != 0;
    f->pMethods = &kMethods;
    return SQLITE_OK;
}

int remove(sqlite3_vfs* vfs, const char* name, int with_folder) {
    auto& disk = *static_cast<ForgetfulDisk*>(vfs->pAppData);
    if (!disk.operate([&] { disk.removed(name, with_folder != 0); })) return SQLITE_IOERR_DELETE;
    return usual()->xDelete(usual(), name, 0);
}

std::string content(const std::string& path) {
    std::ostringstream all;
    all << std::ifstream(path, std::ios::binary).rdbuf();
    return all.str();
}

void apply(std::string& bytes, const ForgetfulDisk::Change& change) {
    const auto offset = static_cast<std::size_t>(change.offset);
    if (change.truncates) return bytes.resize(offset);
    bytes.resize(std::max(bytes.size(), offset + change.bytes.size()));
    bytes.replace(offset, change.bytes.size(), change.bytes);
}

// Each sector of a write reaches the disk or not.
void apply_some(std::string& bytes, const ForgetfulDisk::Change& change, std::mt19937& random,
                std::bernoulli_distribution& survives) {
    if (change.truncates) {
        if (survives(random)) apply(bytes, change);
        return;
    }
    const auto size = static_cast<std::int64_t>(change.bytes.size());
    for (std::int64_t from = 0; from < size;) {
        const auto to =
            std::min(size, ((change.offset + from) / kSector + 1) * kSector - change.offset);
        const auto part = change.bytes.substr(static_cast<std::size_t>(from),
                                              static_cast<std::size_t>(to - from));
        if (survives(random)) apply(bytes, {change.offset + from, part});
        from = to;
    }
}

}  // namespace

ForgetfulDisk::ForgetfulDisk() : vfs_(std::make_unique<sqlite3_vfs>(*usual())) {
    vfs_->pNext = nullptr;
    vfs_->zName = "forgetful";
    vfs_->szOsFile = static_cast<int>(sizeof(File)) + usual()->szOsFile;
    vfs_->pAppData = this;
    vfs_->xOpen = &open;
    vfs_->xDelete = &remove;
    sqlite3_vfs_register(vfs_.get(), /*makeDflt=*/1);
}

ForgetfulDisk::~ForgetfulDisk() {
    sqlite3_vfs_unregister(vfs_.get());
    sqlite3_vfs_register(usual(), /*makeDflt=*/1);
}

void ForgetfulDisk::cut_at(int n) {
    const std::lock_guard lock(mutex_);
    left_ = n;
}

void ForgetfulDisk::cut() {
    const std::lock_guard lock(mutex_);
    off_ = true;
}

bool ForgetfulDisk::is_off() const {
    const std::lock_guard lock(mutex_);
    return off_;
}

void ForgetfulDisk::power_on(std::mt19937& random) {
    const std::lock_guard lock(mutex_);
    // All of it, none of it, or some.
    std::bernoulli_distribution survives(0.5 * static_cast<double>(random() % 3));
    for (auto& [path, image] : images_) {
        std::filesystem::remove(path + "-shm");
        const bool is_there =
            (image.named || survives(random)) && !(image.removed && survives(random));
        if (!is_there) {
            std::filesystem::remove(path);
            continue;
        }
        for (const auto& change : image.pending) {
            apply_some(image.durable, change, random, survives);
        }
        std::ofstream(path, std::ios::binary | std::ios::trunc) << image.durable;
    }
    images_.clear();
    off_ = false;
    left_ = 0;
}

ForgetfulDisk::Image& ForgetfulDisk::image(const std::string& path) {
    const auto [at, is_new] = images_.try_emplace(path);
    auto& image = at->second;
    const bool exists = std::filesystem::exists(path);
    if (is_new) {
        image.named = exists;
        if (exists) image.durable = content(path);
    } else if (!exists) {  // made again under a name that was removed, or never lasted
        image.pending.push_back({0, {}, true});
        image.removed = false;
    }
    return image;
}

void ForgetfulDisk::removed(const std::string& path, bool with_folder) {
    const auto at = images_.find(path);
    if (at != images_.end()) at->second.removed = true;
    if (with_folder) sync_folder();
}

void ForgetfulDisk::sync(Image& image, bool with_folder) {
    for (const auto& change : image.pending) apply(image.durable, change);
    image.pending.clear();
    if (with_folder) sync_folder();
}

void ForgetfulDisk::sync_folder() {
    for (auto at = images_.begin(); at != images_.end();) {
        auto& image = at->second;
        image.named = true;
        // A file still open keeps its image: SQLite closes before it removes.
        at = image.removed ? images_.erase(at) : std::next(at);
    }
}

}  // namespace gantry::test
