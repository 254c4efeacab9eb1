// What /metrics says of how the host stands: asked when somebody asks.
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

}  // namespace gantry::host
