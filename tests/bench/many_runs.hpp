// What a store with many finished runs costs beside one with few.
#pragma once

namespace gantry::bench {

/// Prints lists and their counts, what /metrics asks of the store, and the start of a host, all
/// with `few` and with `many` finished runs.
void bench_many_runs(int few, int many);

}  // namespace gantry::bench
