// The end is told when the call is over and the plugin's function has returned; a late one gets
// some time to return, so that an undo does not overtake its write.
#include "plugin/attempt.hpp"

namespace gantry::host {
namespace {

constexpr auto kGrace = std::chrono::seconds(10);

}  // namespace

Attempt::Attempt(Module& module, Pool& pool, Timers& timers, StepCall step, RecordUndo record,
                 std::function<void(StepEnd)> ended)
    : module_(module),
      pool_(pool),
      timers_(timers),
      step_(std::move(step)),
      manifest_(*module.library().step_manifest(step_.name)),
      call_(std::make_shared<ActiveCall>()),
      ended_(std::move(ended)) {
    call_->module = &module_;
    call_->what = "step " + step_.name + (step_.side == Side::kCompensate ? " (compensate)" : "");
    call_->run_id = step_.run_id;
    call_->workflow = step_.workflow;
    call_->key = step_.key;
    if (step_.side == Side::kInvoke) {
        call_->record = std::move(record);
        call_->records_undo = manifest_.records_undo;
        call_->undo_recorded = step_.undo.has_value();
    }
}

void Attempt::begin() {
    auto self = shared_from_this();
    if (!module_.slots().take_or_queue([self] { self->begin(); })) return;
    run();
}

std::optional<Error> Attempt::why_not(const gantry_instance* instance) const {
    if (instance == nullptr) {
        return Error(GANTRY_E_UNAVAILABLE,
                     "module \"" + module_.name() + "\" is not running: " + module_.failure(),
                     GANTRY_EF_NOT_APPLIED);
    }
    const auto* schema = module_.step_input(step_.name);
    if (step_.side == Side::kCompensate || schema == nullptr) return std::nullopt;
    const auto bad = schema->check(step_.input);
    if (bad.empty()) return std::nullopt;
    return Error(GANTRY_E_INVALID_DATA, "step " + step_.name + ": " + joined(bad),
                 GANTRY_EF_NOT_APPLIED);
}

void Attempt::run() {
    auto* instance = module_.instance();
    if (const auto error = why_not(instance)) {
        module_.slots().release();
        return ended_({{}, {}, error});
    }
    call_->deadline = Timers::Clock::now() + step_.timeout;
    if (manifest_.async)
        call_->completed = [weak = weak_from_this()] {
            if (const auto self = weak.lock()) self->completed();
        };
    module_.calls().open(call_);
    {
        const std::lock_guard lock(mutex_);
        deadline_ = timers_.at(call_->deadline, [self = shared_from_this()] { self->expired(); });
    }
    gantry_invocation in{};
    in.struct_size = sizeof in;
    in.attempt = step_.attempt;
    in.call = call_->number;
    in.workflow = str(step_.workflow);
    in.run_id = str(step_.run_id);
    in.idempotency_key = str(step_.key);
    in.input = str(step_.input);
    if (step_.output) in.output = str(*step_.output);
    if (step_.undo) in.undo = str(*step_.undo);
    const auto* step = module_.library().step(step_.name);
    const auto function = step_.side == Side::kInvoke ? step->invoke : step->compensate;
    {
        const Pool::Blocking blocking(pool_);
        function(instance, &in);
    }
    returned();
}

Error Attempt::too_late() const {
    return {GANTRY_E_DEADLINE,
            "step " + step_.name + " did not end within " + std::to_string(step_.timeout.count()) +
                " ms; whether it took effect is unknown",
            GANTRY_EF_MAYBE_APPLIED};
}

Error Attempt::unanswered() const {
    return {GANTRY_E_MISUSE,
            "step " + step_.name + " of plugin " + module_.manifest().id +
                " returned without completing its call",
            GANTRY_EF_MAYBE_APPLIED};
}

void Attempt::returned() {
    bool tell = false;
    {
        const std::lock_guard lock(mutex_);
        returned_ = true;
        if (!manifest_.async && !completed_) {
            module_.calls().close(call_, {{}, {}, call_->late() ? too_late() : unanswered()});
            completed_ = true;
        }
        tell = completed_ && !finished_;
        finished_ = finished_ || tell;
    }
    if (tell) finish();
    if (!manifest_.async) module_.slots().release();
}

// An asynchronous step has answered, on any thread: only enqueue.
void Attempt::completed() {
    const std::lock_guard lock(mutex_);
    completed_ = true;
    if (!returned_ || finished_) return;
    finished_ = true;
    pool_.submit([self = shared_from_this()] { self->finish(); });
}

void Attempt::expired() {
    const bool ended = module_.calls().close(call_, {{}, {}, too_late()});
    if (!ended) return;
    pool_.submit([self = shared_from_this()] {
        const auto cancel = self->module_.library().table().cancel;
        auto* instance = self->module_.instance();
        if (cancel != nullptr && instance != nullptr) cancel(instance, self->call_->number);
    });
    const std::lock_guard lock(mutex_);
    completed_ = true;
    if (finished_) return;
    if (returned_) {
        finished_ = true;
        pool_.submit([self = shared_from_this()] { self->finish(); });
        return;
    }
    timers_.after(kGrace, [self = shared_from_this()] {
        const std::lock_guard again(self->mutex_);
        if (self->finished_) return;
        self->finished_ = true;
        self->pool_.submit([self] { self->finish(); });
    });
}

void Attempt::finish() {
    timers_.cancel(deadline_);
    if (manifest_.async) module_.slots().release();
    CallEnd end;
    {
        const std::lock_guard lock(call_->mutex);
        end = std::move(call_->end);
    }
    ended_({std::move(end.output), std::move(end.undo), std::move(end.error)});
}

}  // namespace gantry::host
