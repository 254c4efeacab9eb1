// From /proc/self, as the exposition format's clients do.
#include "base/process_counts.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>

namespace gantry::host {
namespace {

// Fields of /proc/self/stat, counted as proc(5) does.
constexpr int kStartTicks = 22;
constexpr int kVirtualBytes = 23;
constexpr int kResidentPages = 24;

double stat_field(int number) {
    std::ifstream file("/proc/self/stat");
    std::string text(std::istreambuf_iterator<char>(file), {});
    std::istringstream fields(text.substr(text.rfind(')') + 1));  // the name may have blanks
    std::string field;
    for (int i = 3; i <= number && fields >> field; ++i) {
    }
    if (!fields) throw std::runtime_error("/proc/self/stat has too few fields");
    return std::stod(field);
}

double boot_time() {
    std::ifstream file("/proc/stat");
    std::string word;
    double seconds = 0;
    while (file >> word) {
        if (word == "btime" && file >> seconds) return seconds;
    }
    throw std::runtime_error("/proc/stat has no btime");
}

double seconds(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

}  // namespace

void count_process(Metrics& metrics) {
    metrics.gauge("process_resident_memory_bytes", "Memory of this process that is in use", [] {
        return stat_field(kResidentPages) * static_cast<double>(::sysconf(_SC_PAGESIZE));
    });
    metrics.gauge("process_virtual_memory_bytes", "Addresses of this process that are in use",
                  [] { return stat_field(kVirtualBytes); });
    metrics.gauge("process_open_fds", "Open files", [] {
        const std::filesystem::directory_iterator files("/proc/self/fd");
        return static_cast<double>(std::distance(begin(files), end(files)) - 1);  // its own
    });
    metrics.gauge("process_max_fds", "Files that may be open", [] {
        rlimit limit{};
        if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) throw std::runtime_error("no RLIMIT_NOFILE");
        return static_cast<double>(limit.rlim_cur);
    });
    metrics.counter("process_cpu_seconds_total", "Processor time used", [] {
        rusage used{};
        if (::getrusage(RUSAGE_SELF, &used) != 0) throw std::runtime_error("no rusage");
        return seconds(used.ru_utime) + seconds(used.ru_stime);
    });
    metrics.gauge("process_start_time_seconds", "When it started, in seconds since 1970", [] {
        return boot_time() + stat_field(kStartTicks) / static_cast<double>(::sysconf(_SC_CLK_TCK));
    });
}

}  // namespace gantry::host
