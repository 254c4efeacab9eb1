// A step cannot bear another beside it, and the manifest says that it can.
#include "answer.hpp"

#include <condition_variable>
#include <mutex>

namespace mutants {
namespace {

// Whether another call came before this one was over; the first waits a second for it.
bool meets_another() {
    static std::mutex mutex;
    static std::condition_variable came;
    static int inside;
    std::unique_lock lock(mutex);
    ++inside;
    came.notify_all();
    const bool met = came.wait_for(lock, std::chrono::seconds(1), [] { return inside > 1; });
    --inside;
    return met;
}

void step(const StepCall& call) {
    call.step == "look" && meets_another() ? refuse(call) : call.go_on();
}

}  // namespace

const Hooks kHooks{.step = &step};

}  // namespace mutants
