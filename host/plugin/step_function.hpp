// A step that a plugin exports, as the work of an attempt.
#pragma once

#include "plugin/attempt.hpp"

namespace gantry::host {

AttemptWork step_function(Module& module, std::shared_ptr<const StepCall> step);

}  // namespace gantry::host
