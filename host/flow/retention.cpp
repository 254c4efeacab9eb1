// One batch at a time, and then a rest of nine times what it took: the writer is kept busy for
// a tenth of the time at the most.
#include "flow/retention.hpp"

#include <gantry/json.hpp>

#include <algorithm>

namespace gantry::host {
namespace {

constexpr const char* kNote = "retention";  // {"looked_at", "waits_until"}: when, by the clock
constexpr auto kNoteEvery = std::chrono::hours(1);
constexpr std::int64_t kFreeAtMost = std::int64_t{1} << 20;  // bytes, or a tenth of the file

std::optional<std::int64_t> number_of(const json& note, const char* name) {
    if (!note.is_object()) return std::nullopt;
    const auto it = note.find(name);
    if (it == note.end() || !it->is_number_integer()) return std::nullopt;
    return it->get<std::int64_t>();
}

}  // namespace

Retention::Retention(Store& store, Pool& pool, Timers& timers, Log& log, RetentionSettings settings)
    : store_(store), pool_(pool), timers_(timers), log_(log), settings_(settings) {
    look_after(std::chrono::milliseconds(0));
}

void Retention::look_after(std::chrono::milliseconds delay) {
    timers_.after(delay, [this] {
        if (!stopping_) pool_.submit([this] { look(); });
    });
}

std::optional<std::int64_t> Retention::waits_until() const {
    const std::lock_guard lock(mutex_);
    return waits_until_;
}

void Retention::look() {
    if (stopping_) return;
    const auto began = Timers::Clock::now();
    bool more = false;
    try {
        if (clock_holds()) more = erase() > 0 || shrink();
    } catch (const Error& e) {
        log_.warn("finished runs were not deleted: " + e.message());
    }
    const auto took =
        std::chrono::duration_cast<std::chrono::milliseconds>(Timers::Clock::now() - began);
    look_after(more ? 9 * took + std::chrono::milliseconds(1) : settings_.every);
}

// Whether runs may be deleted by the clock as it is. Between two looks it is held against the
// monotonic one, after a restart against what the host before this one has seen.
bool Retention::clock_holds() {
    const auto now = store_.now();
    const auto steady = Timers::Clock::now();
    std::int64_t jump = 0;
    if (looked_at_) {
        const auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(steady - looked_);
        jump = now - *looked_at_ - passed.count();
    } else {
        const auto note = json::parse(store_.note(kNote), nullptr, /*allow_exceptions=*/false);
        jump = now - number_of(note, "looked_at").value_or(now);
        const auto until = number_of(note, "waits_until");
        const std::lock_guard lock(mutex_);
        // A wait that began by a clock that was set back since is over after its length.
        if (until) waits_until_ = std::min(*until, now + settings_.clock_holds.count());
    }
    looked_at_ = now;
    looked_ = steady;
    if (std::abs(jump) > settings_.clock_holds.count()) {
        if (jump > 0 || waits_until()) wait_for_clock(now, jump);
        noted_.reset();
    }
    if (const auto until = waits_until(); until && now >= *until) {
        log_.info("the clock has held: finished runs are deleted again when their time is over");
        const std::lock_guard lock(mutex_);
        waits_until_.reset();
        noted_.reset();
    }
    if (!noted_ || steady - *noted_ >= kNoteEvery) keep_note(now);
    return !waits_until();
}

void Retention::wait_for_clock(std::int64_t now, std::int64_t jump) {
    const auto hours = std::chrono::duration_cast<std::chrono::hours>(settings_.clock_holds);
    log_.warn("finished runs are not deleted for " + std::to_string(hours.count()) +
                  " h: the clock was set by " + std::to_string(jump / 1000) +
                  " s, or the host did not run meanwhile; if it is wrong, set it right until then",
              {{"seconds", jump / 1000}});
    const std::lock_guard lock(mutex_);
    waits_until_ = now + settings_.clock_holds.count();
}

void Retention::keep_note(std::int64_t now) {
    const auto until = waits_until();
    store_.put_note(
        kNote, json{{"looked_at", now}, {"waits_until", until ? json(*until) : json()}}.dump());
    noted_ = Timers::Clock::now();
}

std::size_t Retention::erase() {
    const auto now = *looked_at_;
    const std::pair<RunStatus, std::optional<std::chrono::milliseconds>> kept[] = {
        {RunStatus::kDone, settings_.keep.done},
        {RunStatus::kReverted, settings_.keep.reverted},
        {RunStatus::kFailed, settings_.keep.failed}};
    for (const auto& [status, keep] : kept) {
        if (!keep) continue;
        const auto before = now - keep->count();
        const auto erased = store_.erase(status, before, settings_.batch);
        const auto oldest = erased == 0 ? std::nullopt : store_.oldest(status);
        lag_seconds_ =
            oldest && *oldest < before ? static_cast<double>(before - *oldest) / 1000 : 0.0;
        if (erased > 0) return erased;
    }
    return 0;
}

// Whether there is more to give back. What is left is for the runs to come.
bool Retention::shrink() {
    const auto size = store_.size();
    if (size.free_bytes <= std::max(kFreeAtMost, size.bytes / 10)) return false;
    if (size.shrinks) {
        store_.shrink(settings_.pages);
        return true;
    }
    if (2 * size.free_bytes > size.bytes && !std::exchange(told_how_, true)) {
        log_.warn(
            "more than half of the store's file is free; to make it smaller, stop the host and "
            "run: sqlite3 FILE \"PRAGMA auto_vacuum=INCREMENTAL; VACUUM\"",
            {{"bytes", size.bytes}, {"free_bytes", size.free_bytes}});
    }
    return false;
}

}  // namespace gantry::host
