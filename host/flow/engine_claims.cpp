// Recovery is a look at the rows, made again whenever something may have become due: no event that
// could get lost. Runs whose host died during their calls are tried one at a time.
#include "base/clock.hpp"
#include "base/fault.hpp"
#include "flow/engine.hpp"
#include "flow/runner.hpp"

#include <algorithm>
#include <set>

namespace gantry::host {
namespace {

constexpr std::int64_t kBatch = 200;

struct Version {
    int major = 0;
    int minor = 0;

    explicit Version(const std::string& text) {
        // A manifest's version is checked when it is read.
        std::sscanf(text.c_str(), "%d.%d", &major, &minor);  // NOLINT
    }
};

std::string misfit(const json& began, const ModulePin& now) {
    const auto plugin = began.value("plugin", "");
    const auto version = began.value("version", "0.0");
    const Version then(version);
    const Version have(now.version);
    const std::string needs =
        "it needs module \"" + now.module + "\" with " + plugin + " " + version;
    if (plugin != now.plugin || then.major != have.major || then.minor > have.minor) {
        return needs + " or a later minor version; it has " + now.plugin + " " + now.version;
    }
    if (began.value("identity", now.identity) != now.identity) {
        return needs + " and the system it began with; the module's options mean another one";
    }
    return {};
}

// Empty when this host can go on with a run that began under `pins`.
std::string misfit(const json& pins, const Plan& plan) {
    std::set<std::string> reached;
    for (const auto& step : plan.steps) {
        for (const auto& pin : step.pins()) {
            reached.insert(pin.module);
            const auto began = pins.find(pin.module);
            if (began == pins.end()) {
                return "it began without module \"" + pin.module +
                       "\", which its steps would reach";
            }
            if (auto why = misfit(*began, pin); !why.empty()) return why;
        }
    }
    for (const auto& [module, pin] : pins.items()) {
        if (reached.contains(module)) continue;
        return "it began with module \"" + module + "\" (" + pin.value("plugin", "") + " " +
               pin.value("version", "") + "), which its steps would no longer reach";
    }
    return {};
}

}  // namespace

std::shared_ptr<const Plan> Engine::plan_for(const RunRow& run) {
    std::shared_ptr<const Plan> plan;
    if (const auto it = workflows_.find(run.workflow);
        it != workflows_.end() && it->second.plan->definition.hash == run.def_hash) {
        plan = it->second.plan;
    } else {
        const std::lock_guard lock(plans_mutex_);
        auto& old = old_plans_[run.def_hash];
        if (!old) {
            const auto row = parts_.store.definition(run.def_hash);
            if (!row) {
                throw Error(GANTRY_E_CONFIG,
                            "its definition " + run.def_hash + " is not in the store");
            }
            Plan made{parse_stored_definition(row->body), {}};
            for (const auto& step : made.definition.steps) {
                made.steps.push_back(parts_.steps.find(step.what));
            }
            old = std::make_shared<const Plan>(std::move(made));
        }
        plan = old;
    }
    if (const auto why = misfit(json::parse(run.pins), *plan); !why.empty()) {
        throw Error(GANTRY_E_CONFIG, why);
    }
    return plan;
}

// The runner of a claimed run, not yet begun; null when it has to wait.
std::shared_ptr<Runner> Engine::load(RunRow run, bool suspect) {
    const std::string id = run.id;
    try {
        auto plan = plan_for(run);
        auto runner = std::make_shared<Runner>(*this, std::move(plan), run, parts_.store.steps(id),
                                               parts_.store.signals(id), suspect);
        {
            const std::lock_guard lock(mutex_);
            // In the place of one whose run has just been parked and that is about to go.
            runs_.insert_or_assign(id, runner);
        }
        deliver_since(*runner);
        return runner;
    } catch (const Error& e) {
        parts_.log.warn("a run waits: " + e.message(), {{"run", id}});
        if (suspect) suspect_passed();
        if (run.status == RunStatus::kPaused) {  // it stays what it waits for
            auto reason = run.waits_for.value_or("");
            let_wait(std::move(run), std::move(reason));
        } else if (e.error_class() != GANTRY_CLASS_RETRYABLE) {
            let_wait(std::move(run), "plugin: " + e.message());
        } else {  // the store does not serve: it is due again soon
            run.wake_at = wall_ms() + settings_.store_retry.count();
            let_wait(std::move(run), "time: " + e.message());
        }
        return nullptr;
    }
}

// Signals that came while it was loaded: nobody could give them to it.
void Engine::deliver_since(Runner& runner) {
    for (auto& signal : parts_.store.signals(runner.id())) {
        runner.act(
            [&](Saga& saga, std::int64_t now) {
                return std::optional(saga.signalled(std::move(signal), now));
            },
            [](const std::optional<Error>&) {});
    }
}

// Gives a claimed run back as it is.
void Engine::let_wait(RunRow run, std::string reason) {
    run.owner.reset();
    run.waits_for.reset();
    if (!reason.empty()) run.waits_for = std::move(reason);
    Mutation mutation;
    mutation.run = run;
    enter();
    parts_.store.post(std::move(mutation), [this, run = std::move(run)](const Outcome& outcome) {
        if (const auto* error = std::get_if<Error>(&outcome)) {
            parts_.log.error(error->message(), {{"run", run.id}});
            parts_.timers.after(settings_.store_retry, [this, run] {
                if (!stopping_) let_wait(run, run.waits_for.value_or(""));
            });
        } else if (run.wake_at) {
            claim_at(*run.wake_at);
        }
        leave();
    });
}

void Engine::take_up(RunRow run, bool suspect) {
    const auto crashes = run.crashes;
    const bool paused = run.status == RunStatus::kPaused;
    const bool late = run.deadline_at && *run.deadline_at <= wall_ms();
    if (run.turn) know_turns();
    if (run.turn && !paused && !late && !turns_.enter(run)) {
        if (suspect) suspect_passed();
        run.wake_at = run.deadline_at;
        const std::string turn = *run.turn;
        return let_wait(std::move(run), "turn: " + turn);
    }
    const auto runner = load(std::move(run), suspect);
    if (!runner) return;
    fault::at("load.after");
    if (paused) return runner->stand_down();
    if (crashes < settings_.poison_crashes) return runner->begin(nullptr);
    const auto aside = [this, crashes](Saga& saga, std::int64_t now) {
        const auto why = "poison: the host died " + std::to_string(crashes) +
                         " times in a row while it was under way, at " + saga.open_steps();
        parts_.log.error("a run is set aside", {{"run", saga.run().id}, {"reason", why}});
        return saga.pause(why, now);
    };
    runner->act(aside, [](const std::optional<Error>&) {});
}

// The one that was tried has answered, or stands: the next one.
void Engine::suspect_passed() {
    {
        const std::lock_guard lock(mutex_);
        suspect_runs_ = false;
    }
    claim_due();
}

std::size_t Engine::recover() {
    {
        const std::lock_guard lock(mutex_);
        claims_ = true;
    }
    watch_clock();
    std::size_t left = 0;
    while (const auto moved = parts_.store.sweep(host_id_, wall_ms(), kBatch)) {
        left += moved;
        fault::at("sweep.between");
    }
    if (left > 0) parts_.metrics.taken_over("crash", left);
    parts_.store.wake("plugin", wall_ms());
    if (!is_calm()) return left;
    know_turns();
    claim_due();
    return left;
}

// Counts the starts that followed one another without an orderly end.
bool Engine::is_calm() {
    const auto now = wall_ms();
    const auto storm = settings_.storm_within.count();
    auto starts = json::parse(parts_.store.note("starts"), nullptr, false);
    if (!starts.is_array()) starts = json::array();
    starts.push_back(now);
    while (starts.size() > settings_.storm_starts) starts.erase(0);
    parts_.store.put_note("starts", starts.dump());
    const auto first = starts.front().get<std::int64_t>();
    if (starts.size() < settings_.storm_starts || now - first >= storm) return true;
    {
        const std::lock_guard lock(mutex_);
        calm_at_ = now + storm;
    }
    parts_.log.error("the host was started " + std::to_string(starts.size()) + " times within " +
                     std::to_string((now - first) / 1000) +
                     " s without an orderly end: it takes up no runs for " +
                     std::to_string(storm / 1000) + " s");
    parts_.timers.after(settings_.storm_within, [this] {
        parts_.pool.submit([this] {
            {
                const std::lock_guard lock(mutex_);
                calm_at_.reset();
            }
            if (stopping_) return;
            parts_.log.info("the host takes up runs again");
            know_turns();
            claim_due();
        });
    });
    return false;
}

std::optional<std::int64_t> Engine::calm_at() const {
    const std::lock_guard lock(mutex_);
    return calm_at_;
}

void Engine::know_turns() {
    std::call_once(turns_known_, [this] { line_up_turns(); });
}

// Those that had begun hold their turns; the others line up behind them.
void Engine::line_up_turns() {
    const auto runs = parts_.store.turns();
    const auto waits = [](const RunRow& run) {
        return run.waits_for && run.waits_for->starts_with("turn:");
    };
    for (const auto& run : runs) {
        if (!waits(run)) turns_.take(run);
    }
    for (const auto& run : runs) {
        if (!waits(run) || !turns_.enter(run)) continue;
        if (claims_) claim_one(run.id);
    }
}

void Engine::next_turn(const RunRow& run) {
    if (const auto next = turns_.leave(run)) claim_one(*next);
}

void Engine::claim_at(std::int64_t when) {
    const std::lock_guard lock(mutex_);
    if (!claims_ || stopping_ || when >= claims_at_) return;
    if (claims_at_ != INT64_MAX) parts_.timers.cancel(claims_timer_);
    claims_at_ = when;
    const std::chrono::milliseconds delay(std::max<std::int64_t>(when - wall_ms(), 0));
    claims_timer_ = parts_.timers.after(delay, [this] { claim_due(); });
}

// Without claims only what this process began goes on.
void Engine::wake_later(const std::string& run_id, std::int64_t when) {
    if (claims_) return claim_at(when);
    const std::chrono::milliseconds delay(std::max<std::int64_t>(when - wall_ms(), 0));
    parts_.timers.after(delay, [this, run_id] {
        if (!stopping_) claim_one(run_id);
    });
}

void Engine::claim_due() {
    std::size_t room = 0;
    bool suspects = false;
    {
        const std::lock_guard lock(mutex_);
        claims_at_ = INT64_MAX;
        if (!claims_ || stopping_ || calm_at_) return;
        if (claiming_) {
            claim_again_ = true;
            return;
        }
        room = runs_.size() < settings_.max_runs ? settings_.max_runs - runs_.size() : 0;
        if (room == 0) return;  // whoever stands next asks again
        claiming_ = true;
        suspects = !std::exchange(suspect_runs_, true);
        ++active_;
    }
    const auto limit = std::min<std::int64_t>(kBatch, static_cast<std::int64_t>(room));
    parts_.store.claim_due(host_id_, wall_ms(), limit, suspects, [this, suspects](Due due) {
        parts_.pool.submit([this, suspects, due = std::move(due)]() mutable {
            claimed(std::move(due), suspects);
        });
    });
}

// `suspects`: one of those whose host died may be among them, to be tried alone.
void Engine::claimed(Due due, bool suspects) {
    bool tries = false;
    for (auto& run : due.runs) {
        fault::at("claim.after");
        parts_.metrics.claimed(static_cast<double>(wall_ms() - *run.wake_at) / 1000);
        run.wake_at.reset();
        const bool suspect = run.crashes > 0;
        tries = tries || suspect;
        if (!stopping_) take_up(std::move(run), suspect);
    }
    bool again = false;
    {
        const std::lock_guard lock(mutex_);
        claiming_ = false;
        if (suspects && !tries) suspect_runs_ = false;
        again = std::exchange(claim_again_, false);
    }
    if (due.failed) {
        claim_at(wall_ms() + settings_.store_retry.count());
    } else if (due.next) {
        claim_at(*due.next);
    }
    if (again) claim_due();
    leave();
}

// A run that stands and has to look again: its turn has come, or a signal.
void Engine::claim_one(const std::string& run_id) {
    enter();
    parts_.store.claim(run_id, host_id_, [this, run_id](std::optional<RunRow> run) {
        parts_.pool.submit([this, run_id, run = std::move(run)]() mutable {
            if (run && !stopping_) {
                take_up(std::move(*run), false);
            } else if (!run && !stopping_) {
                gone(run_id);
            }
            leave();
        });
    });
}

// It could not be claimed: over meanwhile, or owned, or the store does not serve.
void Engine::gone(const std::string& run_id) {
    try {
        const auto row = parts_.store.run(run_id);
        if (row && row->turn && is_over(row->status)) {
            next_turn(*row);
        }
        if (!row || is_over(row->status)) return;
        const auto runner = find(run_id);
        if (row->owner && runner && runner->is_live()) return;
    } catch (const Error&) {
        parts_.log.warn("a run is looked for again", {{"run", run_id}});
    }
    parts_.timers.after(settings_.store_retry, [this, run_id] {
        if (!stopping_) claim_one(run_id);
    });
}

// A start that failed without saying whether it was written: if it was, it goes on.
void Engine::look_for(const std::string& run_id) {
    enter();
    parts_.timers.after(settings_.store_retry, [this, run_id] {
        parts_.pool.submit([this, run_id] {
            bool again = false;
            try {
                auto row = parts_.store.run(run_id);
                if (row && !is_over(row->status) && !find(run_id) && !stopping_) {
                    if (row->owner == host_id_) {
                        take_up(std::move(*row), false);
                    } else if (!row->owner) {
                        claim_one(run_id);
                    }
                }
            } catch (const Error&) {
                again = !stopping_;
            }
            if (again) look_for(run_id);
            leave();
        });
    });
}

}  // namespace gantry::host
