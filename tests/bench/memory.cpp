#include "bench/memory.hpp"

#include "support/process_memory.hpp"

#include <malloc.h>
#include <unistd.h>

#include <fstream>

namespace gantry::bench {

PeakGrowth::PeakGrowth(pid_t pid) : pid_(pid) {
    if (pid == getpid()) malloc_trim(0);  // what was free before is growth when it is used
    std::ofstream("/proc/" + std::to_string(pid) + "/clear_refs") << "5";
    before_ = test::memory_kib(pid, "VmRSS");
}

double PeakGrowth::bytes() const {
    return static_cast<double>(test::memory_kib(pid_, "VmHWM") - before_) * 1024;
}

}  // namespace gantry::bench
