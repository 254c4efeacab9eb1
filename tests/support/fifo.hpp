// Something that a plugin hangs at until the test lets it go.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <stdexcept>

namespace gantry::test {

class Fifo {
public:
    explicit Fifo(std::filesystem::path file) : path_(std::move(file)) {
        if (mkfifo(path_.c_str(), 0600) != 0) throw std::runtime_error("no FIFO " + path());
    }
    ~Fifo() {
        if (fd_ >= 0) close(fd_);
    }
    Fifo(const Fifo&) = delete;
    Fifo& operator=(const Fifo&) = delete;

    /// Opening it to read hangs until release().
    std::string path() const { return path_.string(); }

    /// Lets go all who hang at it, now or later. Once.
    void release() {
        if (fd_ < 0) fd_ = open(path_.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
    }

private:
    const std::filesystem::path path_;
    int fd_ = -1;
};

}  // namespace gantry::test
