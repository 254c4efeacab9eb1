// How much a run may hold: nothing recurses over steps or items, and an event costs what it sets
// going.
#include "saga_world.hpp"

#include <pthread.h>

#include <chrono>

namespace gantry::host {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::size_t kStack = 2 << 20;  // their frames are larger
#else
constexpr std::size_t kStack = 256 << 10;
#endif

void on_small_stack(std::function<void()> f) {
    pthread_attr_t attributes;
    ASSERT_EQ(pthread_attr_init(&attributes), 0);
    ASSERT_EQ(pthread_attr_setstacksize(&attributes, kStack), 0);
    pthread_t thread{};
    const auto run = [](void* given) -> void* {
        (*static_cast<std::function<void()>*>(given))();
        return nullptr;
    };
    ASSERT_EQ(pthread_create(&thread, &attributes, run, &f), 0);
    pthread_join(thread, nullptr);
    pthread_attr_destroy(&attributes);
}

json many(std::size_t count, const std::function<json(const std::string& id)>& make) {
    json steps = json::array();
    for (std::size_t i = 0; i < count; ++i) steps.push_back(make("s" + std::to_string(i)));
    return {{"name", "w"}, {"steps", std::move(steps)}};
}

TEST(SagaSize, twenty_thousand_conditions_in_a_row_need_a_small_stack) {
    const auto plan = plan_of(many(20'000, [](const std::string& id) {
        return json{{"id", id}, {"when", false}, {"then", json::array()}};
    }));
    on_small_stack([&] {
        Held run(plan);
        run.take(run->begin(1));
        EXPECT_EQ(run.run().status, RunStatus::kDone);
        run.reload();
        EXPECT_FALSE(run->cancel(Error(GANTRY_E_CANCELLED, "no"), 2));
    });
}

TEST(SagaSize, twenty_thousand_steps_go_and_come_back_on_a_small_stack) {
    const auto plan = plan_of(many(20'000, [](const std::string& id) {
        return json{{"step", id}};
    }));
    on_small_stack([&] {
        Held run(plan);
        run.take(run->begin(1));
        for (std::size_t i = 0; i < 19'999; ++i) run.ended(i, {"1", {}, {}}, 2);
        run.reload();
        run.take(run->begin(3));
        run.ended(19'999, failing(GANTRY_E_REJECTED, GANTRY_EF_NOT_APPLIED), 4);
        // Unknown, as its host died, so undone too.
        for (std::size_t i = 20'000; i-- > 0;) run.undone(i, 5);
        EXPECT_EQ(run.run().status, RunStatus::kReverted);
    });
}

TEST(SagaSize, ten_thousand_items_that_end_at_once_need_a_small_stack) {
    const auto plan =
        plan_of({{"name", "w"},
                 {"steps",
                  {{{"id", "all"},
                    {"for_each", "${ .input }"},
                    {"limit", 1000},
                    {"do", {{{"id", "if"}, {"when", false}, {"then", json::array()}}}},
                    {"result", "${ .index }"}}}}});
    std::string items = "[0";
    for (int i = 1; i < 10'000; ++i) items += ",0";
    on_small_stack([&] {
        Held run(plan, items + "]");
        run.take(run->begin(1));
        EXPECT_EQ(run.run().status, RunStatus::kDone);
        run.reload();
    });
}

TEST(SagaSize, ten_thousand_items_with_a_call_each_go_and_come_back_on_a_small_stack) {
    const auto plan = plan_of(
        {{"name", "w"},
         {"steps",
          {{{"id", "all"}, {"for_each", "${ .input }"}, {"limit", 1}, {"do", {{{"step", "x"}}}}},
           {{"step", "last"}}}}});
    std::string items = "[0";
    for (int i = 1; i < 10'000; ++i) items += ",0";
    on_small_stack([&] {
        Held run(plan, items + "]");
        run.take(run->begin(1));
        for (std::size_t i = 1; i <= 10'000; ++i) run.ended(i, {"1", {}, {}}, 2);
        run.reload();
        const auto change = run.take(run->cancel(Error(GANTRY_E_CANCELLED, "stop"), 3));
        ASSERT_EQ(change.calls.size(), 1U);
        run.undone(10'001, 4);
        for (std::size_t i = 10'000; i > 0; --i) run.undone(i, 5);
        EXPECT_EQ(run.run().status, RunStatus::kReverted);
    });
}

TEST(SagaSize, branches_within_branches_need_a_stack_of_their_depth) {
    json inner = {{"step", "x"}};
    for (int depth = 0; depth < 60; ++depth) inner = {{"parallel", {inner}}};
    const auto plan = plan_of({{"name", "w"}, {"steps", {inner}}});
    on_small_stack([&] {
        Held run(plan);
        run.take(run->begin(1));
        run.reload();
        EXPECT_EQ(run.take(run->begin(2)).calls.size(), 1U);
    });
}

TEST(SagaSize, answers_from_outside_to_many_waiting_steps_do_not_walk_over_all_of_them) {
    json items = json::array();
    for (int i = 0; i < 1000; ++i) items.push_back(i);
    const auto plan = plan_of(
        {{"name", "w"},
         {"steps",
          {{{"id", "all"}, {"for_each", items}, {"limit", 1000}, {"do", {{{"step", "x"}}}}}}}});
    Held run(plan);
    run.take(run->begin(1));
    for (std::size_t i = 1; i <= 1000; ++i) {
        EXPECT_EQ(run->calling("all[" + std::to_string(i - 1) + "]/x", Side::kInvoke), i);
    }
    EXPECT_FALSE(run->calling("all", Side::kInvoke));
    EXPECT_FALSE(run->calling("nobody", Side::kInvoke));
}

}  // namespace
}  // namespace gantry::host
