// One call of invoke or compensate; the strings it is given are borrowed from the StepCall.
#include "plugin/step_function.hpp"

namespace gantry::host {
namespace {

std::optional<Error> why_not(const Module& module, const StepCall& step) {
    if (module.instance() == nullptr) {
        return Error(GANTRY_E_UNAVAILABLE,
                     "module \"" + module.name() + "\" is not running: " + module.failure(),
                     GANTRY_EF_NOT_APPLIED);
    }
    const auto* schema = module.step_input(step.name);
    if (step.side == Side::kCompensate || schema == nullptr) return std::nullopt;
    const auto bad = schema->check(step.input);
    if (bad.empty()) return std::nullopt;
    return Error(GANTRY_E_INVALID_DATA, "step " + step.name + ": " + joined(bad),
                 GANTRY_EF_NOT_APPLIED);
}

// A step by itself, and apart where it is bound to others: the system that one waits for is not
// that of the next.
std::string share_of(const Module& module, const StepCall& step) {
    std::string share = module.name() + "/" + step.name;
    if (step.what == nullptr) return share;
    for (const auto& [required, target] : step.what->bind) share += " " + required + "=" + target;
    return share;
}

void run(const Module& module, const StepCall& step, ActiveCall& call,
         std::shared_ptr<SlotHold> slot) {
    {
        const std::lock_guard lock(call.mutex);
        call.slots.push_back(std::move(slot));
    }
    gantry_invocation in{};
    in.struct_size = sizeof in;
    in.attempt = step.attempt;
    in.call = call.number;
    in.workflow = str(step.workflow);
    in.run_id = str(step.run_id);
    in.idempotency_key = str(step.key);
    in.input = str(step.input);
    if (step.output) in.output = str(*step.output);
    if (step.undo) in.undo = str(*step.undo);
    const auto* exported = module.library().step(step.name);
    const auto function = step.side == Side::kInvoke ? exported->invoke : exported->compensate;
    const InFlight::Mark mark(module.container().in_flight(), module.running(call));
    function(module.instance(), &in);
}

}  // namespace

AttemptWork step_function(Module& module, std::shared_ptr<const StepCall> step) {
    AttemptWork work;
    work.what = "step " + step->name + (step->side == Side::kCompensate ? " (compensate)" : "");
    work.module = &module;
    work.share = share_of(module, *step);
    work.async = module.library().step_manifest(step->name)->async;
    work.heartbeat = module.manifest().heartbeat;
    work.refuse = [&module, step] { return why_not(module, *step); };
    work.run = [&module, step](const std::shared_ptr<ActiveCall>& call, auto slot) {
        run(module, *step, *call, std::move(slot));
    };
    return work;
}

}  // namespace gantry::host
