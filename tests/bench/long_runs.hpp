// What long runs take of memory and stack.
#pragma once

namespace gantry::bench {

/// Prints bytes an item and the stack under a step, beside that of a short run: for so many steps
/// in a row, and for lists and branches of half as many.
void bench_long_runs(int steps);

}  // namespace gantry::bench
