// A commit completes on the writer's thread, which only hands on to the pool. A step that changes
// nothing before its record_undo may begin before the rows that lead to it are durable: they are
// held, and written together with its undo data, its end, or what comes first.
#include "flow/runner.hpp"

#include "base/clock.hpp"

#include <algorithm>

namespace gantry::host {
namespace {

using fault::Point;

bool is_nothing(const Change& change) {
    return !change.accept && change.rows.empty() && change.calls.empty() && change.cancel.empty() &&
           change.events.empty() && change.consumed.empty() && !change.stands;
}

constexpr auto kHoldAtMost = std::chrono::milliseconds(20);

template <typename T>
void append(std::vector<T>& to, std::vector<T>& from) {
    to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

}  // namespace

Runner::Runner(Engine& engine, std::shared_ptr<const Plan> plan, RunRow run,
               std::vector<StepRow> steps, std::vector<SignalRow> signals, bool suspect)
    : engine_(engine),
      plan_(std::move(plan)),
      saga_(*plan_, engine.settings_.retries, std::move(run), std::move(steps), std::move(signals)),
      suspect_(suspect),
      id_(saga_.run().id),
      workflow_(saga_.run().workflow) {}

std::shared_ptr<void> Runner::computing() const {
    return plan_->definition.uses_jq ? engine_.parts_.steps.computing(id_) : nullptr;
}

void Runner::begin(std::function<void(Accepted)> accepted) {
    engine_.enter();
    {
        const auto here = computing();
        std::unique_lock lock(mutex_);
        if (!begun_ && !stands_) {  // else somebody who found it has set it on another way
            accepted_ = std::move(accepted);
            begun_ = true;
            auto change = saga_.begin(wall_ms());
            take(std::move(change), lock);
        }
    }
    engine_.leave();
}

Acted Runner::act(const Verb& verb, Told done) {
    const auto here = computing();
    std::unique_lock lock(mutex_);
    if (stands_) return Acted::kStands;
    auto change = verb(saga_, wall_ms());
    if (!change) return Acted::kRefused;
    if (is_nothing(*change)) {
        lock.unlock();
        if (done) done(std::nullopt);
        return Acted::kYes;
    }
    begun_ = true;
    take(std::move(*change), lock, std::move(done));
    return Acted::kYes;
}

void Runner::stand_down() {
    RunRow row;
    {
        const std::lock_guard lock(mutex_);
        if (begun_ || stands_) return;
        stands_ = true;
        row = saga_.run();
    }
    std::string reason = row.waits_for.value_or("");
    engine_.let_wait(std::move(row), std::move(reason));
    engine_.stood(*this, false);
}

bool Runner::complete(const std::string& path, StepEnd end, Told done) {
    std::shared_ptr<StepAttempt> attempt;
    std::size_t task = 0;
    {
        const std::lock_guard lock(mutex_);
        const auto found = saga_.calling(path);
        const auto it = found ? attempts_.find(*found) : attempts_.end();
        if (it == attempts_.end()) return false;
        attempt = it->second;
        task = *found;
        answered_[task].push_back(std::move(done));
    }
    if (attempt->complete(std::move(end))) return true;
    const std::lock_guard lock(mutex_);  // it had ended: its own answer counts
    const auto it = answered_.find(task);
    if (it == answered_.end()) return false;
    it->second.pop_back();
    if (it->second.empty()) answered_.erase(it);
    return false;
}

bool Runner::is_live() {
    const std::lock_guard lock(mutex_);
    return begun_ && !stands_;
}

// Takes over what the saga wants written and done. Leaves the lock open.
void Runner::take(Change change, std::unique_lock<std::mutex>& lock, Told told) {
    std::vector<std::shared_ptr<StepAttempt>> cancelled;
    for (const auto task : change.cancel) {
        if (const auto it = attempts_.find(task); it != attempts_.end()) {
            cancelled.push_back(it->second);
        }
    }
    stands_ = stands_ || change.stands;
    const bool early = may_begin_early(change);
    auto calls = std::exchange(change.calls, {});
    if (!pending_) pending_.emplace();
    merge(*pending_, std::move(change));
    if (told) pending_->told.push_back(std::move(told));
    if (!early) {
        post(std::move(calls));
        calls.clear();
    } else if (hold_timer_ == 0) {
        hold_timer_ = engine_.parts_.timers.after(kHoldAtMost, [weak = weak_from_this()] {
            const auto self = weak.lock();
            if (self) self->engine_.parts_.pool.submit([self] { self->flush(); });
        });
    }
    wake_when_due();
    lock.unlock();
    for (const auto& attempt : cancelled) attempt->cancel();
    if (early) begin_calls(std::move(calls));
}

// Only calls that promise to change nothing before their undo data is durable.
bool Runner::may_begin_early(const Change& change) const {
    if (change.calls.empty() || change.stands || engine_.stopping_) return false;
    // A keyed start may be known already: its rows first.
    if ((change.accept || (pending_ && pending_->change.accept)) && saga_.run().idem_key) {
        return false;
    }
    return std::all_of(change.calls.begin(), change.calls.end(), [this](const CallCommand& call) {
        return call.at.side == Side::kInvoke && !call.undo &&
               saga_.traits(call.at.task).records_undo;
    });
}

void Runner::merge(Pending& into, Change change) {
    auto& to = into.change;
    to.accept = to.accept || change.accept;
    to.stands = to.stands || change.stands;
    if (to.rows.empty()) to.rows = std::exchange(change.rows, {});
    for (const auto& at : change.rows) {
        const bool there = std::any_of(to.rows.begin(), to.rows.end(), [&](const StepSide& known) {
            return known.task == at.task && known.side == at.side;
        });
        if (!there) to.rows.push_back(at);
    }
    append(to.events, change.events);
    append(to.consumed, change.consumed);
}

// Posted under the lock: rows reach the store in the order the saga made them.
void Runner::post(std::vector<CallCommand> calls) {
    if (hold_timer_ != 0) engine_.parts_.timers.cancel(std::exchange(hold_timer_, 0));
    append(calls, to_call_);
    to_call_.clear();
    auto pending = std::exchange(pending_, std::nullopt);
    engine_.enter();
    pass(point_of(pending->change, /*after=*/false));
    auto mutation = saga_.mutation(pending->change);
    engine_.parts_.store.post(
        std::move(mutation), [self = shared_from_this(), pending = std::move(*pending),
                              calls = std::move(calls)](Outcome outcome) mutable {
            auto& pool = self->engine_.parts_.pool;
            pool.submit([self = std::move(self), pending = std::move(pending),
                         calls = std::move(calls), outcome = std::move(outcome)]() mutable {
                auto& engine = self->engine_;
                self->committed(std::move(pending), std::move(calls), std::move(outcome));
                self.reset();
                engine.leave();
            });
        });
}

void Runner::flush() {
    const std::lock_guard lock(mutex_);
    if (pending_) post({});
}

void Runner::committed(Pending pending, std::vector<CallCommand> calls, Outcome outcome) {
    if (!std::holds_alternative<Committed>(outcome)) {
        return refused(std::move(pending), std::move(calls), std::move(outcome));
    }
    pass(point_of(pending.change, /*after=*/true));
    if (pending.change.accept) engine_.parts_.metrics.run_started(workflow_);
    if (pending.change.accept && accepted_) {
        std::exchange(accepted_, nullptr)({std::nullopt, id_, false});
    }
    for (const auto& told : pending.told) told(std::nullopt);
    if (pending.change.stands) {
        no_longer_suspect();
        const auto& row = saga_.run();
        if (is_over(row.status)) {
            engine_.parts_.metrics.run_finished(
                workflow_, to_string(row.status),
                static_cast<double>(*row.finished_at - row.created_at) / 1000);
        }
        return engine_.stood(*this, is_over(row.status));
    }
    begin_calls(std::move(calls));
}

void Runner::refused(Pending pending, std::vector<CallCommand> calls, Outcome outcome) {
    const auto tell = [&](const Error& error) {
        for (const auto& told : pending.told) told(error);
    };
    if (auto* known = std::get_if<Known>(&outcome)) {
        auto answer = accepted_before(known->run, saga_.run().input);
        tell(Error(GANTRY_E_STALE, "the run was accepted before"));
        stand_aside();
        engine_.stood(*this, true);
        return std::exchange(accepted_, nullptr)(std::move(answer));
    }
    if (std::holds_alternative<Stale>(outcome)) {
        engine_.parts_.log.error("another host owns this run now; its own answer is dropped",
                                 {{"run", id_}, {"workflow", workflow_}});
        stand_aside();
        tell(Error(GANTRY_E_STALE, "another host owns this run now"));
        no_longer_suspect();
        return engine_.stood(*this, false);
    }
    const auto& error = std::get<Error>(outcome);
    engine_.parts_.log.error(error.message(), {{"run", id_}, {"workflow", workflow_}});
    tell(error);
    if (pending.change.accept && accepted_) {
        stand_aside();
        engine_.stood(*this, true);
        // Refused for certain, or nobody knows: then it is looked for.
        if ((error.flags() & GANTRY_EF_NOT_APPLIED) == 0) engine_.look_for(id_);
        return std::exchange(accepted_, nullptr)({error, id_, false});
    }
    // Not known to have failed: the same rows are written again, which is harmless if they were,
    // and before or together with anything newer.
    {
        const std::lock_guard lock(mutex_);
        pending.told.clear();
        if (pending_) {
            auto newer = std::exchange(pending_, std::nullopt);
            merge(pending, std::move(newer->change));
            append(pending.told, newer->told);
        }
        pending_ = std::move(pending);
        append(to_call_, calls);
    }
    engine_.parts_.timers.after(engine_.settings_.store_retry, [self = shared_from_this()] {
        if (!self->engine_.stopping_) self->flush();
    });
}

// What is still under way here no longer counts.
void Runner::stand_aside() {
    std::map<std::size_t, std::shared_ptr<StepAttempt>> attempts;
    {
        const std::lock_guard lock(mutex_);
        stands_ = true;
        attempts = attempts_;
    }
    for (const auto& [task, attempt] : attempts) attempt->cancel();
}

// A fault that a test has armed; one that is an error changes nothing here.
void Runner::pass(fault::Point point) const {
    try {
        fault::at(point);
    } catch (const Error& e) {
        engine_.parts_.log.warn(e.message(), {{"run", id_}});
    }
}

fault::Point Runner::point_of(const Change& change, bool after) const {
    if (change.accept) return after ? Point("accept.after") : Point("accept.before");
    if (!change.stands) return after ? Point("advance.after") : Point("advance.before");
    if (!is_over(saga_.run().status) && after) return Point("park.after");
    return after ? Point("finish.after") : Point("finish.before");
}

}  // namespace gantry::host
