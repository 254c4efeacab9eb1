// ASCII letters in one case, as HTTP and host names mean them.
#pragma once

#include <string>

namespace gantry::host {

std::string in_lower_case(std::string text);

}  // namespace gantry::host
