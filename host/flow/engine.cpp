// Runs under way are objects in a map; everything about them that matters is in their rows.
#include "flow/engine.hpp"

#include "flow/answers.hpp"
#include "flow/fork.hpp"
#include "flow/new_run.hpp"
#include "flow/run_log.hpp"
#include "flow/write_back.hpp"

#include <algorithm>

namespace gantry::host {
namespace {

// Until what was under way when the clock was set is written.
constexpr auto kStoodMeanwhile = std::chrono::seconds(1);

}  // namespace

Engine::Engine(EngineParts parts, const EngineSettings& how)
    : RunOwner(parts.store, parts.steps, parts.engine, parts.load, parts.jq, parts.timers,
               parts.log, parts.metrics, how) {}

Engine::~Engine() = default;

void Engine::add(Plan plan, const json& input_schema) { plans.add(std::move(plan), input_schema); }

std::vector<Runs::WorkflowInfo> Engine::workflows() const {
    std::vector<WorkflowInfo> infos;
    for (const auto* workflow : plans.all()) {
        const auto& definition = workflow->plan->definition;
        infos.push_back({definition.name, definition.hash, workflow->plan.get()});
    }
    return infos;
}

void Engine::check_room() const {
    if (stopping) throw host_is_stopping();
    if (!store.lost().empty()) {  // where it is concerns nobody who asks here
        throw Error(GANTRY_E_UNAVAILABLE,
                    "the store's file was deleted or replaced: nothing is accepted; the log says "
                    "which, and what to do",
                    GANTRY_EF_NOT_APPLIED);
    }
    if (claims_.calm_at()) {
        throw Error(GANTRY_E_UNAVAILABLE,
                    "the host was started " + std::to_string(settings.storm_starts) +
                        " times in short order and takes no runs until it has been up for a while",
                    GANTRY_EF_NOT_APPLIED, nullptr, std::chrono::seconds(5));
    }
    if (room() > 0) return;
    throw Error(GANTRY_E_RATE_LIMITED,
                std::to_string(settings.max_runs) +
                    " runs are under way, as many as this host takes; try again",
                GANTRY_EF_NOT_APPLIED, nullptr, std::chrono::seconds(1));
}

void Engine::start(StartRequest request, std::function<void(Accepted)> accepted) {
    std::shared_ptr<Runner> runner;
    try {
        check_room();
        const auto& workflow = plans.workflow(request.workflow);
        auto stopped = std::move(request.stopped);
        const auto offset = store.clock().offset();
        auto run = new_run(*this, workflow, std::move(request));
        runner = std::make_shared<Runner>(owner(), workflow.plan, std::move(run));
        // Before it begins: its end cannot be missed.
        std::uint64_t watch = 0;
        if (stopped) watch = watches_.add(runner->id(), Watch::kStopped, std::move(stopped));
        {
            const std::lock_guard lock(mutex_);
            runs_.emplace(runner->id(), runner);
        }
        // The clock may have been set before it could be found.
        if (const auto is = store.clock().offset(); is != offset) runner->clock_set(is);
        if (watch != 0) {
            accepted = [this, watch, then = std::move(accepted)](Accepted answer) {
                if (answer.error || answer.known) {
                    watches_.remove(watch);
                } else {
                    answer.watch = watch;
                }
                then(std::move(answer));
            };
        }
    } catch (const Error& e) {
        return accepted({e, {}, false});
    }
    runner->accept(std::move(accepted));
}

std::uint64_t Engine::watch(const std::string& run_id, Watch when,
                            std::function<void(const Stand&)> seen) {
    return watches_.add(run_id, when, std::move(seen));
}

void Engine::unwatch(std::uint64_t watch) { watches_.remove(watch); }

void Engine::resume(const std::string& run_id, Asker asked, Told told) {
    Verb verb;
    verb.apply = [asked](Saga& saga, std::int64_t now) {
        return saga.run().status == RunStatus::kPaused ? std::optional(saga.begin(now, asked))
                                                       : std::nullopt;
    };
    verb.asked = std::move(asked);
    verb.fits = "only a paused run can be resumed";
    verb.goes_on = true;
    controls_.ask(run_id, std::move(verb), std::move(told));
}

void Engine::cancel(const std::string& run_id, std::vector<std::string> give_up, Asker asked,
                    Told told) {
    Verb verb;
    verb.apply = [give_up = std::move(give_up), asked = std::move(asked)](Saga& saga,
                                                                          std::int64_t now) {
        return saga.cancel(Error(GANTRY_E_CANCELLED, "the run was cancelled"), now, asked, give_up);
    };
    verb.fits =
        "only a run that has not begun to revert can be cancelled; a step of one that reverts can "
        "be given up (--abandon)";
    controls_.ask(run_id, std::move(verb), std::move(told));
}

void Engine::revert(const std::string& run_id, Asker asked, Told told) {
    Verb verb;
    verb.apply = [asked = std::move(asked)](Saga& saga, std::int64_t now) {
        return saga.revert_done(now, asked);
    };
    verb.fits = "only a run that is done can be reverted; one under way can be cancelled";
    verb.takes_turn = true;  // an undo does not cross what another run does
    controls_.ask(run_id, std::move(verb), std::move(told));
}

void Engine::pause(const std::string& run_id, Asker asked, Told told) {
    Verb verb;
    verb.apply = [asked = std::move(asked)](Saga& saga, std::int64_t now) {
        return saga.run().status == RunStatus::kPaused ? std::nullopt
                                                       : saga.pause(kPausedByPerson, now, asked);
    };
    verb.fits = "only a run that is under way or waits can be paused";
    controls_.ask(run_id, std::move(verb), std::move(told));
}

void Engine::retry(const std::string& run_id, Asker asked, Told told) {
    Verb verb;
    verb.apply = [asked = std::move(asked)](Saga& saga, std::int64_t now) {
        return saga.retry(now, asked);
    };
    verb.fits = "only a failed run's undos can be asked for again";
    verb.takes_turn = true;  // an undo does not cross what another run does
    controls_.ask(run_id, std::move(verb), std::move(told));
}

void Engine::skip(const std::string& run_id, const std::string& path, Asker asked, Told told) {
    Verb verb;
    verb.apply = [path, asked = std::move(asked)](Saga& saga, std::int64_t now) {
        return saga.skip(path, asked, now);
    };
    verb.fits = "only a failed undo of a failed run can be skipped";
    controls_.ask(run_id, std::move(verb), std::move(told));
}

void Engine::supply(const std::string& run_id, const std::string& path, Side side, StepEnd end,
                    Told told) {
    controls_.supply(run_id, path, side, std::move(end), std::move(told));
}

void Engine::signal(const std::string& run_id, SignalRow signal,
                    std::function<void(std::optional<Error>, bool)> told) {
    controls_.signal(run_id, std::move(signal), std::move(told));
}

void Engine::fork(const std::string& run_id, const std::string& path, Asker asked,
                  std::function<void(std::optional<Error>, std::string)> told) {
    load.submit([this, run_id, path, asked = std::move(asked), told = std::move(told),
                 hold = Busy::Hold(busy)] {
        try {
            const auto mutation =
                std::make_shared<const Mutation>(fork_of(*this, run_id, path, asked));
            store.post(mutation, [this, mutation, told, hold](Outcome outcome) {
                const auto& run = mutation->run;
                if (const auto* error = std::get_if<Error>(&outcome)) return told(*error, {});
                metrics.run_started(run.workflow);
                log_accepted(log, run, mutation->fields);
                if (!std::holds_alternative<Waits>(outcome)) look_again(run.id);
                told(std::nullopt, run.id);
            });
        } catch (const Error& e) {
            told(e, {});
        }
    });
}

std::chrono::steady_clock::duration Engine::still_for() const {
    return std::max(engine.still_for(), store.still_for());
}

std::vector<Unaccounted> Engine::unaccounted(std::chrono::milliseconds patience) {
    auto all = store.unaccounted(patience);
    std::erase_if(
        all, [&](const Unaccounted& run) { return run.due_at && claims_.come_to(run, patience); });
    const auto drives = [this](const std::string& run_id) { return find(run_id) != nullptr; };
    for (auto& run_id : store.undriven(patience, drives)) {
        all.push_back({std::move(run_id), "this host owns it, and nothing in it goes on with it"});
    }
    return all;
}

std::size_t Engine::recover() { return claims_.recover(); }

void Engine::stood(const Runner& runner, const std::optional<Stand>& stand) {
    std::shared_ptr<Runner> dropped;
    bool starved = false;
    {
        const std::lock_guard lock(mutex_);
        starved = runs_.size() >= settings.max_runs;
        if (const auto it = runs_.find(runner.id());
            it != runs_.end() && it->second.get() == &runner) {
            dropped = std::move(it->second);
            runs_.erase(it);
        }
    }
    if (starved) claims_.look();
    if (!stand) return;
    const auto& run = stand->run;
    if (!is_over(run.status) && run.wake_at) {
        if (claims_.recovered()) {
            claims_.look_at(*run.wake_at);
        } else {  // without claims only what this process began goes on
            const auto delay = std::max<std::int64_t>(*run.wake_at - store.now(), 0);
            timers.after(std::chrono::milliseconds(delay), [this, id = run.id] { look_again(id); });
        }
    }
    watches_.tell(*stand);
}

// If it was accepted it is owned by this host, and nobody drives it.
void Engine::look_for(const std::string& run_id) {
    timers.after(settings.store_retry, [this, run_id, hold = Busy::Hold(busy)] {
        load.submit([this, run_id, hold] {
            if (stopping) return;
            try {
                release_lost(run_id);
            } catch (const Error&) {
                look_for(run_id);
            }
        });
    });
}

void Engine::release_lost(const std::string& run_id) {
    auto run = store.run(run_id);
    if (!run || is_over(run->status) || find(run_id)) return;
    if (run->owner != store.host()) return look_again(run_id);
    run->wake_at = store.now();
    write_back(*this, std::move(*run),
               [this, run_id](const std::optional<RunRow>&) { look_again(run_id); });
}

// It goes on before any verb can find it.
void Engine::take_up(ClaimedRun run, bool suspect) {
    const auto runner = std::make_shared<Runner>(owner(), std::move(run), suspect);
    const std::lock_guard lock(mutex_);
    runner->go_on();
    keep(runner);
}

std::size_t Engine::room() const {
    const std::lock_guard lock(mutex_);
    return runs_.size() < settings.max_runs ? settings.max_runs - runs_.size() : 0;
}

// Delays that stand as rows are moved first, and with them, in memory, those of each run.
void Engine::clock_stepped(std::int64_t by, ClockWatch::Followed followed) {
    const double seconds = static_cast<double>(by) / 1000;
    metrics.clock_stepped(seconds);
    log.warn("the wall clock was set; what waits for its time is looked at again",
             {{"seconds", seconds}});
    load.submit([this, by, followed = std::move(followed), hold = Busy::Hold(busy)] {
        try {
            store.move_delays(by);
        } catch (const Error& e) {
            log.warn("delays were not moved with the clock: " + e.message());
        }
        store.clock().set_forward(by);
        for (const auto& runner : all()) runner->clock_set(store.clock().offset());
        claims_.look();
        followed();
        timers.after(kStoodMeanwhile, [this] { bound_delays(); });
    });
}

// Of runs that stood by the clock as it was, after the others were moved.
void Engine::bound_delays() {
    if (stopping) return;
    load.submit([this, hold = Busy::Hold(busy)] {
        try {
            store.bound_delays();
        } catch (const Error& e) {
            log.warn("delays were not bounded after the clock was set: " + e.message());
        }
        claims_.look();
    });
}

std::shared_ptr<Runner> Engine::find(const std::string& run_id) const {
    const std::lock_guard lock(mutex_);
    const auto it = runs_.find(run_id);
    return it == runs_.end() ? nullptr : it->second;
}

std::shared_ptr<Runner> Engine::adopt(ClaimedRun run) {
    auto runner = std::make_shared<Runner>(owner(), std::move(run), /*suspect=*/false);
    const std::lock_guard lock(mutex_);
    keep(runner);
    return runner;
}

// Under mutex_. In the place of one whose run has just been parked and that is about to go.
void Engine::keep(const std::shared_ptr<Runner>& runner) {
    runs_.insert_or_assign(runner->id(), runner);
    runner->clock_set(store.clock().offset());  // it may have been set before it could be found
}

void Engine::look_again(const std::string& run_id) {
    if (stopping) return;
    store.claim(run_id, false, [this, run_id, hold = Busy::Hold(busy)](Claim claim) {
        if (claim.taken) return take_up(std::move(*claim.taken), false);
        if (!claim.error) return;  // it goes on elsewhere, or is over
        if (claim.error->error_class() != GANTRY_CLASS_RETRYABLE) {
            return log.error(claim.error->message(), {{"run", run_id}});
        }
        timers.after(settings.store_retry, [this, run_id] { look_again(run_id); });
    });
}

std::vector<std::shared_ptr<Runner>> Engine::all() const {
    std::vector<std::shared_ptr<Runner>> runners;
    const std::lock_guard lock(mutex_);
    for (const auto& [id, runner] : runs_) runners.push_back(runner);
    return runners;
}

bool Engine::stop(std::chrono::milliseconds patience) {
    stopping = true;
    claims_.stop();
    if (!busy.wait_until_idle(patience)) return false;
    // What a timer set off before each was let go of is waited for, too.
    for (const auto& runner : all()) runner->let_go();
    if (!busy.wait_until_idle(patience)) return false;
    try {
        // An orderly end: the next host goes on at once and suspects nobody.
        store.release();
        if (claims_.recovered()) store.put_note("starts", "[]");
    } catch (const Error& e) {
        log.warn(e.message());
    }
    return true;
}

}  // namespace gantry::host
