// What /metrics says of how the host stands, asked when somebody asks; and of its clock at the
// start.
#pragma once

#include "base/config.hpp"
#include "base/log.hpp"
#include "flow/engine.hpp"
#include "plugin/container.hpp"

namespace gantry::host {

/// What is looked at; all of it outlives the metrics' last answer.
struct Standing {
    const Config& config;
    const Log& log;
    Container& container;
    Store& store;
    std::function<Engine*()> engine;  // null: not yet
};

/// On threads that may block.
void count_what_stands(Metrics& metrics, const Standing& of);

/// At the start: the log and the metrics tell of a clock that has not come to what is in the store.
/// On threads that may block; throws as Store's functions do.
void tell_if_clock_is_behind(Store& store, Metrics& metrics, Log& log);

}  // namespace gantry::host
