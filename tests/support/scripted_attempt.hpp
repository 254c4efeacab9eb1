// A step's attempt that a test answers: by a function, at once or later, on any thread.
#pragma once

#include "flow/steps.hpp"

#include <atomic>

namespace gantry::test {

class ScriptedAttempt : public host::StepAttempt,
                        public std::enable_shared_from_this<ScriptedAttempt> {
public:
    using Ended = std::function<void(host::StepEnd)>;
    /// Called by begin(); the first answer counts.
    using Script = std::function<void(const host::StepCall&, const host::RecordUndo&, Ended)>;

    ScriptedAttempt(host::StepCall call, host::RecordUndo record, Ended ended, Script script)
        : call_(std::move(call)),
          record_(std::move(record)),
          ended_(std::move(ended)),
          script_(std::move(script)) {}

    void begin() override {
        script_(call_, record_,
                [self = shared_from_this()](host::StepEnd end) { self->complete(std::move(end)); });
    }
    void cancel() override { cancelled = true; }
    bool complete(host::StepEnd end) override {
        if (over_.exchange(true)) return false;
        ended_(std::move(end));
        return true;
    }

    std::atomic<bool> cancelled{false};

private:
    const host::StepCall call_;
    const host::RecordUndo record_;
    const Ended ended_;
    const Script script_;
    std::atomic<bool> over_{false};
};

}  // namespace gantry::test
