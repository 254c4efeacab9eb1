// Reads a field of the host without asking whether it is there.
#include "hooks.hpp"

namespace mutants {
namespace {

struct HostToCome {
    gantry_host now;
    void* more;
};

gantry_instance* create(CreateFn real, const gantry_host* host, gantry_call call,
                        gantry_str options) {
    const auto* newer = reinterpret_cast<const volatile HostToCome*>(host);
    return newer->more != host ? real(host, call, options) : nullptr;
}

}  // namespace

const Hooks kHooks{.create = &create};

}  // namespace mutants
