// How often this process asked the disk to keep what was written.
#pragma once

#include <cstdint>

namespace gantry::bench {

std::int64_t syncs();

}  // namespace gantry::bench
