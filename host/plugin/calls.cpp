// A map under a mutex; each call has its own for what changes.
#include "plugin/calls.hpp"

#include "base/carry_on.hpp"
#include "base/may_block.hpp"
#include "plugin/limits.hpp"

#include <algorithm>
#include <condition_variable>

namespace gantry::host {

bool ActiveCall::late() const {
    const auto now = Timers::Clock::now();
    for (const auto* call = this; call != nullptr; call = call->parent.get()) {
        if (call->deadline <= now || (call != this && call->over)) return true;
    }
    return false;
}

Timers::Clock::time_point ActiveCall::effective_deadline() const {
    auto earliest = deadline;
    for (const auto* call = parent.get(); call != nullptr; call = call->parent.get()) {
        earliest = std::min(earliest, call->deadline);
    }
    return earliest;
}

Timers::Clock::time_point ActiveCall::nested_deadline() const {
    const auto last = effective_deadline();
    if (last == Timers::Clock::time_point::max()) return last;
    const auto now = Timers::Clock::now();
    return now + rules::left_for_others(last - now);
}

bool ActiveCall::told_to_stop() const {
    for (const auto* call = this; call != nullptr; call = call->parent.get()) {
        if (call->cancelled) return true;
    }
    return false;
}

ActiveCall& ActiveCall::outermost() {
    auto* call = this;
    while (call->parent != nullptr) call = call->parent.get();
    return *call;
}

void record_undo(ActiveCall& call, std::string undo) {
    {
        const std::lock_guard lock(call.mutex);
        call.check_record_undo(call.record != nullptr);
    }
    check_payload(undo, "undo data", kUndoPayload);
    about_to_block("undo data to be durable");
    struct Answer {
        std::mutex mutex;
        std::condition_variable came;
        bool known = false;
        std::optional<Error> error;
    };
    const auto answer = std::make_shared<Answer>();  // it may come when nobody waits any more
    {
        const CarryOn instead_of_waiting;
        call.record(std::move(undo), [answer](const std::optional<Error>& error) {
            const std::lock_guard lock(answer->mutex);
            answer->error = error;
            answer->known = true;
            answer->came.notify_one();
        });
    }
    {
        std::unique_lock lock(answer->mutex);
        if (!answer->came.wait_until(lock, call.effective_deadline(),
                                     [&] { return answer->known; })) {
            throw Error(GANTRY_E_DEADLINE,
                        call.what + " had no time left when its undo data was not yet durable");
        }
        if (answer->error) throw Error(*answer->error);
    }
    // A commit made here ends when the disk lets it: by then the call may be over.
    if (call.over || call.late()) {
        throw Error(GANTRY_E_DEADLINE,
                    call.what + " had no time left when its undo data was durable");
    }
    const std::lock_guard lock(call.mutex);
    call.undo_recorded = true;
}

void Calls::open(const std::shared_ptr<ActiveCall>& call) {
    call->last_beat = Timers::Clock::now();
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
    return call->over || (call->late() && !call->late_counts) ? nullptr : call;
}

bool Calls::close(const std::shared_ptr<ActiveCall>& call, CallEnd end) {
    {
        const std::lock_guard lock(mutex_);
        active_.erase(call->number);
    }
    const std::lock_guard lock(call->mutex);
    if (call->over) return false;
    call->over = true;
    if (end.error) end.error = call->told(*end.error);
    end.skipped = call->skipped && !end.error;
    call->end = std::move(end);
    return true;
}

}  // namespace gantry::host
