#include "check/kept_file.hpp"

#include <gantry/error.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

namespace gantry::host::check {

KeptFile::KeptFile() {
    constexpr std::string_view kEnd = ".json";
    std::string name = (std::filesystem::temp_directory_path() / "gantry-live-XXXXXX").string() +
                       std::string(kEnd);
    const int fd = ::mkostemps(name.data(), static_cast<int>(kEnd.size()), O_CLOEXEC);
    if (fd < 0) throw Error(GANTRY_E_UNAVAILABLE, "cannot make a file like " + name);
    ::close(fd);
    path_ = name;
}

KeptFile::~KeptFile() {
    std::error_code none;
    if (!needed_) std::filesystem::remove(path_, none);
}

}  // namespace gantry::host::check
