#include "base/lower_case.hpp"

#include <algorithm>
#include <cctype>

namespace gantry::host {

std::string in_lower_case(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

}  // namespace gantry::host
