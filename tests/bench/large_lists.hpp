// What a host takes of memory to list runs whose payloads are large.
#pragma once

namespace gantry::bench {

/// Prints how much more memory the program takes at its peak while eight clients list so many runs
/// of 1 MiB each.
void bench_large_lists(int runs);

}  // namespace gantry::bench
