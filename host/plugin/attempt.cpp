// The end is told when the call is over and the plugin's function has returned; a late one gets
// some time to return, so that an undo does not overtake its write. Then it is given up.
#include "plugin/attempt.hpp"

namespace gantry::host {
namespace {

std::string in_words(std::chrono::milliseconds time) {
    const auto ms = time.count();
    return ms % 1000 == 0 ? std::to_string(ms / 1000) + " s" : std::to_string(ms) + " ms";
}

}  // namespace

Attempt::Attempt(AttemptWork work, Pool& pool, Timers& timers, std::chrono::milliseconds timeout,
                 std::shared_ptr<ActiveCall> call, std::function<void(StepEnd)> ended)
    : work_(std::move(work)),
      pool_(pool),
      timers_(timers),
      timeout_(timeout),
      call_(std::move(call)),
      ended_(std::move(ended)) {
    call_->what = work_.what;
    if (work_.of_plugin) call_->module = work_.module;
}

void Attempt::begin() {
    if (!module().container().settings().debug) return enter();
    pool_.submit([self = shared_from_this()] { self->enter(); });
}

void Attempt::enter() {
    auto self = shared_from_this();
    if (!module().slots().take_or_queue([self] { self->enter(); })) return;
    run(std::make_shared<SlotHold>(module().slots()));
}

std::optional<Error> Attempt::why_not() const {
    if (!call_->cancelled) return work_.refuse();
    return Error(GANTRY_E_CANCELLED, work_.what + " was cancelled before it began",
                 GANTRY_EF_NOT_APPLIED);
}

void Attempt::run(std::shared_ptr<SlotHold> slot) {
    if (const auto error = why_not()) module().calls().close(call_, {{}, {}, error});
    if (!call_->over) open();
    if (!call_->over) {
        const Pool::Blocking blocking(pool_);
        work_.run(call_, std::move(slot));
    }
    slot.reset();
    returned();
}

void Attempt::open() {
    const auto& settings = module().container().settings();
    call_->deadline = settings.deadline(timeout_);
    if (work_.async)
        call_->completed = [weak = weak_from_this()] {
            if (const auto self = weak.lock()) self->completed();
        };
    module().calls().open(call_);
    const std::lock_guard lock(mutex_);
    deadline_ = timers_.at(call_->deadline,
                           [self = shared_from_this()] { self->expired(self->too_late()); });
    if (work_.heartbeat && !settings.debug) listen(call_->last_beat);
    if (call_->cancelled) tell_soon();  // while it was being opened
}

void Attempt::listen(Timers::Clock::time_point last_beat) {
    heartbeat_ =
        timers_.at(last_beat + 2 * *work_.heartbeat, [self = shared_from_this()] { self->hear(); });
}

void Attempt::hear() {
    if (call_->over) return;  // it can beat no more; its deadline counts
    const auto last_beat = call_->last_beat.load();
    if (last_beat + 2 * *work_.heartbeat > Timers::Clock::now()) {
        const std::lock_guard lock(mutex_);
        if (!finished_) listen(last_beat);
        return;
    }
    expired({GANTRY_E_DEADLINE,
             work_.what + " sent no heartbeat for " + in_words(2 * *work_.heartbeat) +
                 "; whether it took effect is unknown",
             GANTRY_EF_MAYBE_APPLIED});
}

Error Attempt::too_late() const {
    return {GANTRY_E_DEADLINE,
            work_.what + " did not end within " + std::to_string(timeout_.count()) +
                " ms; whether it took effect is unknown",
            GANTRY_EF_MAYBE_APPLIED};
}

Error Attempt::unanswered() const {
    return {GANTRY_E_MISUSE,
            work_.what + " of plugin " + module().manifest().id +
                " returned without completing its call",
            GANTRY_EF_MAYBE_APPLIED};
}

void Attempt::returned() {
    module().container().stuck().returned(*call_, module());
    if (!work_.async || call_->over) {
        module().calls().close(call_, {{}, {}, call_->late() ? too_late() : unanswered()});
    }
    {
        const std::lock_guard lock(mutex_);
        returned_ = true;
        if (!call_->over || finished_) return;
        finished_ = true;
    }
    finish();
}

// An asynchronous step has answered, or somebody outside has, on any thread: only enqueue.
void Attempt::completed() {
    const std::lock_guard lock(mutex_);
    if (returned_ && !finished_) finish_soon();
}

void Attempt::finish_soon() {
    finished_ = true;
    pool_.submit([self = shared_from_this()] { self->finish(); });
}

void Attempt::cancel() {
    if (call_->over) return;
    call_->cancelled = true;
    const std::lock_guard lock(mutex_);
    if (deadline_ != 0) tell_soon();
}

void Attempt::tell_soon() {
    pool_.submit([self = shared_from_this()] { self->tell_to_stop(); });
}

// The plugin, and those whose services it is calling.
void Attempt::tell_to_stop() {
    auto calls = module().calls().below(*call_);
    calls.push_back(call_);
    for (const auto& call : calls) {
        if (call->module == nullptr) continue;
        const auto cancel = call->module->library().table().cancel;
        auto* instance = call->module->instance();
        if (cancel == nullptr || instance == nullptr) continue;
        auto running = call->module->running(*call);
        running.within = std::exchange(running.what, "cancel");
        const InFlight::Mark mark(module().container().in_flight(), running);
        cancel(instance, call->number);
    }
}

bool Attempt::complete(StepEnd end) {
    if (!module().calls().close(call_, {std::move(end.output), std::move(end.undo), end.error})) {
        return false;
    }
    completed();
    return true;
}

void Attempt::expired(const Error& why) {
    const bool ended = module().calls().close(call_, {{}, {}, why});
    const std::lock_guard lock(mutex_);
    if (ended) tell_soon();
    if (finished_) return;
    if (returned_) return finish_soon();
    timers_.after(module().container().settings().grace,
                  [self = shared_from_this()] { self->give_up(); });
}

void Attempt::give_up() {
    if (!module().container().stuck().give_up(*call_, module())) return;
    const std::lock_guard lock(mutex_);
    if (!finished_) finish_soon();
}

void Attempt::finish() {
    {
        const std::lock_guard lock(mutex_);
        timers_.cancel(deadline_);
        timers_.cancel(heartbeat_);
    }
    CallEnd end;
    {
        const std::lock_guard lock(call_->mutex);
        end = std::move(call_->end);
    }
    ended_({std::move(end.output), std::move(end.undo), std::move(end.error)});
}

}  // namespace gantry::host
