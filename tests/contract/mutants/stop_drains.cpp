// A thread goes on logging after destroy().
#include "hooks.hpp"

#include <chrono>
#include <thread>

namespace mutants {
namespace {

gantry_instance* create(CreateFn real, const gantry_host* host, gantry_call call,
                        gantry_str options) {
    std::thread([host] {
        for (;;) {
            host->log(host, GANTRY_NO_CALL, GANTRY_LOG_DEBUG, {"still here", 10}, {nullptr, 0});
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
    }).detach();
    return real(host, call, options);
}

}  // namespace

const Hooks kHooks{.create = &create};

}  // namespace mutants
