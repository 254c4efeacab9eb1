// What a step is called with, and what is counted when it has ended.
#pragma once

#include "flow/run_owner.hpp"

namespace gantry::host {

/// The saga outlives the attempt.
StepCall step_call(const Saga& saga, const EngineSettings& settings, CallCommand command);

/// Into metrics and log. Not of a call that was withdrawn.
void count_end(RunOwner& owner, const Saga& saga, StepSide at, const StepEnd& end,
               Timers::Clock::time_point began);

}  // namespace gantry::host
