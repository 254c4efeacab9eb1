// A file that somebody else may have put there, opened to be read.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

namespace gantry::host {

/// Open until destroyed. Nobody is waited for, as the writer of a pipe would be.
class PlainFile {
public:
    /// Throws Error INVALID_DATA that names the file: it is not there, a link, a folder, a pipe or
    /// a device, or cannot be opened.
    explicit PlainFile(const std::filesystem::path& path);
    ~PlainFile();
    PlainFile(const PlainFile&) = delete;
    PlainFile& operator=(const PlainFile&) = delete;

    int fd() const { return fd_; }
    /// The whole of it, read once. Throws Error INVALID_DATA where it has more than `most` bytes or
    /// cannot be read.
    std::string text(std::size_t most) const;

private:
    const std::filesystem::path path_;
    const int fd_;
};

}  // namespace gantry::host
