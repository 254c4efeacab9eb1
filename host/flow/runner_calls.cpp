// The calls of a run and what they answer; and what comes when its time has come.
#include "base/clock.hpp"
#include "base/error_json.hpp"
#include "flow/runner.hpp"

#include <algorithm>
#include <random>

namespace gantry::host {
namespace {

using fault::Point;

double random_unit() {
    thread_local std::minstd_rand engine(std::random_device{}());
    return std::uniform_real_distribution<double>(0.0, 1.0)(engine);
}

}  // namespace

// The first one on this thread, the others beside it.
void Runner::begin_calls(std::vector<CallCommand> calls) {
    if (engine_.stopping_) return;  // what is left is resumed at the next start
    for (std::size_t i = 1; i < calls.size(); ++i) {
        engine_.parts_.pool.submit(
            [self = shared_from_this(), command = std::move(calls[i])]() mutable {
                if (!self->engine_.stopping_) self->call(std::move(command));
            });
    }
    if (!calls.empty()) call(std::move(calls[0]));
}

StepCall Runner::step_call(CallCommand command) const {
    const StepSide at = command.at;
    const auto& step = saga_.step(at.task);
    const auto& traits = saga_.traits(at.task);
    const auto& settings = engine_.settings_;
    const bool invoke = at.side == Side::kInvoke;
    StepCall call;
    call.run_id = id_;
    call.workflow = workflow_;
    call.module = traits.module;
    call.name = traits.name;
    call.what = &step.what;
    call.side = at.side;
    call.attempt = static_cast<std::uint32_t>(command.attempt);
    call.key = saga_.key(at);
    call.input = std::move(command.input);
    call.output = std::move(command.output);
    call.undo = std::move(command.undo);
    call.timeout = invoke ? step.invoke.timeout.value_or(settings.invoke_timeout)
                          : step.compensate.timeout.value_or(settings.compensate_timeout);
    return call;
}

void Runner::call(CallCommand command) {
    const StepSide at = command.at;
    const auto began = Timers::Clock::now();
    engine_.enter();
    std::shared_ptr<StepAttempt> attempt;
    {
        const std::lock_guard lock(mutex_);
        attempt = engine_.parts_.steps.attempt(
            step_call(std::move(command)),
            [self = shared_from_this(), task = at.task](auto undo, auto done) {
                self->record_undo(task, std::move(undo), std::move(done));
            },
            [self = shared_from_this(), at, began](StepEnd end) {
                self->ended(at, std::move(end), began);
                self->engine_.leave();
            });
        attempts_[at.task] = attempt;
    }
    pass(at.side == Side::kInvoke ? Point("effect.before") : Point("undo.before"));
    attempt->begin();
}

void Runner::count_end(StepSide at, const StepEnd& end, Timers::Clock::time_point began) const {
    const std::chrono::duration<double> took = Timers::Clock::now() - began;
    const auto& name = saga_.traits(at.task).name;
    auto& metrics = engine_.parts_.metrics;
    if (end.error) metrics.attempt_failed(name, class_name(end.error->code()));
    metrics.step_ended(name, to_string(at.side), end.error ? "failed" : "done", took.count());
}

void Runner::ended(StepSide at, StepEnd end, Timers::Clock::time_point began) {
    pass(at.side == Side::kInvoke ? Point("effect.after") : Point("undo.after"));
    const auto here = computing();
    std::unique_lock lock(mutex_);
    count_end(at, end, began);
    attempts_.erase(at.task);
    if (end.error) {
        engine_.parts_.log.warn(end.error->message(), {{"run", id_},
                                                       {"workflow", workflow_},
                                                       {"step", saga_.path(at.task)},
                                                       {"side", to_string(at.side)},
                                                       {"code", code_name(end.error->code())}});
    }
    auto told = at.side == Side::kInvoke ? told_of(at.task) : Told();
    if (stands_) {
        lock.unlock();
        if (told) told(Error(GANTRY_E_STALE, "this run goes on elsewhere"));
        return;
    }
    auto change = saga_.ended(at, std::move(end), wall_ms(), random_unit());
    take(std::move(change), lock, std::move(told));
    no_longer_suspect();
}

// Who answered this task's call from outside, all in one; empty: nobody.
Runner::Told Runner::told_of(std::size_t task) {
    const auto it = answered_.find(task);
    if (it == answered_.end()) return {};
    auto all = std::move(it->second);
    answered_.erase(it);
    return [all = std::move(all)](const std::optional<Error>& error) {
        for (const auto& told : all) told(error);
    };
}

void Runner::record_undo(std::size_t task, std::string undo, Told done) {
    std::unique_lock lock(mutex_);
    auto change = stands_ ? std::nullopt : saga_.undo_recorded(task, std::move(undo), wall_ms());
    if (!change) {
        lock.unlock();
        return done(Error(GANTRY_E_STALE, "this call is over"));
    }
    if (fault::without("undo_wait")) {  // the mutant: it is written with whatever comes next
        if (!pending_) pending_.emplace();
        merge(*pending_, std::move(*change));
        lock.unlock();
        return done(std::nullopt);
    }
    take(std::move(*change), lock, [done = std::move(done)](std::optional<Error> error) {
        if (error) {
            error = Error(GANTRY_E_UNAVAILABLE, error->message(), GANTRY_EF_NOT_APPLIED);
        }
        done(std::move(error));
    });
}

void Runner::wake_when_due() {
    const auto next = stands_ ? std::nullopt : saga_.next_wake();
    if (next == wakes_at_) return;
    if (wakes_at_) engine_.parts_.timers.cancel(timer_);
    wakes_at_ = next;
    if (!next) return;
    const std::chrono::milliseconds delay(std::max<std::int64_t>(*next - wall_ms(), 0));
    timer_ = engine_.parts_.timers.after(delay, [weak = weak_from_this()] {
        const auto self = weak.lock();
        if (self) self->engine_.parts_.pool.submit([self] { self->woken(); });
    });
}

void Runner::woken() {
    const auto here = computing();
    std::unique_lock lock(mutex_);
    if (stands_ || engine_.stopping_) return;
    wakes_at_.reset();
    auto change = saga_.wake(wall_ms());
    const bool nothing = change.rows.empty() && change.calls.empty() && !change.stands;
    if (nothing) return wake_when_due();
    take(std::move(change), lock);
}

void Runner::look_again() {
    const std::lock_guard lock(mutex_);
    if (!begun_ || stands_ || !wakes_at_) return;
    engine_.parts_.timers.cancel(timer_);
    wakes_at_.reset();
    wake_when_due();
}

void Runner::no_longer_suspect() {
    if (suspect_.exchange(false)) engine_.suspect_passed();
}

}  // namespace gantry::host
