// One question to the store at a time; who comes meanwhile has it asked once more.
#include "flow/claims.hpp"

#include "base/fault.hpp"

#include <algorithm>

namespace gantry::host {

std::size_t Claims::recover() {
    recovered_ = true;
    clock_.emplace(owner_.store, owner_.timers,
                   [this](std::int64_t by, ClockWatch::Followed followed) {
                       takes_all_it_can(owner_.store.now() + by);
                       taker_.clock_stepped(by, std::move(followed));
                   });
    std::size_t left = 0;
    while (const auto moved = owner_.store.sweep(kBatch)) {
        left += moved;
        fault::at("sweep.between");
    }
    if (left > 0) owner_.metrics.taken_over("crash", left);
    try {
        owner_.store.wake("plugin");
        owner_.store.bound_delays();
    } catch (const Error& e) {  // one row that cannot be written keeps no other run from going on
        owner_.log.error("runs that wait were not looked at: " + e.message());
    }
    takes_all_it_can(owner_.store.now());
    if (is_calm()) look();
    return left;
}

// What is left is not late before `patience` is over again.
void Claims::takes_all_it_can(std::int64_t now) {
    const std::lock_guard lock(mutex_);
    takes_since_ = now;
}

bool Claims::come_to(const Unaccounted& run, std::chrono::milliseconds patience) const {
    const auto now = owner_.store.now();
    const std::lock_guard lock(mutex_);
    if (!recovered_ || calm_at_) return true;
    if (run.is_suspect && run.one_is_tried && suspect_tried_) return true;
    auto since = std::max(*run.due_at, takes_since_);
    if (run.is_suspect) since = std::max(since, suspect_passed_at_);
    return now - since <= patience.count();
}

// Counts the starts that followed one another without an orderly end.
bool Claims::is_calm() {
    const auto& settings = owner_.settings;
    const auto now = owner_.store.now();
    const auto storm = settings.storm_within.count();
    auto starts = json::parse(owner_.store.note("starts"), nullptr, false);
    if (!starts.is_array()) starts = json::array();
    starts.push_back(now);
    while (starts.size() > settings.storm_starts) starts.erase(0);
    owner_.store.put_note("starts", starts.dump());
    const auto first = starts.front().get<std::int64_t>();
    if (starts.size() < settings.storm_starts || now - first >= storm) return true;
    {
        const std::lock_guard lock(mutex_);
        calm_at_ = now + storm;
    }
    owner_.log.error("the host was started " + std::to_string(starts.size()) + " times within " +
                     std::to_string((now - first) / 1000) +
                     " s without an orderly end: it takes up no runs for " +
                     std::to_string(storm / 1000) + " s");
    owner_.timers.after(settings.storm_within, [this] { calm_again(); });
    return false;
}

void Claims::calm_again() {
    {
        const std::lock_guard lock(mutex_);
        calm_at_.reset();
        takes_since_ = owner_.store.now();
    }
    owner_.log.info("the host takes up runs again");
    look();
}

std::optional<std::int64_t> Claims::calm_at() const {
    const std::lock_guard lock(mutex_);
    return calm_at_;
}

void Claims::look_at(std::int64_t when) {
    const std::lock_guard lock(mutex_);
    if (!recovered_ || owner_.stopping || when >= looks_at_) return;
    owner_.timers.cancel(timer_);
    looks_at_ = when;
    const std::chrono::milliseconds delay(std::max<std::int64_t>(when - owner_.store.now(), 0));
    timer_ = owner_.timers.after(delay, [this] { look(); });
}

void Claims::look() {
    std::int64_t limit = 0;
    bool suspects = false;
    {
        const std::lock_guard lock(mutex_);
        looks_at_ = INT64_MAX;
        if (!recovered_ || owner_.stopping || calm_at_) return;
        if (asking_) {
            again_ = true;
            return;
        }
        limit = std::min(kBatch, static_cast<std::int64_t>(taker_.room()));
        if (limit == 0) {  // whoever stands next asks again
            takes_since_ = owner_.store.now();
            return;
        }
        asking_ = true;
        suspects = !std::exchange(suspect_tried_, true);
    }
    owner_.store.claim_due(limit, suspects,
                           [this, suspects, limit, busy = Busy::Hold(owner_.busy)](Due due) {
                               const bool all = due.runs.size() >= static_cast<std::size_t>(limit);
                               taken(std::move(due), suspects, all);
                           });
}

// `tried`: one of those whose host died may be among them, to be tried alone.
void Claims::taken(Due due, bool tried, bool all_it_can) {
    bool suspect_came = false;
    const auto now = owner_.store.now();
    const bool full = due.runs.size() >= static_cast<std::size_t>(kBatch);
    for (auto& claimed : due.runs) {
        fault::at("claim.after");
        owner_.metrics.claimed(static_cast<double>(now - claimed.run.wake_at.value_or(now)) / 1000);
        const bool suspect = claimed.run.crashes > 0;
        suspect_came = suspect_came || suspect;
        taker_.take_up(std::move(claimed), suspect);
    }
    tell_unreadable(due.unreadable);
    bool again = false;
    {
        const std::lock_guard lock(mutex_);
        asking_ = false;
        if (all_it_can) takes_since_ = now;
        if (tried && !suspect_came) suspect_tried_ = false;
        again = std::exchange(again_, false) || full;
    }
    if (due.failed) {
        look_at(now + owner_.settings.store_retry.count());
    } else if (due.next) {
        look_at(*due.next);
    }
    if (again) look();
}

// Each once: one whose row cannot be written either is met at every look.
void Claims::tell_unreadable(const std::map<std::string, std::string>& runs) {
    for (const auto& [run_id, why] : runs) {
        {
            const std::lock_guard lock(mutex_);
            if (!told_unreadable_.insert(run_id).second) continue;
        }
        owner_.log.error("a run is set aside: " + why + "; the others go on", {{"run", run_id}});
    }
}

void Claims::suspect_passed() {
    {
        const std::lock_guard lock(mutex_);
        suspect_tried_ = false;
        suspect_passed_at_ = owner_.store.now();
    }
    look();
}

void Claims::stop() { clock_.reset(); }

}  // namespace gantry::host
