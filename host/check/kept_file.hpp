// Where a product of a real system is kept as it was. It outlives a process that is killed.
#pragma once

#include <filesystem>

namespace gantry::host::check {

class KeptFile {
public:
    /// Makes an empty one, for this user alone. Throws Error UNAVAILABLE.
    KeptFile();
    /// Removes it, unless it is needed.
    ~KeptFile();
    KeptFile(const KeptFile&) = delete;
    KeptFile& operator=(const KeptFile&) = delete;

    const std::filesystem::path& path() const { return path_; }
    void set_needed(bool needed) { needed_ = needed; }

private:
    std::filesystem::path path_;
    bool needed_ = false;
};

}  // namespace gantry::host::check
