// Longer than 400 lines since all of it is one strand's; what could stand apart does: run_writes,
// run_calls, step_call, write_back.
//
// A step that changes nothing before its record_undo may begin before the rows that lead to it are
// durable: they are held, and written together with its undo data, its end, or what comes first.
#include "flow/runner.hpp"

#include "flow/answers.hpp"
#include "flow/run_log.hpp"
#include "flow/step_call.hpp"
#include "flow/write_back.hpp"

#include <algorithm>
#include <random>

namespace gantry::host {
namespace {

using fault::Point;

constexpr auto kHoldAtMost = std::chrono::milliseconds(20);
constexpr gantry_status kDropped = GANTRY_E_CONFLICT;  // of a write; the store has no such error

double random_unit() {
    thread_local std::minstd_rand engine(std::random_device{}());
    return std::uniform_real_distribution<double>(0.0, 1.0)(engine);
}

Error stale() { return {GANTRY_E_STALE, "another host owns this run now"}; }

}  // namespace

Runner::Runner(RunOwner& owner, std::shared_ptr<const Plan> plan, RunRow run)
    : owner_(owner),
      id_(run.id),
      workflow_(run.workflow),
      strand_(owner.engine),
      load_is_posted_(true),
      clock_offset_(owner.store.clock().offset()),
      plan_(std::move(plan)),
      saga_(std::make_unique<Saga>(*plan_, owner.settings.retries, std::move(run),
                                   std::vector<StepRow>{})),
      writes_(std::make_unique<RunWrites>(owner.store, *saga_)) {
    move_strand();
}

Runner::Runner(RunOwner& owner, ClaimedRun claimed, bool suspect)
    : owner_(owner),
      id_(claimed.run.id),
      workflow_(claimed.run.workflow),
      strand_(owner.load),
      load_is_posted_(false),
      clock_offset_(owner.store.clock().offset()),
      claimed_(std::move(claimed)),
      holds_turn_(claimed_->holds_turn),
      suspect_(suspect) {}

void Runner::move_strand() {
    if (plan_->definition.uses_jq) {
        strand_.move_to(owner_.jq, workflow_);
    } else {
        strand_.move_to(owner_.engine);
    }
}

template <typename Fn>
void Runner::post(Fn fn) {
    // An event of its own, so that what the next one computes is not computed by who loads.
    if (!load_is_posted_.exchange(true)) queue([](Runner&) {});
    queue(std::move(fn));
}

// What throws here is a defect, or no memory: this run is set aside, the others go on. A stop waits
// for it: an event of a pool that has ended would never run, and the run would hold itself.
template <typename Fn>
void Runner::queue(Fn fn) {
    strand_.post(
        [busy = Busy::Hold(owner_.busy), self = shared_from_this(), fn = std::move(fn)]() mutable {
            try {
                if (!self->saga_ && !self->stands_) self->load();
                fn(*self);
            } catch (const std::exception& e) {
                self->set_aside(std::string("poison: it could not be driven on: ") + e.what());
            }
        });
}

// The first event of a claimed run finds it without its saga.
void Runner::load() {
    fault::at("load.after");
    try {
        auto fit = owner_.plans.of_run(claimed_->run);
        if (!fit.misfit.is_none()) {
            owner_.log.warn("a run waits: " + fit.misfit.why, {{"run", id_}});
        }
        plan_ = std::move(fit.plan);
        saga_ = std::make_unique<Saga>(*plan_, owner_.settings.retries, claimed_->run,
                                       claimed_->steps, claimed_->signals, std::move(fit.misfit));
        writes_ = std::make_unique<RunWrites>(owner_.store, *saga_);
        claimed_.reset();
        move_strand();
    } catch (const Error& e) {
        auto run = claimed_->run;
        const bool unreadable = e.code() == GANTRY_E_INTERNAL;
        owner_.log.write(unreadable ? GANTRY_LOG_ERROR : GANTRY_LOG_WARN,
                         (unreadable ? "a run is set aside: " : "a run waits: ") + e.message(),
                         {{"run", id_}});
        if (e.error_class() != GANTRY_CLASS_RETRYABLE) misloaded_ = e;
        if (!misloaded_) {  // the store does not serve
            run.wake_at = now() + owner_.settings.store_retry.count();
        } else if (unreadable && !is_over(run.status)) {
            run.status = RunStatus::kPaused;
            run.wanted = Wanted::kPause;
            run.waits_for = "store: " + e.message();
            run.wake_at.reset();
        } else if (run.status != RunStatus::kPaused && !is_over(run.status)) {  // as it stands
            run.waits_for = "plugin: " + e.message();
            run.wake_at.reset();
        }
        give_back(std::move(run));
    }
}

void Runner::accept(std::function<void(Accepted)> accepted) {
    post([accepted = std::move(accepted)](Runner& self) mutable {
        if (self.owner_.stopping) {
            self.stand_aside(std::nullopt);
            return accepted({host_is_stopping(), self.id_, false});
        }
        self.accepted_ = std::move(accepted);
        self.begun_ = true;
        self.take(self.saga_->begin(self.now()), {});
    });
}

void Runner::go_on() {
    post([](Runner& self) {
        if (self.begun_ || self.stands_ || self.owner_.stopping) return;
        const auto now = self.now();
        auto run = self.row();
        const bool late = run.deadline_at && *run.deadline_at <= now;
        if (run.status == RunStatus::kPaused) {
            run.wake_at.reset();
            return self.give_back(std::move(run));
        }
        if (!self.holds_turn_ && !late) {
            run.waits_for = "turn: " + run.turn.value_or("");
            run.wake_at = run.deadline_at;
            return self.give_back(std::move(run));
        }
        self.begun_ = true;
        if (run.crashes >= self.owner_.settings.poison_crashes) {
            const auto why = "poison: the host died " + std::to_string(run.crashes) +
                             " times in a row while it was under way, at " +
                             self.saga_->open_steps();
            self.owner_.log.error("a run is set aside", {{"run", self.id_}, {"reason", why}});
            if (auto change = self.saga_->pause(why, now)) self.take(std::move(*change), {});
            return;
        }
        self.take(self.saga_->begin(now), {});
    });
}

void Runner::act(Verb verb, std::function<void(Acted)> told) {
    post(
        [verb = std::move(verb), told = std::move(told)](Runner& self) { self.apply(verb, told); });
}

void Runner::apply(const Verb& verb, const std::function<void(Acted)>& told) {
    if (stands_) return told({!misloaded_, misloaded_});
    if (!sets_going(verb, told)) return;
    std::optional<Change> change;
    Error refusal = not_now(row(), verb.fits);
    try {
        change = verb.apply(*saga_, now());
    } catch (const Error& e) {
        refusal = e;
    }
    if (!change) {
        told({false, refusal});
        if (!begun_) give_back(row());
        return;
    }
    begun_ = true;
    take(std::move(*change), [told](std::optional<Error> e) {
        const bool stands = e && e->code() == kDropped;
        told({stands, stands ? std::nullopt : std::move(e)});
    });
}

// Whether a verb may set its run going: not where another run holds its turn.
bool Runner::sets_going(const Verb& verb, const std::function<void(Acted)>& told) {
    if (holds_turn_) return true;
    if (verb.takes_turn && is_over(row().status)) {
        told({false, Error(GANTRY_E_REJECTED,
                           "run " + id_ + " is " + std::string(to_string(row().status)) +
                               ": another run of its \"exclusive\" value is under way; ask again "
                               "after that",
                           GANTRY_EF_NOT_APPLIED)});
        give_back(row());
        return false;
    }
    if (!verb.goes_on || row().status != RunStatus::kPaused) return true;
    auto run = row();
    run.status = RunStatus::kWaiting;
    run.wanted = Wanted::kRun;
    run.waits_for = "turn: " + run.turn.value_or("");
    run.wake_at = run.deadline_at;
    give_back(std::move(run),
              [told](bool written) {
                  told({!written, {}});
              },
              {saga_->resumed(verb.asked, now())});
    return false;
}

void Runner::supply(std::string path, Side side, StepEnd end, std::function<void(Acted)> told) {
    post(
        [path = std::move(path), side, end = std::move(end), told = std::move(told)](Runner& self) {
            const auto task = self.stands_ ? std::nullopt : self.saga_->calling(path, side);
            const auto done = [told](std::optional<Error> e) { told({false, std::move(e)}); };
            if (task && self.calls_.answer(*task, end, done)) return;
            const Verb verb{[&](Saga& saga, std::int64_t now) {
                                return saga.supply(path, side, end, now, random_unit());
                            },
                            nobody_waits(side)};
            self.apply(verb, told);
        });
}

void Runner::signalled(SignalRow signal, std::function<void(std::optional<Error>)> told) {
    post([signal = std::move(signal), told = std::move(told)](Runner& self) {
        if (self.saga_ && !self.saga_->takes_signals()) {
            return told(not_now(self.row(), kTakesSignals));
        }
        told(std::nullopt);
        if (self.stands_) {  // its row may say that it waits for this one
            if (self.has_stood_) return self.owner_.look_at(self.id_);
            self.signal_at_end_ = true;
            return;
        }
        auto change = self.saga_->signalled(signal, self.now());
        if (change && !change->is_nothing()) self.take(std::move(*change), {});
    });
}

void Runner::clock_set(std::int64_t offset) {
    post([offset](Runner& self) {
        const auto by = WallClock::between(std::exchange(self.clock_offset_, offset), offset);
        if (by == 0 || self.stands_ || !self.begun_) return;
        auto change = self.saga_->clock_stepped(by, self.now());
        self.owner_.timers.cancel(self.wake_timer_);
        self.wakes_at_.reset();
        if (change.is_nothing()) return self.wake_when_due();
        self.take(std::move(change), {});
    });
}

void Runner::let_go() {
    post([](Runner& self) {
        self.stands_ = true;
        self.calls_.let_go();
        self.owner_.timers.cancel(self.wake_timer_);
        self.owner_.timers.cancel(self.hold_timer_);
    });
}

// Takes over what the saga wants written and done.
void Runner::take(Change change, Told told) {
    withdraw(change.withdraw);
    for (const auto task : change.cancel) calls_.cancel(task);
    stands_ = stands_ || change.stands;
    std::vector<CallCommand> early;
    const bool held = may_begin_early(change);
    if (held) early = std::exchange(change.calls, {});
    writes_->add(std::move(change), std::move(told));
    if (!held) {
        owner_.timers.cancel(std::exchange(hold_timer_, 0));
        send();
    } else if (hold_timer_ == 0) {
        hold_timer_ = owner_.timers.after(kHoldAtMost, [weak = weak_from_this()] {
            const auto self = weak.lock();
            if (!self) return;
            self->post([](Runner& at) {
                at.hold_timer_ = 0;
                at.send();
            });
        });
    }
    wake_when_due();
    begin_calls(std::move(early));
}

// Calls that have not begun do not; also those whose rows are not durable yet.
void Runner::withdraw(const std::vector<std::size_t>& tasks) {
    for (const auto task : tasks) {
        if (calls_.has(task)) {
            calls_.withdraw(task);
        } else {
            withdrawn_.insert(task);
        }
    }
}

// Only calls that promise to change nothing before their undo data is durable.
bool Runner::may_begin_early(const Change& change) const {
    if (change.calls.empty() || change.stands || owner_.stopping) return false;
    // A keyed start may be known already, and a turn be another's: its rows first.
    const auto& run = saga_->run();
    if ((change.accept || writes_->accepts()) && (run.idem_key || run.turn)) return false;
    return std::all_of(change.calls.begin(), change.calls.end(), [this](const CallCommand& call) {
        return call.at.side == Side::kInvoke && !call.undo &&
               saga_->traits(call.at.task).records_undo;
    });
}

void Runner::send() {
    if (!writes_ || !writes_->anything()) return;
    if (writes_->in_flight() && !fault::without("one_write")) return;
    pass(point_of(writes_->next(), /*after=*/false));
    writes_->send([busy = Busy::Hold(owner_.busy), self = shared_from_this()](auto write,
                                                                              Outcome outcome) {
        self->post([write = std::move(write), outcome = std::move(outcome)](Runner& at) mutable {
            at.written(*write, std::move(outcome));
        });
    });
}

void Runner::written(RunWrite& write, Outcome outcome) {
    writes_->landed();
    if (const auto* how = std::get_if<Committed>(&outcome)) {
        return committed(write, *how);
    }
    if (const auto* error = std::get_if<Error>(&outcome)) return failed(write, *error);
    std::function<void(Accepted)> accepted = std::exchange(accepted_, nullptr);
    if (const auto* known = std::get_if<Known>(&outcome)) {
        const auto answer = accepted_before(known->run, saga_->run().input);
        stand_aside(std::nullopt);
        return accepted(answer);
    }
    if (std::holds_alternative<Waits>(outcome)) {
        owner_.metrics.run_started(workflow_);
        log_accepted(owner_.log, saga_->run(), fields());
        accepted({std::nullopt, id_, false});
        Stand stand{saga_->run(), {}};
        stand.run.status = RunStatus::kWaiting;
        stand.run.owner.reset();
        stand.run.wake_at = stand.run.deadline_at;
        return stand_aside(stand);
    }
    owner_.log.error("another host owns this run now; its own answer is dropped",
                     {{"run", id_}, {"workflow", workflow_}});
    for (const auto& told : write.told) told(stale());
    stand_aside(std::nullopt);
}

void Runner::committed(RunWrite& write, const Committed& how) {
    pass(point_of(write.change, /*after=*/true));
    if (how.made_due) owner_.made_due();
    if (write.change.accept) {
        owner_.metrics.run_started(workflow_);
        log_accepted(owner_.log, saga_->run(), fields());
    }
    if (accepted_) std::exchange(accepted_, nullptr)({std::nullopt, id_, false});
    for (const auto& told : write.told) told(std::nullopt);
    if (write.change.stands) return stood();
    begin_calls(std::move(write.change.calls));
    if (hold_timer_ == 0) send();
}

// Not known to have failed: the same rows are written again, which is harmless if they were.
void Runner::failed(RunWrite& write, const Error& error) {
    owner_.log.error(error.message(), {{"run", id_}, {"workflow", workflow_}});
    const bool accepts = write.change.accept && accepted_;  // that is for its caller to repeat
    const bool again = error.error_class() == GANTRY_CLASS_RETRYABLE && !given_back_ && !accepts;
    for (const auto& told : write.told) told(again ? written_later(error) : error);
    write.told.clear();
    if (accepts) {
        const auto accepted = std::exchange(accepted_, nullptr);
        stand_aside(std::nullopt);
        // Refused for certain, or nobody knows: then it is looked for.
        if ((error.flags() & GANTRY_EF_NOT_APPLIED) == 0) owner_.look_for(id_);
        return accepted({error, id_, false});
    }
    if (given_back_) return;  // as it was, and later rows of its own
    if (!again) return set_aside("store: " + error.message());
    writes_->add_again(std::move(write));
    owner_.timers.after(owner_.settings.store_retry, [self = shared_from_this()] {
        self->post([](Runner& at) {
            if (!at.owner_.stopping) at.send();
        });
    });
}

void Runner::stood() {
    const auto& run = saga_->run();
    if (is_over(run.status)) {
        owner_.metrics.run_finished(workflow_, to_string(run.status),
                                    static_cast<double>(*run.finished_at - run.created_at) / 1000);
        log_ended(owner_.log, run, fields());
    }
    stand_aside(Stand{run, saga_->unreverted()});
}

// What is still under way here no longer counts.
void Runner::stand_aside(const std::optional<Stand>& stand) {
    stands_ = true;
    has_stood_ = true;
    calls_.cancel_all();
    owner_.timers.cancel(std::exchange(wake_timer_, 0));
    no_longer_suspect();
    drop_what_is_not_sent();
    owner_.stood(*this, stand);
    if (const auto accepted = std::exchange(accepted_, nullptr)) {
        accepted({Error(GANTRY_E_INTERNAL, "the run could not be begun", GANTRY_EF_NOT_APPLIED),
                  id_, false});
    }
    if (signal_at_end_) owner_.look_at(id_);
}

// The row that the run gets now is not the one that those rows belong to.
void Runner::drop_what_is_not_sent() {
    owner_.timers.cancel(std::exchange(hold_timer_, 0));
    if (!writes_) return;
    for (const auto& told : writes_->drop()) {
        told(Error(kDropped, "the run has come to stand", GANTRY_EF_NOT_APPLIED));
    }
}

// Nobody goes on with it until it is claimed again.
void Runner::give_back(RunRow run, std::function<void(bool written)> told,
                       std::vector<EventRow> events) {
    stands_ = true;
    given_back_ = true;
    drop_what_is_not_sent();
    write_back(
        owner_, std::move(run),
        [self = shared_from_this(), told = std::move(told)](std::optional<RunRow> written) {
            self->post([written = std::move(written), told](Runner& at) {
                at.stand_aside(written ? std::optional(Stand{*written, {}}) : std::nullopt);
                if (told) told(written.has_value());
            });
        },
        std::move(events));
}

// It cannot be written, or not be driven: a person has to look at it.
void Runner::set_aside(const std::string& why) {
    owner_.log.error("a run is set aside", {{"run", id_}, {"reason", why}});
    if (has_stood_) return;  // its last row is written
    calls_.cancel_all();
    auto run = row();
    run.status = RunStatus::kPaused;
    run.wanted = Wanted::kPause;
    run.waits_for = why;
    run.wake_at.reset();
    run.output.reset();
    run.finished_at.reset();
    give_back(std::move(run));
}

void Runner::begin_calls(std::vector<CallCommand> calls) {
    if (stands_) return;
    for (auto& command : calls) {
        // Where the host stops the rows say so, too: the next one takes it for none that was cut.
        if (withdrawn_.erase(command.at.task) == 0 && !owner_.stopping) {
            call(std::move(command));
            continue;
        }
        StepEnd end;
        end.withdrawn = true;
        post([at = command.at, end](Runner& self) { self.ended(at, end, {}); });
    }
}

void Runner::call(CallCommand command) {
    const StepSide at = command.at;
    const auto began = Timers::Clock::now();
    AttemptEvents events;
    events.record = [self = shared_from_this(), task = at.task](std::string undo, Told done) {
        self->record_undo(task, std::move(undo), std::move(done));
    };
    events.handed_over = [self = shared_from_this(), task = at.task] {
        self->post([task](Runner& runner) {
            runner.calls_.handed_over(task);
            runner.no_longer_suspect();
        });
    };
    events.ended = [self = shared_from_this(), at, began](StepEnd end) {
        self->pass(at.side == Side::kInvoke ? Point("effect.after") : Point("undo.after"));
        self->post([at, began, end = std::move(end)](Runner& runner) mutable {
            runner.ended(at, std::move(end), began);
        });
    };
    auto attempt = owner_.steps.attempt(step_call(*saga_, owner_.settings, std::move(command)),
                                        std::move(events));
    calls_.add(at.task, attempt, std::make_shared<const Busy::Hold>(owner_.busy));
    pass(at.side == Side::kInvoke ? Point("effect.before") : Point("undo.before"));
    attempt->begin();
}

void Runner::ended(StepSide at, StepEnd end, Timers::Clock::time_point began) {
    auto answered = calls_.ended(at.task);
    if (stands_) {
        if (answered.told) answered.told(stale());
        return;
    }
    end.supplied = std::move(answered.asked);
    if (!end.withdrawn) count_end(owner_, *saga_, at, end, began);
    auto change = saga_->ended(at, std::move(end), now(), random_unit());
    take(std::move(change), std::move(answered.told));
    no_longer_suspect();
}

void Runner::record_undo(std::size_t task, std::string undo, Told done) {
    post([task, undo = std::move(undo), done = std::move(done)](Runner& self) mutable {
        auto change = self.stands_ ? std::nullopt
                                   : self.saga_->undo_recorded(task, std::move(undo), self.now());
        if (!change) return done(Error(GANTRY_E_STALE, "this call is over"));
        if (fault::without("undo_wait")) {  // the mutant: it is written with whatever comes next
            self.writes_->add(std::move(*change), {});
            return done(std::nullopt);
        }
        self.take(std::move(*change), [done = std::move(done)](std::optional<Error> error) {
            if (error) {
                error = Error(GANTRY_E_UNAVAILABLE, error->message(), GANTRY_EF_NOT_APPLIED);
            }
            done(std::move(error));
        });
    });
}

void Runner::wake_when_due() {
    const auto next = stands_ ? std::nullopt : saga_->next_wake();
    if (next == wakes_at_) return;
    if (wakes_at_) owner_.timers.cancel(wake_timer_);
    wakes_at_ = next;
    if (!next) return;
    const std::chrono::milliseconds delay(std::max<std::int64_t>(*next - now(), 0));
    wake_timer_ = owner_.timers.after(delay, [weak = weak_from_this()] {
        if (const auto self = weak.lock()) self->post([](Runner& at) { at.woken(); });
    });
}

void Runner::woken() {
    if (stands_ || owner_.stopping) return;
    wakes_at_.reset();
    auto change = saga_->wake(now());
    if (change.is_nothing()) return wake_when_due();
    take(std::move(change), {});
}

void Runner::no_longer_suspect() {
    if (std::exchange(suspect_, false) && !fault::without("suspect")) owner_.suspect_passed();
}

// A fault that a test has armed; one that is an error changes nothing here.
void Runner::pass(fault::Point point) const {
    try {
        fault::at(point);
    } catch (const Error& e) {
        owner_.log.warn(e.message(), {{"run", id_}});
    }
}

fault::Point Runner::point_of(const Change& change, bool after) const {
    if (change.accept) return after ? Point("accept.after") : Point("accept.before");
    if (!change.stands) return after ? Point("advance.after") : Point("advance.before");
    if (!is_over(saga_->run().status) && after) return Point("park.after");
    return after ? Point("finish.after") : Point("finish.before");
}

}  // namespace gantry::host
