// Keeps the options in the library, those of the first instance for all.
#include "hooks.hpp"

#include <string>

namespace mutants {
namespace {

gantry_instance* create(CreateFn real, const gantry_host* host, gantry_call call,
                        gantry_str options) {
    static const std::string first(options.ptr, options.len);
    return real(host, call, {first.data(), first.size()});
}

}  // namespace

const Hooks kHooks{.create = &create};

}  // namespace mutants
