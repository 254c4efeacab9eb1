// A step completes its call twice.
#include "answer.hpp"

namespace mutants {
namespace {

void step(const StepCall& call) {
    call.go_on();
    if (call.step == "look") answer(call, "null");
}

}  // namespace

const Hooks kHooks{.step = &step};

}  // namespace mutants
