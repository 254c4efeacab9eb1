// What loads plugins in a process that may end, in a child of this one.
#pragma once

#include "plugin/load_mark.hpp"

#include <functional>

namespace gantry::host {

/// Calls `check` in a child, which goes on from there: in the child the exit code is what `check`
/// returns. In this process it is the child's; where a plugin ended it, its file and how are told
/// on stderr, and the code is that of a bad configuration. No other thread runs yet.
int check_in_child(const std::string& config_file, const std::function<int(LoadMark&)>& check);

}  // namespace gantry::host
