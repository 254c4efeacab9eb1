// Where an event of a strand runs.
#include "flow/strand.hpp"

#include "base/carry_on.hpp"

#include <gtest/gtest.h>

#include <future>

namespace gantry::host {
namespace {

using ThreadId = std::thread::id;

struct StrandRig {
    explicit StrandRig(bool may_block = false) : pool({.threads = 2, .may_block = may_block}) {}

    /// On which thread an event runs that is posted now.
    std::future<ThreadId> event() {
        auto ran = std::make_shared<std::promise<ThreadId>>();
        strand.post([ran] { ran->set_value(std::this_thread::get_id()); });
        return ran->get_future();
    }

    Pool pool;
    Strand strand{pool};
    const ThreadId here = std::this_thread::get_id();
};

TEST(Strand, an_event_runs_on_the_pools_thread) {
    StrandRig rig;
    EXPECT_NE(rig.event().get(), rig.here);
}

TEST(Strand, an_event_to_an_idle_one_runs_where_the_thread_carries_on) {
    StrandRig rig;
    const CarryOn carry_on;
    EXPECT_EQ(rig.event().get(), rig.here);
    EXPECT_EQ(rig.event().get(), rig.here);
}

TEST(Strand, an_event_never_runs_within_another) {
    StrandRig rig;
    StrandRig other;
    const CarryOn carry_on;
    bool within = true;
    std::promise<bool> own;
    std::future<ThreadId> of_other;
    rig.strand.post([&] {
        rig.strand.post([&] { own.set_value(within); });
        of_other = other.event();
        within = false;
    });
    EXPECT_FALSE(own.get_future().get());
    EXPECT_NE(of_other.get(), rig.here);
}

TEST(Strand, a_thread_that_carries_on_is_not_kept_by_a_strand_with_many_events) {
    StrandRig rig;
    const CarryOn carry_on;
    std::vector<std::future<ThreadId>> events;
    rig.strand.post([&] {
        for (int i = 0; i < 10; ++i) events.push_back(rig.event());
    });
    for (std::size_t i = 0; i < events.size(); ++i) {
        EXPECT_EQ(events[i].get() == rig.here, i < 3) << i;
    }
}

TEST(Strand, an_event_waits_for_the_one_that_is_under_way_elsewhere) {
    StrandRig rig;
    std::promise<void> begun;
    std::promise<void> go_on;
    rig.strand.post([&] {
        begun.set_value();
        go_on.get_future().wait();
    });
    begun.get_future().wait();
    const CarryOn carry_on;
    auto second = rig.event();
    EXPECT_EQ(second.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
    go_on.set_value();
    EXPECT_NE(second.get(), rig.here);
}

TEST(Strand, an_event_that_may_block_runs_on_the_pools_thread) {
    StrandRig rig(/*may_block=*/true);
    const CarryOn carry_on;
    EXPECT_NE(rig.event().get(), rig.here);
}

}  // namespace
}  // namespace gantry::host
