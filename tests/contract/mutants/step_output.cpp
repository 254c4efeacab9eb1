// A step answers something else than its scenario expects.
#include "answer.hpp"

namespace mutants {
namespace {

void step(const StepCall& call) {
    call.step == "look" ? answer(call, R"({"greeting": "goodbye"})") : call.go_on();
}

}  // namespace

const Hooks kHooks{.step = &step};

}  // namespace mutants
