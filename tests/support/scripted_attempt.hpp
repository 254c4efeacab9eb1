// A step's attempt that a test answers: by a function, at once or later, on any thread.
#pragma once

#include "base/carry_on.hpp"
#include "base/pool.hpp"
#include "flow/steps.hpp"

#include <atomic>
#include <mutex>
#include <optional>
#include <thread>

namespace gantry::test {

/// A compensable step of module "m".
inline host::StepTraits traits_of(const std::string& step) {
    host::StepTraits traits;
    traits.module = "m";
    traits.name = step;
    traits.plugin = "p";
    traits.version = "1.0.0";
    traits.compensable = true;
    return traits;
}

class ScriptedAttempt : public host::StepAttempt,
                        public std::enable_shared_from_this<ScriptedAttempt> {
public:
    using Ended = std::function<void(host::StepEnd)>;
    /// Called on a thread of `plugins`; the first answer counts.
    using Script = std::function<void(const host::StepCall&, const host::RecordUndo&, Ended)>;

    ScriptedAttempt(host::StepCall call, host::AttemptEvents events, Script script,
                    host::Pool& plugins)
        : call_(std::move(call)),
          events_(std::move(events)),
          script_(std::move(script)),
          plugins_(plugins) {}

    void begin() override {
        plugins_.submit([self = shared_from_this()] {
            if (self->over_ || self->begun_.exchange(true)) return;
            // As the container has it: the thread of the step carries on with what it sets off.
            const auto here = [thread = std::this_thread::get_id()] {
                return std::this_thread::get_id() == thread;
            };
            self->script_(
                self->call_,
                [self, here](std::string undo, auto done) {
                    std::optional<host::CarryOn> carry_on;
                    if (here()) carry_on.emplace();
                    self->events_.record(std::move(undo), std::move(done));
                },
                [self, here](host::StepEnd end) {
                    std::optional<host::CarryOn> carry_on;
                    if (here()) carry_on.emplace();
                    self->complete(std::move(end));
                });
        });
    }
    void cancel() override {
        cancelled = true;
        if (begun_.exchange(true)) return;
        complete({{},
                  {},
                  Error(GANTRY_E_CANCELLED, "cancelled before it began", GANTRY_EF_NOT_APPLIED)});
    }
    void withdraw() override {
        if (begun_.exchange(true)) return;
        host::StepEnd end;
        end.withdrawn = true;
        complete(std::move(end));
    }
    bool complete(host::StepEnd end) override {
        if (over_.exchange(true)) return false;
        events_.ended(std::move(end));
        return true;
    }

    /// As an asynchronous step that has returned without an end.
    void hand_over() const { events_.handed_over(); }

    std::atomic<bool> cancelled{false};

private:
    const host::StepCall call_;
    const host::AttemptEvents events_;
    const Script script_;
    host::Pool& plugins_;
    std::atomic<bool> begun_{false};
    std::atomic<bool> over_{false};
};

}  // namespace gantry::test
