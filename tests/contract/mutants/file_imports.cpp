// Changes the working directory of the whole process.
#include "hooks.hpp"

#include <unistd.h>

namespace mutants {
namespace {

gantry_instance* create(CreateFn real, const gantry_host* host, gantry_call call,
                        gantry_str options) {
    (void)!::chdir("/");
    return real(host, call, options);
}

}  // namespace

const Hooks kHooks{.create = &create};

}  // namespace mutants
