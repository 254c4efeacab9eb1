// The built-in step: one call of a service, what is asked before it, and how it is taken back.
#pragma once

#include "plugin/attempt.hpp"

namespace gantry::host {

/// What a definition may say of the step. Throws Error CONFIG: no such service or method, or one
/// that is asked before the change and writes.
StepTraits call_step_traits(const Container& container, const ServiceCall& service);

/// `service` is one that call_step_traits has let pass.
AttemptWork call_step(Container& container, const ServiceCall& service,
                      std::shared_ptr<const StepCall> step);

}  // namespace gantry::host
