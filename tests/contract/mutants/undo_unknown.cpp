// Compensate takes a step whose output is not known for one that did nothing.
#include "answer.hpp"

namespace mutants {
namespace {

void step(const StepCall& call) {
    call.undo&& call.in->output.len == 0 ? answer(call, "null") : call.go_on();
}

}  // namespace

const Hooks kHooks{.step = &step};

}  // namespace mutants
