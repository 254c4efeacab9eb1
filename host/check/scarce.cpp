// RLIMIT_DATA just above what is in use. Only large pieces fail, and only one of them: the JSON
// library takes a little memory in a destructor, which must not throw.
#include "check/scarce.hpp"

#include <malloc.h>
#include <sys/resource.h>

#include <cstdlib>
#include <fstream>
#include <new>
#include <string>

namespace gantry::host::check {
namespace {

constexpr std::size_t kLarge = 128 << 10;  // from here on malloc maps each piece, and it counts
constexpr std::size_t kForSmall = 512 << 10;

std::atomic<Scarce*> running{nullptr};  // a new_handler has no argument

void limit(rlim_t bytes) {
    rlimit now{};
    ::getrlimit(RLIMIT_DATA, &now);
    now.rlim_cur = bytes < now.rlim_max ? bytes : now.rlim_max;
    ::setrlimit(RLIMIT_DATA, &now);
}

std::size_t in_use() {
    constexpr std::string_view kName = "VmData:";
    std::ifstream file("/proc/self/status");
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with(kName)) return std::stoul(line.substr(kName.size())) * 1024;
    }
    return 0;
}

}  // namespace

bool Scarce::begin(std::size_t left) {
    ::mallopt(M_MMAP_THRESHOLD, kLarge);
    const auto most = in_use() + kForSmall + left;
    running = this;
    std::set_new_handler(&failed);
    on_ = true;
    limit(most);
    void* volatile too_much = std::malloc(left + 2 * kForSmall);
    if (too_much == nullptr) return true;
    end();
    std::free(too_much);
    return false;
}

void Scarce::end() {
    if (!on_.exchange(false)) return;
    limit(RLIM_INFINITY);
    std::set_new_handler(nullptr);
    running = nullptr;
}

void Scarce::failed() {
    if (auto* scarce = running.load()) scarce->end();
    throw std::bad_alloc();
}

}  // namespace gantry::host::check
