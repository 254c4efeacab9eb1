// It opens what no option names.
#include "hooks.hpp"

#include <fcntl.h>

namespace mutants {
namespace {

gantry_instance* create(CreateFn real, const gantry_host* host, gantry_call call,
                        gantry_str options) {
    (void)::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return real(host, call, options);
}

}  // namespace

const Hooks kHooks{.create = &create};

}  // namespace mutants
