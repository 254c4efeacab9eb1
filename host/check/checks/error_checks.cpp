#include "check/check.hpp"

namespace gantry::host::check {

std::vector<Check> error_checks() { return {}; }

}  // namespace gantry::host::check
