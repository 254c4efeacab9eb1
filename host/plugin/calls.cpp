// A map under a mutex; each call has its own for what changes.
#include "plugin/calls.hpp"

namespace gantry::host {

bool ActiveCall::late() const {
    const auto now = Timers::Clock::now();
    for (const auto* call = this; call != nullptr; call = call->parent.get()) {
        if (call->deadline <= now) return true;
    }
    return false;
}

void Calls::open(const std::shared_ptr<ActiveCall>& call) {
    const std::lock_guard lock(mutex_);
    call->number = ++last_;
    active_.emplace(call->number, call);
}

std::shared_ptr<ActiveCall> Calls::find(gantry_call number) {
    std::shared_ptr<ActiveCall> call;
    {
        const std::lock_guard lock(mutex_);
        const auto it = active_.find(number);
        if (it == active_.end()) return nullptr;
        call = it->second;
    }
    return call->late() ? nullptr : call;
}

bool Calls::close(const std::shared_ptr<ActiveCall>& call, CallEnd end) {
    {
        const std::lock_guard lock(mutex_);
        active_.erase(call->number);
    }
    const std::lock_guard lock(call->mutex);
    if (call->over) return false;
    call->over = true;
    // Refused, but something it had called before was not: that is not "certainly nothing".
    if (end.error && call->wrote) {
        end.error = end.error->with_flags(end.error->flags() & ~GANTRY_EF_NOT_APPLIED);
    }
    call->end = std::move(end);
    return true;
}

}  // namespace gantry::host
