// What counts is made durable in this order: each file, backup.json, the folders, the name.
#include "api/backup_folder.hpp"

#include "api/backup_contents.hpp"
#include "base/describe.hpp"
#include "base/fault.hpp"
#include "base/hash.hpp"
#include "base/id.hpp"
#include "store/durable_file.hpp"
#include "store/own_file.hpp"

#include <sys/stat.h>

#include <system_error>

namespace gantry::host {
namespace {

constexpr mode_t kOwnersFile = S_IRUSR | S_IWUSR;

Error bad(const std::string& message) {
    return {GANTRY_E_INVALID_DATA, message, GANTRY_EF_NOT_APPLIED};
}

// "/a/b/" is "/a/b".
std::filesystem::path named(std::filesystem::path directory) {
    if (!directory.is_absolute()) {
        throw bad("the backup's folder: found " + in_quotes(directory.string()) +
                  ", expected an absolute path");
    }
    directory = directory.lexically_normal();
    if (!directory.has_filename()) directory = directory.parent_path();
    std::error_code none;
    const auto there = std::filesystem::symlink_status(directory, none);
    if (std::filesystem::is_symlink(there)) {
        throw bad(directory.string() + " is a link: give the backup a folder of its own");
    }
    if (std::filesystem::exists(there) &&
        !(std::filesystem::is_directory(there) && std::filesystem::is_empty(directory, none))) {
        throw bad(directory.string() +
                  " is there and is no empty folder: give a backup one of its own");
    }
    return directory;
}

}  // namespace

BackupFolder::BackupFolder(std::filesystem::path directory)
    : directory_(named(std::move(directory))),
      beside_(directory_.string() + ".part-" + random_hex(4)) {
    std::error_code why;
    const auto there = std::filesystem::symlink_status(beside_, why);
    if (!std::filesystem::exists(there) && why != std::errc::no_such_file_or_directory) {
        throw bad("cannot make " + beside_.string() + ": " + why.message() +
                  ". Give the backup another folder");
    }
    make_own_folder(beside_);
}

BackupFolder::~BackupFolder() {
    std::error_code none;
    std::filesystem::remove_all(beside_, none);
}

std::filesystem::path BackupFolder::make(const std::string& name) const {
    auto folder = beside_ / name;
    make_own_folder(folder);
    return folder;
}

json BackupFolder::take(const std::filesystem::path& file) const {
    if (!std::filesystem::is_regular_file(std::filesystem::symlink_status(file)) ||
        chmod(file.c_str(), kOwnersFile) != 0) {
        throw Error(GANTRY_E_UNAVAILABLE, file.string() + " was not written",
                    GANTRY_EF_NOT_APPLIED);
    }
    sync(file);
    return {{"file", file.lexically_relative(beside_).string()},
            {"sha256", sha256_of_file(file.string())}};
}

void BackupFolder::finish(const json& contents) {
    write_durably(beside_ / kBackupFile, contents.dump(2) + "\n");
    for (const auto& entry : std::filesystem::directory_iterator(beside_)) {
        if (entry.is_directory()) sync(entry.path());
    }
    fault::at("backup.between");
    rename_durably(beside_, directory_);
}

}  // namespace gantry::host
