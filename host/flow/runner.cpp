// A commit completes on the writer's thread, which only hands on to the pool.
#include "flow/runner.hpp"

#include "base/clock.hpp"
#include "base/error_json.hpp"

#include <random>

namespace gantry::host {
namespace {

double random_unit() {
    thread_local std::minstd_rand engine(std::random_device{}());
    return std::uniform_real_distribution<double>(0.0, 1.0)(engine);
}

}  // namespace

Runner::Runner(Engine& engine, std::shared_ptr<const Plan> plan, RunRow run,
               std::vector<StepRow> steps)
    : engine_(engine),
      plan_(std::move(plan)),
      saga_(*plan_, engine.settings_.retries, std::move(run), std::move(steps)),
      id_(saga_.run().id),
      workflow_(saga_.run().workflow) {}

void Runner::begin(std::function<void(Accepted)> accepted) {
    accepted_ = std::move(accepted);
    engine_.enter();
    Change change;
    {
        const std::lock_guard lock(mutex_);
        change = saga_.begin(wall_ms());
    }
    perform(std::move(change));
    engine_.leave();
}

void Runner::perform(Change change) {
    engine_.enter();
    std::unique_lock lock(mutex_);
    auto mutation = saga_.mutation(change);
    // Posted under the lock: rows reach the store in the order the saga made them.
    engine_.parts_.store.post(
        std::move(mutation),
        [self = shared_from_this(), change = std::move(change)](Outcome outcome) mutable {
            auto& pool = self->engine_.parts_.pool;
            pool.submit([self = std::move(self), change = std::move(change),
                         outcome = std::move(outcome)]() mutable {
                auto& engine = self->engine_;
                self->committed(std::move(change), std::move(outcome));
                self.reset();
                engine.leave();
            });
        });
}

void Runner::committed(Change change, Outcome outcome) {
    if (!std::holds_alternative<Committed>(outcome)) {
        return refused(std::move(change), std::move(outcome));
    }
    if (change.accept && accepted_) {
        std::exchange(accepted_, nullptr)({std::nullopt, id_, false});
    }
    bool stands_still = change.over;
    if (!change.call && !change.over) {
        const std::lock_guard lock(mutex_);
        stands_still = saga_.run().status == RunStatus::kPaused;
    }
    if (stands_still) return engine_.over(id_);
    if (!change.call || engine_.stopping_) return;  // what is left is resumed at the next start
    if (change.call->delay.count() > 0) return call_later(std::move(*change.call));
    call(std::move(*change.call));
}

void Runner::refused(Change change, Outcome outcome) {
    if (auto* known = std::get_if<Known>(&outcome)) {
        Accepted answer{std::nullopt, known->run.id, true};
        if (parse(known->run.input) != parse(saga_.run().input)) {
            answer.error = Error(
                kKeyReused,
                "the idempotency key was used before with another input, by run " + known->run.id,
                GANTRY_EF_NOT_APPLIED);
        }
        engine_.over(id_);
        return std::exchange(accepted_, nullptr)(std::move(answer));
    }
    if (std::holds_alternative<Stale>(outcome)) {
        engine_.parts_.log.error("another host owns this run now; its own answer is dropped",
                                 {{"run", id_}, {"workflow", workflow_}});
        return engine_.over(id_);
    }
    const auto& error = std::get<Error>(outcome);
    engine_.parts_.log.error(error.message(), {{"run", id_}, {"workflow", workflow_}});
    if (change.accept && accepted_) {
        engine_.over(id_);
        return std::exchange(accepted_, nullptr)({error, id_, false});
    }
    // Not known to have failed: the same rows are written again, which is harmless if they were.
    engine_.parts_.timers.after(engine_.settings_.store_retry,
                                [self = shared_from_this(), change = std::move(change)]() mutable {
                                    if (!self->engine_.stopping_) self->perform(std::move(change));
                                });
}

void Runner::call_later(CallCommand command) {
    const auto delay = std::exchange(command.delay, {});
    engine_.parts_.timers.after(
        delay, [self = shared_from_this(), command = std::move(command)]() mutable {
            auto& pool = self->engine_.parts_.pool;
            pool.submit([self = std::move(self), command = std::move(command)]() mutable {
                if (!self->engine_.stopping_) self->call(std::move(command));
            });
        });
}

void Runner::call(CallCommand command) {
    const StepSide at = command.at;
    const auto& traits = plan_->steps[at.step];
    const auto& settings = engine_.settings_;
    StepCall call;
    call.run_id = id_;
    call.workflow = workflow_;
    call.module = traits.module;
    call.name = traits.name;
    call.side = at.side;
    call.attempt = static_cast<std::uint32_t>(command.attempt);
    call.key = saga_.key(at);
    call.input = std::move(command.input);
    call.output = std::move(command.output);
    call.undo = std::move(command.undo);
    call.timeout = at.side == Side::kInvoke ? settings.invoke_timeout : settings.compensate_timeout;
    engine_.enter();
    engine_.parts_.steps.begin(
        std::move(call),
        [self = shared_from_this(), step = at.step](auto undo, auto done) {
            self->record_undo(step, std::move(undo), std::move(done));
        },
        [self = shared_from_this(), at](StepEnd end) {
            if (end.error) {
                self->engine_.parts_.log.warn(end.error->message(),
                                              {{"run", self->id_},
                                               {"workflow", self->workflow_},
                                               {"step", self->plan_->steps[at.step].name},
                                               {"side", to_string(at.side)},
                                               {"code", code_name(end.error->code())}});
            }
            Change change;
            {
                const std::lock_guard lock(self->mutex_);
                change = self->saga_.ended(at, std::move(end), wall_ms(), random_unit());
            }
            self->perform(std::move(change));
            self->engine_.leave();
        });
}

void Runner::record_undo(std::size_t step, std::string undo,
                         std::function<void(std::optional<Error>)> done) {
    std::unique_lock lock(mutex_);
    const auto change = saga_.undo_recorded(step, std::move(undo), wall_ms());
    if (!change) {
        lock.unlock();
        return done(Error(GANTRY_E_STALE, "this call is over"));
    }
    engine_.parts_.store.post(saga_.mutation(*change), [done = std::move(done)](Outcome outcome) {
        if (std::holds_alternative<Committed>(outcome)) return done(std::nullopt);
        const auto* error = std::get_if<Error>(&outcome);
        done(Error(GANTRY_E_UNAVAILABLE,
                   error != nullptr ? error->message() : "another host owns this run now",
                   GANTRY_EF_NOT_APPLIED));
    });
}

}  // namespace gantry::host
