// The threads, clocks and counters that an engine stands on, as the host has them.
#pragma once

#include "flow/engine.hpp"

namespace gantry::test {

struct Machinery {
    host::Log log{host::LogFormat::kText, GANTRY_LOG_ERROR};
    host::Metrics metrics;
    host::Timers timers;
    host::Pool engine{{2, /*may_block=*/false}};
    host::Pool compute{{4}};
    host::Pool plugins{{16}};

    host::EngineParts parts(host::Store& store, host::Steps& steps) {
        return {store, steps, engine, compute, timers, log, metrics};
    }

    /// Once the engine has stopped, before it is destroyed.
    void stop() {
        timers.stop();
        plugins.stop();
        compute.stop();
        engine.stop();
    }
};

}  // namespace gantry::test
