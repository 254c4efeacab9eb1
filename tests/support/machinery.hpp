// The threads, clocks and counters that an engine stands on, as the host has them.
#pragma once

#include "flow/engine.hpp"

#include <gtest/gtest.h>

namespace gantry::test {

struct Machinery {
    host::Log log{host::LogFormat::kText, GANTRY_LOG_ERROR};
    host::Metrics metrics{std::chrono::milliseconds(0)};  // gauges as they are now
    host::Timers timers;
    host::Pool engine{{2, /*may_block=*/false}};
    host::Pool load{{4}};
    host::Pool jq_threads{{16}};
    host::FairPool jq{jq_threads};
    host::Pool plugins{{16}};

    host::EngineParts parts(host::Store& store, host::Steps& steps) {
        store_ = &store;
        return {store, steps, engine, load, jq, timers, log, metrics};
    }

    /// Once the engine has stopped, before it is destroyed. A run that nobody accounts for is a
    /// failure of the test: each that stands an engine on this ends here.
    void stop() {
        EXPECT_EQ(unaccounted(), "");
        timers.stop();
        plugins.stop();
        jq_threads.stop();
        load.stop();
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
