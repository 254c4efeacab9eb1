#include "check/check.hpp"

namespace gantry::host::check {

std::vector<Check> step_checks() { return {}; }

}  // namespace gantry::host::check
