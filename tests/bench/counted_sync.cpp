// Defines fdatasync and fsync in the program: the dynamic linker gives them to SQLite too.
#include "counted_sync.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>

namespace {

std::atomic<std::int64_t> count{0};

}  // namespace

extern "C" int fdatasync(int fd) {
    ++count;
    return static_cast<int>(syscall(SYS_fdatasync, fd));
}

extern "C" int fsync(int fd) {
    ++count;
    return static_cast<int>(syscall(SYS_fsync, fd));
}

namespace gantry::bench {

std::int64_t syncs() { return count; }

}  // namespace gantry::bench
