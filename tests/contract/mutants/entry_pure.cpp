// Another table each time.
#include "hooks.hpp"

#include <atomic>

namespace mutants {
namespace {

const gantry_plugin* entry(const gantry_plugin& real) {
    static const gantry_plugin copies[] = {real, real};
    static std::atomic<unsigned> next{0};
    return &copies[next++ % 2];
}

}  // namespace

const Hooks kHooks{.entry = &entry};

}  // namespace mutants
