// What the kernel says of a process's memory.
#pragma once

#include <sys/types.h>

#include <fstream>
#include <string>

namespace gantry::test {

/// A line of /proc/PID/status such as "VmRSS" or "VmHWM", in KiB; 0: there is none.
inline long memory_kib(pid_t pid, const std::string& what) {
    std::ifstream status("/proc/" + std::to_string(pid) + "/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with(what + ":")) return std::stol(line.substr(what.size() + 1));
    }
    return 0;
}

}  // namespace gantry::test
