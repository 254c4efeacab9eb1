// Compensate says that it is done, and does nothing.
#include "answer.hpp"

namespace mutants {
namespace {

void step(const StepCall& call) { call.undo ? answer(call, "null") : call.go_on(); }

}  // namespace

const Hooks kHooks{.step = &step};

}  // namespace mutants
