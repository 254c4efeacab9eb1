// Between two states, claimed or about to stand, a run is asked again a moment later.
#include "flow/controls.hpp"

#include "base/id.hpp"
#include "flow/answers.hpp"

namespace gantry::host {
namespace {

constexpr auto kMoment = std::chrono::milliseconds(20);

Error not_found(const std::string& run_id) {
    return {GANTRY_E_NOT_FOUND, "Run with id: " + run_id + " was not found", GANTRY_EF_NOT_APPLIED};
}

}  // namespace

class Controls::Asking : public std::enable_shared_from_this<Asking> {
public:
    Asking(RunOwner& owner, Runners& runners, std::string run_id, Do act, const char* fits,
           bool takes_turn, Told told)
        : owner_(owner),
          runners_(runners),
          run_id_(std::move(run_id)),
          act_(std::move(act)),
          fits_(fits),
          takes_turn_(takes_turn),
          told_(std::move(told)) {}

    void begin() {
        timer_ = owner_.timers.after(owner_.settings.verb_patience, [self = shared_from_this()] {
            self->tell(Error(GANTRY_E_UNAVAILABLE,
                             "run " + self->run_id_ +
                                 " has not answered in time; what was asked for may still "
                                 "happen: look at the run"));
        });
        // Never answered on the caller's stack.
        owner_.engine.submit([self = shared_from_this()] { self->step(); });
    }

private:
    void step() {
        if (answered_) return;
        if (owner_.stopping) return tell(host_is_stopping());
        if (const auto runner = runners_.find(run_id_)) return act_at(*runner);
        owner_.store.claim(run_id_, takes_turn_, [self = shared_from_this()](Claim claim) {
            self->claimed(std::move(claim));
        });
    }

    // On the writer's thread: the run has its runner before the next thing is written.
    void claimed(Claim claim) {
        if (claim.error) return tell(std::move(claim.error));
        if (claim.taken) {
            return act_at(*runners_.adopt(std::move(*claim.taken)));
        }
        if (!claim.there) return tell(not_found(run_id_));
        if (claim.there->owner) return again();
        tell(not_now(*claim.there, fits_));
    }

    void act_at(Runner& runner) {
        act_(runner, [self = shared_from_this()](Acted answer) {
            if (answer.stands) return self->again();
            self->tell(std::move(answer.error));
        });
    }

    void again() {
        owner_.timers.after(kMoment, [self = shared_from_this()] { self->step(); });
    }

    void tell(std::optional<Error> error) {
        if (answered_.exchange(true)) return;
        owner_.timers.cancel(timer_);
        told_(std::move(error));
    }

    RunOwner& owner_;
    Runners& runners_;
    const std::string run_id_;
    const Do act_;
    const char* const fits_;
    const bool takes_turn_;
    const Told told_;
    std::atomic<bool> answered_{false};
    std::atomic<Timers::Id> timer_{0};
};

void Controls::begin(const std::string& run_id, Do act, const char* fits, bool takes_turn,
                     Told told) {
    std::make_shared<Asking>(owner_, runners_, run_id, std::move(act), fits, takes_turn,
                             std::move(told))
        ->begin();
}

void Controls::ask(const std::string& run_id, Verb verb, Told told) {
    const char* fits = verb.fits;
    const bool takes_turn = verb.takes_turn;
    begin(
        run_id,
        [verb = std::move(verb)](Runner& runner, std::function<void(Acted)> answered) {
            runner.act(verb, std::move(answered));
        },
        fits, takes_turn, std::move(told));
}

void Controls::supply(const std::string& run_id, const std::string& path, Side side, StepEnd end,
                      Told told) {
    begin(
        run_id,
        [path, side, end = std::move(end)](Runner& runner, std::function<void(Acted)> answered) {
            runner.supply(path, side, end, std::move(answered));
        },
        nobody_waits(side), false, std::move(told));
}

void Controls::signal(const std::string& run_id, SignalRow signal,
                      std::function<void(std::optional<Error>, bool)> told) {
    if (signal.id.empty()) signal.id = make_id();
    signal.created_at = owner_.store.now();
    owner_.store.put_signal(
        run_id, signal, [this, run_id, signal, told = std::move(told)](SignalPut put) {
            if (put.error) return told(std::move(put.error), false);
            if (!put.run) return told(not_found(run_id), false);
            if (put.consumed) return told(std::nullopt, put.known);
            const bool reverts =
                is_over(put.run->status) || put.run->status == RunStatus::kCompensating;
            if (reverts) return told(not_now(*put.run, kTakesSignals), false);
            if (const auto runner = runners_.find(run_id)) {
                return runner->signalled(signal,
                                         [told, known = put.known](std::optional<Error> late) {
                                             told(std::move(late), known);
                                         });
            }
            if (!put.run->owner) runners_.look_again(run_id);
            told(std::nullopt, put.known);
        });
}

}  // namespace gantry::host
