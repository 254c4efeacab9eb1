// The reserved field of its table is not 0.
#include "hooks.hpp"

namespace mutants {
namespace {

const gantry_plugin* entry(const gantry_plugin& real) {
    static const gantry_plugin table = [&] {
        auto copy = real;
        copy.reserved = 1;
        return copy;
    }();
    return &table;
}

}  // namespace

const Hooks kHooks{.entry = &entry};

}  // namespace mutants
