// The reference itself: no hook.
#include "hooks.hpp"

namespace mutants {
const Hooks kHooks{};
}  // namespace mutants
