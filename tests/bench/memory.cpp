#include "bench/memory.hpp"

#include <malloc.h>
#include <unistd.h>

#include <fstream>

namespace gantry::bench {

PeakGrowth::PeakGrowth(pid_t pid) : folder_("/proc/" + std::to_string(pid)) {
    if (pid == getpid()) malloc_trim(0);  // what was free before is growth when it is used
    std::ofstream(folder_ + "/clear_refs") << "5";
    before_ = kib("VmRSS:");
}

double PeakGrowth::bytes() const { return (kib("VmHWM:") - before_) * 1024; }

double PeakGrowth::kib(const std::string& what) const {
    std::ifstream status(folder_ + "/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with(what)) return std::stod(line.substr(what.size()));
    }
    return 0;
}

}  // namespace gantry::bench
