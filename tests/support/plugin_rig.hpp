// A container over a configuration written for the test, and its steps, without an engine.
#pragma once

#include "base/config.hpp"
#include "base/metrics.hpp"
#include "plugin/plugin_steps.hpp"
#include "support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <future>

namespace gantry::test {

/// What every wait ends after; no test comes near it.
constexpr std::chrono::seconds kPatience{60};

/// `promise` is shared: it may be told from another thread after the waiter has gone on.
template <typename T>
T get(const std::shared_ptr<std::promise<T>>& promise) {
    auto future = promise->get_future();
    if (future.wait_for(kPatience) != std::future_status::ready) {
        throw std::runtime_error("waited in vain");
    }
    return future.get();
}

class PluginRig {
public:
    /// `modules` is the configuration's object of that name; it begins in line 2 of the file.
    explicit PluginRig(const std::string& modules,
                       const std::filesystem::path& plugin_path = GANTRY_TEST_PLUGINS,
                       host::Pool::Settings threads = {}, host::CallSettings calls = {})
        : pool(threads),
          config(write(modules, plugin_path)),
          container(config, pool, timers, log, problems, calls) {}
    ~PluginRig() { shut_down(); }
    PluginRig(const PluginRig&) = delete;
    PluginRig& operator=(const PluginRig&) = delete;

    /// Ends what may still use an object of a derived class.
    void shut_down() {
        timers.stop();
        pool.stop();
    }

    void start() {
        ASSERT_TRUE(problems.empty()) << problems.text();
        EXPECT_EQ(container.start({}), "");
    }

    host::CallEnd call(std::string_view service, std::string_view method, const json& input,
                       const std::string& key = "") {
        return container.call(service, method, input.dump(), key, kPatience);
    }

    TempDir folder;
    host::Log log{host::LogFormat::kText, GANTRY_LOG_WARN};
    host::Metrics metrics;
    host::Timers timers;
    host::Pool pool;
    host::Problems problems;
    const host::Config config;
    host::Container container;
    host::PluginSteps steps{container, timers};

private:
    host::Config write(const std::string& modules, const std::filesystem::path& plugin_path) {
        std::ofstream(folder / "gantry.json")
            << R"({"store": "memory:", "plugin_path": [)" << json(plugin_path.string()) << "],\n"
            << R"("modules": )" << modules << "}\n";
        auto read = host::read_config(folder / "gantry.json", problems);
        if (!read) throw std::runtime_error(problems.text());
        return std::move(*read);
    }
};

}  // namespace gantry::test
