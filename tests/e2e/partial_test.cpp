// A step that changes several records is refused in their middle: what it did is undone, and only
// then.
#include "support/shop.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace gantry::test {
namespace {

constexpr int kRecords = 9;

std::string record(int i) { return "prod_" + std::to_string(i); }

class Partial : public testing::Test {
protected:
    Partial() {
        add_workflow(host_, "all", {{{"step", "update-all"}, {"with", "${ .input }"}}});
        host_.serve();
        for (int i = 0; i < kRecords; ++i) {
            host_.call("erp", "updateProductErpData",
                       {{"id", record(i)},
                        {"data", {{"title", "before " + std::to_string(i)}}},
                        {"create", true}});
        }
        before_ = records();
    }

    static json config() {
        auto config = misbehaving_shop_config();
        config["modules"]["batch"] = {{"plugin", "batch"}};
        return config;
    }

    json records() const {
        json all = json::array();
        for (int i = 0; i < kRecords; ++i) {
            all.push_back(host_.call("erp", "snapshotProduct", {{"id", record(i)}}));
        }
        return all;
    }

    /// Changes all nine; the ERP refuses the one at `refused`. The run.
    json run_refused_at(int refused) {
        json changes = json::array();
        for (int i = 0; i < kRecords; ++i) {
            changes.push_back(
                {{"id", record(i)}, {"data", {{"title", i == refused ? long_title() : "after"}}}});
        }
        const auto answer = run_workflow(host_, "all", {{"changes", changes}});
        const auto id = json::parse(answer.body).at("run_id").get<std::string>();
        const auto run = host_.get("/admin/workflows-executions/all/" + id);
        return json::parse(run.body).at("workflow_execution");
    }

    static auto undos(const json& run) {
        const auto& steps = run.at("steps");
        return std::count_if(steps.begin(), steps.end(),
                             [](const json& step) { return step.at("side") == "compensate"; });
    }

    HostProcess host_{config()};
    json before_;
};

TEST_F(Partial, three_of_nine_records_changed_and_then_refused_are_undone) {
    const auto run = run_refused_at(3);
    EXPECT_EQ(run.at("state"), "reverted") << run;
    EXPECT_EQ(undos(run), 1) << run;
    EXPECT_EQ(records(), before_);
}

TEST_F(Partial, refused_before_any_change_is_not_touched) {
    const auto run = run_refused_at(0);
    EXPECT_EQ(run.at("state"), "reverted") << run;
    EXPECT_EQ(undos(run), 0) << "there is nothing to undo";
    EXPECT_EQ(records(), before_);
}

}  // namespace
}  // namespace gantry::test
