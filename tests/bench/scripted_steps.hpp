// Steps that do what a function says, of one module that exports every name.
#pragma once

#include "support/scripted_attempt.hpp"

namespace gantry::bench {

class ScriptedSteps : public host::Steps {
public:
    ScriptedSteps(test::ScriptedAttempt::Script script, host::Pool& plugins)
        : script_(std::move(script)), plugins_(plugins) {}

    host::StepTraits find(const host::StepReference& what) const override {
        return test::traits_of(what.step);
    }
    std::shared_ptr<host::StepAttempt> attempt(host::StepCall call,
                                               host::AttemptEvents events) override {
        return std::make_shared<test::ScriptedAttempt>(std::move(call), std::move(events), script_,
                                                       plugins_);
    }

private:
    const test::ScriptedAttempt::Script script_;
    host::Pool& plugins_;
};

}  // namespace gantry::bench
