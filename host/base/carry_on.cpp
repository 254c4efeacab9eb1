// One work at the most: who has set off a chain of writes is not to make all of them.
#include "base/carry_on.hpp"

#include <utility>

namespace gantry::host {
namespace {

constinit thread_local CarryOn* current = nullptr;

}  // namespace

CarryOn::CarryOn() {
    if (current == nullptr) current = this;
}

CarryOn::~CarryOn() {
    if (current != this) return;
    if (work_) std::exchange(work_, nullptr)();
    current = nullptr;
}

bool CarryOn::may_run() { return current != nullptr && !current->at_event_; }

bool CarryOn::leave(std::function<void()> work) {
    if (current == nullptr || std::exchange(current->has_had_work_, true)) return false;
    current->work_ = std::move(work);
    return true;
}

CarryOn::Event::Event() { current->at_event_ = true; }
CarryOn::Event::~Event() { current->at_event_ = false; }

}  // namespace gantry::host
