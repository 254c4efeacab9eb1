// What the system counts of this process, under the names that Prometheus' clients use.
#pragma once

#include "base/metrics.hpp"

namespace gantry::host {

/// Memory, open files, processor time and start: process_*. What the system does not say is left
/// out.
void count_process(Metrics& metrics);

}  // namespace gantry::host
