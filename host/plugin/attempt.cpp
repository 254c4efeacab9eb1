// The end is told when the call is over and no function of it is waited for. Every way to there is
// a change of phase under the mutex, so that it is told once; who makes that change on a thread
// that is not the plugin's has the timer tell, and needs no memory for it.
#include "plugin/attempt.hpp"

#include "base/carry_on.hpp"
#include "base/fault.hpp"

namespace gantry::host {
namespace {

std::string in_words(std::chrono::milliseconds time) {
    const auto ms = time.count();
    return ms % 1000 == 0 ? std::to_string(ms / 1000) + " s" : std::to_string(ms) + " ms";
}

CallEnd end_with(gantry_status code, std::string why, std::uint32_t flags) {
    return {{}, {}, Error(code, std::move(why), flags)};
}

}  // namespace

Attempt::Attempt(AttemptWork work, std::chrono::milliseconds timeout,
                 std::shared_ptr<ActiveCall> call, AttemptEvents events)
    : work_(std::move(work)),
      timeout_(timeout),
      call_(std::move(call)),
      events_(std::move(events)),
      not_begun_(end_with(GANTRY_E_UNAVAILABLE, work_.what + " got no thread to begin on",
                          GANTRY_EF_NOT_APPLIED)),
      broken_(end_with(GANTRY_E_INTERNAL, work_.what + " was broken off: the host has no memory",
                       GANTRY_EF_MAYBE_APPLIED)) {
    call_->what = work_.what;
    if (work_.of_plugin) call_->module = work_.module;
}

std::shared_ptr<Attempt> Attempt::make(AttemptWork work, Timers& timers,
                                       std::chrono::milliseconds timeout,
                                       std::shared_ptr<ActiveCall> call, AttemptEvents events) {
    auto made =
        std::make_shared<Attempt>(std::move(work), timeout, std::move(call), std::move(events));
    const std::weak_ptr<Attempt> weak = made;
    Container& container = made->module().container();
    const auto& settings = container.settings();
    Watch::Watched watched{made->call_, &made->module(), settings.grace};
    if (!settings.debug) watched.heartbeat = made->work_.heartbeat;
    Watch::Told told;
    told.late = [weak](bool no_heartbeat) {
        if (const auto self = weak.lock()) self->expired(no_heartbeat);
    };
    told.given_up = [weak] {
        if (const auto self = weak.lock()) self->given_up();
    };
    told.nudged = [weak] {
        if (const auto self = weak.lock()) self->finish_if_left();
    };
    made->watch_ =
        std::make_unique<Watch>(timers, container.stuck(), std::move(watched), std::move(told));
    if (made->work_.async) {
        made->call_->completed = [weak] {
            if (const auto self = weak.lock()) self->completed();
        };
    }
    return made;
}

void Attempt::begin() {
    {
        const std::lock_guard lock(mutex_);
        if (phase_ != Phase::kMade) return;
        self_ = shared_from_this();
        phase_ = Phase::kQueued;
        leave_if_over();
    }
    if (fault::without("posted")) return enter(nullptr, false);
    post(false);
}

bool Attempt::wanted() {
    const std::lock_guard lock(mutex_);
    return phase_ == Phase::kQueued;
}

// False: it does not begin any more.
bool Attempt::post(bool was_told) noexcept {
    if (!wanted()) return false;
    try {
        module().container().threads().submit(
            module().name(), work_.share,
            [self = shared_from_this(), was_told](const auto& thread) {
                self->enter(thread, was_told);
            });
        return true;
    } catch (const std::exception&) {
        const std::lock_guard lock(mutex_);
        module().calls().close(call_, std::move(not_begun_));
        leave_if_over();
        return false;
    }
}

void Attempt::enter(const std::shared_ptr<FairThreads::Hold>& thread, bool was_told) {
    std::shared_ptr<SlotHold> slot;
    try {
        slot = open(thread, was_told);
    } catch (const std::exception&) {
        {
            const std::lock_guard lock(mutex_);
            module().calls().close(call_, std::move(not_begun_));
            leave_if_over();
        }
        module().slots().pass_on();
    }
    if (slot) run(std::move(slot));
}

// Its slot, and its function is to be called now; null: it does not begin, or not yet.
std::shared_ptr<SlotHold> Attempt::open(const std::shared_ptr<FairThreads::Hold>& thread,
                                        bool was_told) {
    auto& slots = module().slots();
    if (!wanted()) {
        if (was_told) slots.pass_on();
        return nullptr;
    }
    // Who takes no slot after it was told passes it on, by giving it back.
    const auto again = [self = shared_from_this()] { return self->post(true); };
    if (!slots.take_or_queue(again, was_told)) return nullptr;
    std::shared_ptr<SlotHold> slot;
    try {
        slot = std::make_shared<SlotHold>(slots);
    } catch (const std::exception&) {
        slots.release();
        throw;
    }
    const auto refused = work_.refuse();
    const std::lock_guard lock(mutex_);
    if (phase_ != Phase::kQueued) return nullptr;
    if (refused) {
        close(refused);
        leave_if_over();
        return nullptr;
    }
    call_->deadline = module().container().settings().deadline(timeout_);
    call_->thread = thread;
    module().calls().open(call_);
    phase_ = Phase::kIn;
    watch_->begin(call_->deadline);
    return slot;
}

void Attempt::run(std::shared_ptr<SlotHold> slot) {
    try {
        work_.run(call_, std::move(slot));
    } catch (...) {
        module().calls().close(call_, std::move(broken_));
    }
    returned();
}

void Attempt::returned() {
    watch_->returned();
    const FairThreads::Ending its_task(*call_->thread);
    const CarryOn with_its_end;  // nothing of the plugin is on the stack any more
    try {
        if (!work_.async) close(call_->late() ? too_late() : unanswered());
    } catch (const std::exception&) {
        module().calls().close(call_, std::move(broken_));
    }
    bool goes_on = false;
    {
        const std::lock_guard lock(mutex_);
        if (phase_ != Phase::kIn) return;  // it was given up, and its end told
        goes_on = !call_->over;
        phase_ = goes_on ? Phase::kHandingOver : Phase::kLeft;
    }
    if (goes_on) hand_over();
    finish_if_left();
}

// The end that comes meanwhile is told afterwards.
void Attempt::hand_over() {
    std::exception_ptr thrown;
    try {
        if (events_.handed_over) events_.handed_over();
    } catch (...) {
        thrown = std::current_exception();
    }
    bool stop = false;
    {
        const std::lock_guard lock(mutex_);
        phase_ = Phase::kHandedOver;
        stop = call_->cancelled && close(cancelled(GANTRY_EF_MAYBE_APPLIED));
        leave_if_over();
    }
    if (stop) module().container().cancels().tell(call_);
    if (thrown) std::rethrow_exception(thrown);
}

void Attempt::cancel() {
    {
        const std::lock_guard lock(mutex_);
        if (call_->over) return;
        call_->cancelled = true;
        if (phase_ == Phase::kMade || phase_ == Phase::kQueued) {
            close(cancelled(GANTRY_EF_NOT_APPLIED));
            return leave_if_over();
        }
        if (phase_ == Phase::kHandingOver || phase_ == Phase::kHandedOver) {
            close(cancelled(GANTRY_EF_MAYBE_APPLIED));
        }
        leave_if_over();
    }
    module().container().cancels().tell(call_);
}

void Attempt::withdraw() {
    const std::lock_guard lock(mutex_);
    if (phase_ != Phase::kMade && phase_ != Phase::kQueued) return;
    if (!close(cancelled(GANTRY_EF_NOT_APPLIED))) return;
    withdrawn_ = true;
    leave_if_over();
}

bool Attempt::complete(StepEnd end) {
    const std::lock_guard lock(mutex_);
    if (!module().calls().close(call_, {std::move(end.output), std::move(end.undo), end.error})) {
        return false;
    }
    leave_if_over();
    return true;
}

// An asynchronous step has answered, on any thread.
void Attempt::completed() {
    const std::lock_guard lock(mutex_);
    leave_if_over();
}

void Attempt::expired(bool no_heartbeat) {
    // First it is over: what its plugin does when it is told comes too late.
    if (close(no_heartbeat ? silent() : too_late())) module().container().cancels().tell(call_);
    const std::lock_guard lock(mutex_);
    leave_if_over();
}

void Attempt::given_up() {
    {
        const std::lock_guard lock(mutex_);
        if (phase_ == Phase::kIn) phase_ = Phase::kLeft;
    }
    finish_if_left();
}

void Attempt::leave_if_over() noexcept {
    if (!call_->over) return;
    if (phase_ != Phase::kQueued && phase_ != Phase::kHandedOver) return;
    phase_ = Phase::kLeft;
    watch_->nudge();
}

void Attempt::finish_if_left() {
    std::shared_ptr<Attempt> self;
    {
        const std::lock_guard lock(mutex_);
        if (phase_ != Phase::kLeft) return;
        phase_ = Phase::kTold;
        self = std::move(self_);
    }
    watch_->end();
    CallEnd end;
    {
        const std::lock_guard lock(call_->mutex);
        end = std::move(call_->end);
    }
    events_.ended({std::move(end.output), std::move(end.undo), std::move(end.error), withdrawn_,
                   end.skipped});
}

bool Attempt::close(std::optional<Error> why) {
    return module().calls().close(call_, {{}, {}, std::move(why)});
}

Error Attempt::cancelled(std::uint32_t flags) const {
    const bool begun = flags != GANTRY_EF_NOT_APPLIED;
    return {GANTRY_E_CANCELLED,
            work_.what + (begun ? " was cancelled before its answer came; whether it took effect "
                                  "is unknown"
                                : " was cancelled before it began"),
            flags};
}

Error Attempt::too_late() const {
    return {GANTRY_E_DEADLINE,
            work_.what + " did not end within " + std::to_string(timeout_.count()) +
                " ms; whether it took effect is unknown",
            GANTRY_EF_MAYBE_APPLIED};
}

Error Attempt::silent() const {
    return {GANTRY_E_DEADLINE,
            work_.what + " sent no heartbeat for " + in_words(2 * *work_.heartbeat) +
                "; whether it took effect is unknown",
            GANTRY_EF_MAYBE_APPLIED};
}

Error Attempt::unanswered() const {
    return {GANTRY_E_MISUSE,
            work_.what + " of plugin " + module().manifest().id +
                " returned without completing its call",
            GANTRY_EF_MAYBE_APPLIED};
}

}  // namespace gantry::host
