// Whether a call returns or is given up first is decided under its own mutex.
#include "plugin/stuck.hpp"

#include "plugin/module.hpp"

#include <algorithm>

namespace gantry::host {
namespace {

constexpr std::size_t kLeastLimit = 4;
constexpr std::size_t kOneOf = 10;

json fields(const ActiveCall& call, const Module& module) {
    json out = {{"plugin", module.manifest().id}, {"module", module.name()}, {"call", call.what}};
    if (!call.run_id.empty()) out["run"] = call.run_id;
    return out;
}

}  // namespace

void Stuck::on_too_many(TooMany too_many) {
    const std::lock_guard lock(mutex_);
    too_many_ = std::move(too_many);
}

std::size_t Stuck::limit() const { return std::max(kLeastLimit, threads_ / kOneOf); }

bool Stuck::give_up(ActiveCall& call, const Module& module) {
    std::vector<std::shared_ptr<SlotHold>> slots;
    std::shared_ptr<FairThreads::Hold> thread;
    {
        const std::lock_guard lock(call.mutex);
        if (call.returned || call.stuck) return false;
        call.stuck = true;
        slots.swap(call.slots);
        thread = call.thread;
    }
    ++module.stuck;
    const auto stuck = ++count_;
    if (thread) thread->give_up();
    for (const auto& slot : slots) slot->give_back();
    try {
        log_.error(call.what + " of plugin " + module.manifest().id +
                       " does not return; its thread is lost" + (thread ? " and was replaced" : ""),
                   fields(call, module));
    } catch (const std::exception&) {  // NOLINT: no memory; it is given up without a line
    }
    if (stuck <= limit()) return true;
    TooMany too_many;
    {
        const std::lock_guard lock(mutex_);
        too_many = std::exchange(too_many_, nullptr);
    }
    if (too_many) too_many(module.manifest().id);
    return true;
}

void Stuck::returned(ActiveCall& call, const Module& module) {
    std::vector<std::shared_ptr<SlotHold>> slots;
    {
        const std::lock_guard lock(call.mutex);
        slots.swap(call.slots);
        call.returned = true;
        if (!call.stuck) return;
        call.stuck = false;
    }
    --module.stuck;
    --count_;
    try {
        log_.warn("late answer: " + call.what + " of plugin " + module.manifest().id +
                      " has returned after it was given up" +
                      (call.late_counts ? "" : "; what it answered is dropped"),
                  fields(call, module));
    } catch (const std::exception&) {  // NOLINT: no memory; a line is lost
    }
}

}  // namespace gantry::host
