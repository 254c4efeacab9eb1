// Who may wait for the store: its functions ask, and its own thread may not.
#include "base/may_block.hpp"
#include "store/store.hpp"
#include "support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <future>

namespace gantry::host {
namespace {

#ifndef NDEBUG

using WaitingVerb = void (*)(Store&);

struct WaitingCase {
    const char* name;
    WaitingVerb verb;
};

constexpr WaitingCase kWaiting[] = {
    {"put_definition",
     [](Store& s) {
         s.put_definition({"h", "w", "{}"});
     }},
    {"definition", [](Store& s) { s.definition("h"); }},
    {"run", [](Store& s) { s.run("r"); }},
    {"run_named", [](Store& s) { s.run_named("w", "r"); }},
    {"runs", [](Store& s) { s.runs({}); }},
    {"count", [](Store& s) { s.count({}); }},
    {"steps", [](Store& s) { s.steps("r"); }},
    {"unreverted", [](Store& s) { s.unreverted("r"); }},
    {"events", [](Store& s) { s.events("r"); }},
    {"waiting", [](Store& s) { s.waiting(); }},
    {"unaccounted", [](Store& s) { s.unaccounted(std::chrono::milliseconds(1)); }},
    {"undriven",
     [](Store& s) {
         s.undriven(std::chrono::milliseconds(1), [](const std::string&) { return true; });
     }},
    {"suspect", [](Store& s) { s.suspect({}); }},
    {"sweep", [](Store& s) { s.sweep(1); }},
    {"release", [](Store& s) { s.release(); }},
    {"wake", [](Store& s) { s.wake("plugin"); }},
    {"move_delays", [](Store& s) { s.move_delays(1); }},
    {"bound_delays", [](Store& s) { s.bound_delays(); }},
    {"erase", [](Store& s) { s.erase(RunStatus::kDone, 0, 1); }},
    {"oldest", [](Store& s) { s.oldest(RunStatus::kDone); }},
    {"note", [](Store& s) { s.note("k"); }},
    {"put_note", [](Store& s) { s.put_note("k", "v"); }},
};

class StoreThreads : public testing::TestWithParam<WaitingCase> {};

TEST_P(StoreThreads, a_function_that_waits_refuses_a_thread_that_may_not) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    const auto refuse = [](const std::string& where) {
        const auto store = Store::open(where, "test");
        GetParam().verb(*store);  // elsewhere it serves
        const MayNotBlock here("this thread");
        GetParam().verb(*store);
    };
    const test::TempDir dir;
    EXPECT_DEATH(refuse("memory:"), "this thread may not block");
    EXPECT_DEATH(refuse("sqlite:" + (dir / "g.db").string()), "this thread may not block");
}

INSTANTIATE_TEST_SUITE_P(, StoreThreads, testing::ValuesIn(kWaiting),
                         [](const auto& one) { return std::string(one.param.name); });

TEST(StoreThread, its_own_may_not_wait_for_the_store) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    const auto wait_in_a_callback = [] {
        const auto store = Store::open("memory:", "test");
        std::promise<void> never;
        store->claim_due(1, true, [&](const Due&) { store->run("r"); });
        never.get_future().wait_for(std::chrono::seconds(10));
    };
    EXPECT_DEATH(wait_in_a_callback(), "the store's writer may not block");
}

#endif

TEST(StoreThread, one_that_may_not_wait_can_write_and_claim) {
    const auto store = Store::open("memory:", "test");
    std::promise<Outcome> outcome;
    std::promise<Due> due;
    std::promise<Claim> claim;
    std::promise<SignalPut> signal;
    {
        const MayNotBlock here("this thread");
        store->post(Mutation{}, [&](Outcome o) { outcome.set_value(std::move(o)); });
        store->claim_due(1, true, [&](Due d) { due.set_value(std::move(d)); });
        store->claim("r", true, [&](Claim c) { claim.set_value(std::move(c)); });
        store->put_signal("r", {}, [&](SignalPut s) { signal.set_value(std::move(s)); });
        EXPECT_GT(store->now(), 0);
        EXPECT_FALSE(store->host().empty());
        EXPECT_EQ(store->lock(), nullptr);
        store->write_queue();
        store->still_for();
    }
    EXPECT_TRUE(std::holds_alternative<Stale>(outcome.get_future().get()));
    EXPECT_FALSE(due.get_future().get().failed);
    EXPECT_FALSE(claim.get_future().get().there);
    EXPECT_FALSE(signal.get_future().get().run);
}

}  // namespace
}  // namespace gantry::host
