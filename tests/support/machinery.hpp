// The threads, clocks and counters that an engine stands on, as the host has them.
#pragma once

#include "flow/engine.hpp"

#include <gtest/gtest.h>

namespace gantry::test {

struct Machinery {
    host::Log log{host::LogFormat::kText, GANTRY_LOG_ERROR};
    host::Metrics metrics;
    host::Timers timers;
    host::Pool engine{{2, /*may_block=*/false}};
    host::Pool compute{{4}};
    host::Pool plugins{{16}};

    host::EngineParts parts(host::Store& store, host::Steps& steps) {
        store_ = &store;
        return {store, steps, engine, compute, timers, log, metrics};
    }

    /// Once the engine has stopped, before it is destroyed. A run that nobody accounts for is a
    /// failure of the test: each that stands an engine on this ends here.
    void stop() {
        EXPECT_EQ(unaccounted(), "");
        timers.stop();
        plugins.stop();
        compute.stop();
        engine.stop();
    }

    /// A line for each run that nobody accounts for.
    std::string unaccounted() const {
        std::string lines;
        if (store_ == nullptr) return lines;
        for (const auto& run : store_->unaccounted(std::chrono::minutes(1))) {
            lines += run.run_id + ": " + run.why + "\n";
        }
        return lines;
    }

private:
    host::Store* store_ = nullptr;
};

}  // namespace gantry::test
