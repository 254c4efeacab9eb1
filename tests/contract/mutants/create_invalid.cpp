// Takes any options, and makes up what is missing.
#include "hooks.hpp"

namespace mutants {
namespace {

gantry_instance* create(CreateFn real, const gantry_host* host, gantry_call call, gantry_str) {
    constexpr std::string_view kMadeUp = R"({"greeting": "hello"})";
    return real(host, call, {kMadeUp.data(), kMadeUp.size()});
}

}  // namespace

const Hooks kHooks{.create = &create};

}  // namespace mutants
