// The definition's settings go before the engine's.
#include "flow/step_call.hpp"

#include "base/error_json.hpp"

namespace gantry::host {

StepCall step_call(const Saga& saga, const EngineSettings& settings, CallCommand command) {
    const StepSide at = command.at;
    const auto& step = saga.step(at.task);
    const auto& traits = saga.traits(at.task);
    const bool invoke = at.side == Side::kInvoke;
    StepCall call;
    call.run_id = saga.run().id;
    call.workflow = saga.run().workflow;
    call.module = traits.module;
    call.name = traits.name;
    call.what = &step.what;
    call.side = at.side;
    call.attempt = static_cast<std::uint32_t>(command.attempt);
    call.key = saga.key(at);
    call.input = std::move(command.input);
    call.output = std::move(command.output);
    call.undo = std::move(command.undo);
    call.timeout = invoke ? step.invoke.timeout.value_or(settings.invoke_timeout)
                          : step.compensate.timeout.value_or(settings.compensate_timeout);
    return call;
}

void count_end(RunOwner& owner, const Saga& saga, StepSide at, const StepEnd& end,
               Timers::Clock::time_point began) {
    const std::chrono::duration<double> took = Timers::Clock::now() - began;
    const auto& name = saga.traits(at.task).name;
    if (end.error) {
        owner.metrics.attempt_failed(name, class_name(end.error->code()));
        owner.log.warn(end.error->message(), {{"run", saga.run().id},
                                              {"workflow", saga.run().workflow},
                                              {"step", saga.path(at.task)},
                                              {"side", to_string(at.side)},
                                              {"code", code_name(end.error->code())}});
    }
    owner.metrics.step_ended(name, to_string(at.side), end.error ? "failed" : "done", took.count());
}

}  // namespace gantry::host
