// Whether the names of the store's files still mean the files that are open.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace gantry::host {

/// [any]
class FileWatch {
public:
    /// Of the file and of the WAL beside it, where there is one now.
    explicit FileWatch(const std::filesystem::path& store);

    /// Why what is written to them is lost; empty: it is not. Costs two stat().
    std::string lost() const;

private:
    struct Known {
        std::filesystem::path path;
        dev_t device;
        ino_t inode;
    };
    std::vector<Known> files_;
};

}  // namespace gantry::host
