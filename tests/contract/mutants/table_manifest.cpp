// Its table lacks a step that the manifest declares.
#include "hooks.hpp"

namespace mutants {
namespace {

const gantry_plugin* entry(const gantry_plugin& real) {
    static const gantry_step* const steps[] = {real.steps[0], nullptr};
    static const gantry_plugin table = [&] {
        auto copy = real;
        copy.steps = steps;
        return copy;
    }();
    return &table;
}

}  // namespace

const Hooks kHooks{.entry = &entry};

}  // namespace mutants
