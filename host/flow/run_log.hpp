// A line of the log when a run is accepted and one when it has ended, with what it is found by.
#pragma once

#include "base/log.hpp"
#include "store/rows.hpp"

#include <vector>

namespace gantry::host {

void log_accepted(Log& log, const RunRow& run, const std::vector<FieldRow>& fields);
/// With its state, how long it took and, where it failed, why.
void log_ended(Log& log, const RunRow& run, const std::vector<FieldRow>& fields);

}  // namespace gantry::host
