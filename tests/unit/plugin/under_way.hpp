// Calls of a plugin that are under way when a process dies.
#pragma once

#include "plugin/running.hpp"

namespace gantry::host {

inline constexpr Running kStep{"catalog", "acme", "1.2.0", "step update-erp", "", "run-1"};
inline constexpr Running kMethod{
    "erp", "erp-ledger", "1.0.2", "method describe", "step update-erp", "run-1"};

}  // namespace gantry::host
