// The steps that plugins export, as flow needs them.
#pragma once

#include "flow/steps.hpp"
#include "plugin/container.hpp"

namespace gantry::host {

class PluginSteps : public Steps {
public:
    /// Both outlive it.
    PluginSteps(const Container& container, Timers& timers)
        : container_(container), timers_(timers) {}

    StepTraits find(const StepReference& reference) const override;
    std::shared_ptr<StepAttempt> attempt(StepCall call, AttemptEvents events) override;

private:
    const Container& container_;
    Timers& timers_;
};

}  // namespace gantry::host
