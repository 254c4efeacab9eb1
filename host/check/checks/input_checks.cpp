#include "check/check.hpp"

namespace gantry::host::check {

std::vector<Check> input_checks() { return {}; }

}  // namespace gantry::host::check
