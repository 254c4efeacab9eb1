#include "check/check.hpp"

namespace gantry::host::check {

std::vector<Check> lifecycle_checks() { return {}; }

}  // namespace gantry::host::check
