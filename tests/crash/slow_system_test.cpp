// A system that takes seconds a call, or never answers: workflows that do not need it go on as
// before, and so does who looks at the host.
#include "support/sanitizers.hpp"
#include "support/supervisor.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace gantry::test::slow_system_test {
namespace {

using std::chrono::seconds;

constexpr int kSlow = 200;  // runs at once: three times the threads for plugins

// A second module of the plugin is another system.
json two_systems() {
    auto config = ledger_config_with({"slow", "other"});
    config["modules"]["far"] = {{"plugin", "ledger"}, {"options", {{"file", "data/far.db"}}}};
    return config;
}

json step_of(const std::string& module) {
    auto step = ledger_step("a", "write");
    step["step"] = module + "/write";
    return step;
}

class SlowSystem : public testing::TestWithParam<const char*> {
protected:
    SlowSystem() {
        auto slow = step_of("far");
        slow["invoke"] = {{"timeout", "5s"}};
        add_workflow(host_, "slow", json::array({slow}));
        add_workflow(host_, "other", json::array({step_of("ledger")}));
        host_.serve();
    }

    double p99_of_others(const std::string& name) {
        return p99(name, [&](const auto& key) {
            EXPECT_EQ(host_.start("other", key).status, 200);
            EXPECT_EQ(host_.get("/admin/status").status, 200);
        });
    }

    LedgerHost host_{two_systems()};
};

TEST_P(SlowSystem, costs_workflows_that_do_not_need_it_nothing) {
    const json how = json::parse(GetParam());
    const double alone = p99_of_others("alone");
    in_parallel(kSlow, 20, [&](int i) {
        const auto key = "slow-" + std::to_string(i);
        EXPECT_EQ(host_.start("slow", key, {{"a", how}}, false).status, 202);
    });
    const double beside = p99_of_others("beside");
    std::cout << "slowest alone " << alone * 1000 << " ms, beside " << kSlow << " calls that are "
              << how << ": " << beside * 1000 << " ms\n";
    if (!kSanitized) {
        // The machine is not ours; who waited for a slow call would wait for seconds.
        EXPECT_LT(beside, 2 * alone + 0.5);
    }
    host_.kill9();
}

INSTANTIATE_TEST_SUITE_P(Slow, SlowSystem,
                         testing::Values(R"({"sleep_ms": 4000})", R"({"do": "hang:600000"})"),
                         [](const auto& one) { return one.index == 0 ? "answers_late" : "hangs"; });

}  // namespace
}  // namespace gantry::test::slow_system_test
