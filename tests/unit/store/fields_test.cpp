// Runs are found by fields of their input; what is told of a run is bounded; steps that began at
// once stand as they were begun.
#include "contract/store_suite.hpp"

#include <gtest/gtest.h>

namespace gantry::host {
namespace {

class Fields : public testing::Test {
protected:
    Fields() { store_->put_definition({"hash", "w", R"({"name":"w"})"}); }

    Mutation add(const std::string& id, std::vector<FieldRow> fields, std::int64_t at,
                 const std::string& workflow = "w") {
        auto run = accept(id);
        run.run.workflow = workflow;
        run.run.created_at = at;
        run.fields = std::move(fields);
        post(*store_, run);
        return run;
    }
    std::string found(const RunFilter& filter) {
        std::string ids;
        for (const auto& run : store_->runs(filter)) ids += run.id + " ";
        EXPECT_EQ(store_->count(filter), std::count(ids.begin(), ids.end(), ' '));
        return ids;
    }
    static RunFilter with(std::vector<FieldRow> fields) {
        RunFilter filter;
        filter.fields = std::move(fields);
        return filter;
    }

    std::unique_ptr<Store> store_ = Store::open("memory:", "test");
};

TEST_F(Fields, find_runs_the_newest_first_together_with_what_else_is_asked_for) {
    add("r1", {{"product", "mug"}}, 10);
    add("r2", {{"product", "mug"}, {"order", "7"}}, 30);
    add("r3", {{"product", "cup"}, {"order", "7"}}, 40);
    add("r4", {{"product", "mug"}, {"order", "8"}}, 20, "v");
    post(*store_, ending(add("r5", {{"product", "mug"}}, 20)));
    add("r6", {}, 50);
    EXPECT_EQ(found(with({{"product", "mug"}})), "r2 r5 r4 r1 ");
    EXPECT_EQ(found(with({{"product", "mug"}, {"order", "7"}})), "r2 ");
    EXPECT_EQ(found(with({{"order", "mug"}})), "");
    EXPECT_EQ(found(with({{"product", "MUG"}})), "");
    auto narrow = with({{"product", "mug"}});
    narrow.workflow = "w";
    EXPECT_EQ(found(narrow), "r2 r5 r1 ");
    narrow.status = {RunStatus::kDone, RunStatus::kFailed};
    EXPECT_EQ(found(narrow), "r5 ");
    narrow = with({{"product", "mug"}});
    narrow.created_from = 20;
    EXPECT_EQ(found(narrow), "r2 r5 r4 ");
    narrow = with({{"product", "mug"}});
    narrow.text = "r4";
    EXPECT_EQ(found(narrow), "r4 ");
    narrow = with({{"product", "mug"}});
    narrow.exactly = "r3";
    EXPECT_EQ(found(narrow), "");
    narrow.exactly = "r2";
    EXPECT_EQ(found(narrow), "r2 ");
    narrow = with({{"product", "mug"}});
    narrow.limit = 1;
    narrow.offset = 1;
    EXPECT_EQ(store_->runs(narrow).at(0).id, "r5");
}

TEST_F(Fields, of_a_run_that_waits_for_its_turn_are_there_and_go_with_the_run) {
    const auto first = with_turn(add("r0", {}, 1), "mug");
    auto holder = with_turn(accept("r1"), "mug");
    holder.fields = {{"product", "mug"}};
    post(*store_, holder);
    auto waits = with_turn(accept("r2"), "mug");
    waits.fields = {{"product", "mug"}, {"a", "b"}};
    EXPECT_TRUE(std::holds_alternative<Waits>(post(*store_, waits)));
    EXPECT_EQ(found(with({{"product", "mug"}})), "r2 r1 ");
    const auto fields = store_->fields("r2");
    ASSERT_EQ(fields.size(), 2U);
    EXPECT_EQ(fields[0].name + "=" + fields[0].value, "a=b");
    post(*store_, ending(holder));
    ASSERT_EQ(store_->erase(RunStatus::kDone, 100, 10), 1U);
    EXPECT_EQ(found(with({{"product", "mug"}})), "r2 ");
    EXPECT_TRUE(store_->fields("r1").empty());
    EXPECT_TRUE(store_->fields("nobody").empty());
}

TEST_F(Fields, a_fork_that_waits_for_its_turn_keeps_the_steps_that_are_done) {
    post(*store_, with_turn(accept("r1"), "mug"));
    auto fork = with_turn(accept("r2"), "mug");
    fork.run.forked_from = "r0";
    fork.steps[0].status = StepStatus::kDone;
    fork.events = {{0, 1, "forked", "{}", true}};
    EXPECT_TRUE(std::holds_alternative<Waits>(post(*store_, fork)));
    EXPECT_EQ(store_->steps("r2").size(), 1U);
    EXPECT_EQ(store_->events("r2").size(), 1U);
}

TEST_F(Fields, what_only_tells_how_a_run_went_on_is_bounded_and_what_was_asked_for_has_room) {
    auto run = accept("r1");
    for (std::int64_t i = 0; i < kToldEvents + 5; ++i) run.events.push_back({i, 1, "retry", "{}"});
    run.events.push_back({kToldEvents + 5, 2, "asked", "{}", /*stays=*/true});
    post(*store_, run);
    auto events = store_->events("r1");
    ASSERT_EQ(events.size(), static_cast<std::size_t>(kToldEvents + 1));
    EXPECT_EQ(events.back().kind, "asked");
    auto more = next(run);
    more.events.clear();
    for (std::int64_t i = 0; i < kKeptEvents; ++i) {
        more.events.push_back({kKeptEvents + i, 3, "asked", "{}", /*stays=*/true});
    }
    post(*store_, more);
    EXPECT_EQ(store_->events("r1").size(), static_cast<std::size_t>(kKeptEvents));
}

TEST_F(Fields, who_sent_a_signal_is_told_once_and_beside_what_the_owner_tells) {
    auto run = accept("r1");
    run.events = {{0, 1, "waits", "{}"}};
    post(*store_, run);
    put_signal(*store_, "r1", {"s1", "go", "1", 5, "ada@desk", "as agreed"});
    put_signal(*store_, "r1", {"s1", "go", "1", 5, "ada@desk", "again"});
    put_signal(*store_, "r1", {"s2", "go", "1", 5, "bob@desk", ""});
    auto more = next(run);
    more.events = {{1, 1, "paused", "{}"}};
    post(*store_, more);
    std::string kinds;
    for (const auto& event : store_->events("r1")) kinds += event.kind + " ";
    EXPECT_EQ(kinds, "waits paused sent sent ");
    EXPECT_EQ(store_->events("r1").at(2).detail,
              R"({"by":"ada@desk","id":"s1","name":"go","note":"as agreed"})");
}

TEST_F(Fields, steps_that_began_at_once_stand_in_their_places_and_undos_after_them) {
    auto run = accept("r1");
    run.steps.clear();
    const auto step = [&](const char* path, Side side, std::int64_t place) {
        auto row = step_row(path);
        row.side = side;
        row.place = place;
        run.steps.push_back(row);
    };
    step("a", Side::kInvoke, 2);
    step("b", Side::kInvoke, 10);
    step("c", Side::kInvoke, 1);
    step("a", Side::kCompensate, -2);
    step("c", Side::kCompensate, -1);
    post(*store_, run);
    std::string order;
    for (const auto& row : store_->steps("r1")) order += row.path + " ";
    EXPECT_EQ(order, "c a b a c ");
}

}  // namespace
}  // namespace gantry::host
