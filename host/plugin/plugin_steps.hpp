// The steps that plugins export, as flow needs them.
#pragma once

#include "flow/steps.hpp"
#include "plugin/container.hpp"

namespace gantry::host {

class PluginSteps : public Steps {
public:
    PluginSteps(const Container& container, Pool& pool, Timers& timers)
        : container_(container), pool_(pool), timers_(timers) {}

    std::shared_ptr<void> computing(const std::string& run_id) override;
    StepTraits find(const StepReference& reference) const override;
    std::shared_ptr<StepAttempt> attempt(StepCall call, RecordUndo record,
                                         std::function<void(StepEnd)> ended) override;

private:
    const Container& container_;
    Pool& pool_;
    Timers& timers_;
};

}  // namespace gantry::host
