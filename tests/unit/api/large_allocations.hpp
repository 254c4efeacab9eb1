// How often this process asked for much memory at once.
#pragma once

namespace gantry::host {

/// Calls of operator new for half a mebibyte and more, so far.
int large_allocations();

}  // namespace gantry::host
