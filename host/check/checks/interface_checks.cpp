#include "check/check.hpp"

namespace gantry::host::check {

std::vector<Check> interface_checks() { return {}; }

}  // namespace gantry::host::check
