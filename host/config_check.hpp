// What `gantry config check` finds: all that a start would, and more that it can see from outside.
#pragma once

#include "base/config.hpp"
#include "plugin/load_mark.hpp"

namespace gantry::host {

/// Adds what is wrong with `config`, and warns of what the open runs of its store would miss.
/// Changes nothing. `mark`: where what is being loaded is marked; then a load has a limit. Throws
/// BadEnvironment where nothing is wrong and a server does not answer: a line for each.
void check_config(const Config& config, Problems& problems, LoadMark* mark);

}  // namespace gantry::host
