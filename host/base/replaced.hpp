#pragma once

#include <string>
#include <string_view>

namespace gantry::host {

/// `text` with `by` in the place of each `what`, which is not empty; what is put in is not looked
/// at again.
std::string replaced(std::string text, std::string_view what, std::string_view by);

}  // namespace gantry::host
