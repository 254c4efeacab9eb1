// One batch at a time, and then a rest of nine times what it took: the writer is kept busy for
// a tenth of the time at the most.
#include "flow/retention.hpp"

namespace gantry::host {

Retention::Retention(Store& store, Pool& pool, Timers& timers, Log& log, RetentionSettings settings)
    : store_(store), pool_(pool), timers_(timers), log_(log), settings_(settings) {
    look_after(std::chrono::milliseconds(0));
}

void Retention::look_after(std::chrono::milliseconds delay) {
    timers_.after(delay, [this] {
        if (!stopping_) pool_.submit([this] { look(); });
    });
}

void Retention::look() {
    if (stopping_) return;
    const auto began = Timers::Clock::now();
    std::size_t erased = 0;
    try {
        const auto now = store_.now();
        const std::pair<RunStatus, std::optional<std::chrono::milliseconds>> kept[] = {
            {RunStatus::kDone, settings_.keep.done},
            {RunStatus::kReverted, settings_.keep.reverted},
            {RunStatus::kFailed, settings_.keep.failed}};
        for (const auto& [status, keep] : kept) {
            if (!keep || erased > 0) continue;
            const auto before = now - keep->count();
            erased = store_.erase(status, before, settings_.batch);
            const auto oldest = erased == 0 ? std::nullopt : store_.oldest(status);
            lag_seconds_ =
                oldest && *oldest < before ? static_cast<double>(before - *oldest) / 1000 : 0.0;
        }
    } catch (const Error& e) {
        log_.warn("finished runs were not deleted: " + e.message());
    }
    const auto took =
        std::chrono::duration_cast<std::chrono::milliseconds>(Timers::Clock::now() - began);
    look_after(erased == 0 ? settings_.every : 9 * took + std::chrono::milliseconds(1));
}

}  // namespace gantry::host
