// Runs of this host with which nothing in it goes on: named, and never one that changes hands.
#include "flow_rig.hpp"

#include <thread>

namespace gantry::host {
namespace {

using std::chrono::milliseconds;

std::vector<std::string> left_alone(FlowRig& rig) {
    std::vector<std::string> ids;
    for (const auto& run : rig.engine.unaccounted(milliseconds(0))) {
        if (run.why.starts_with("this host owns it")) ids.push_back(run.run_id);
    }
    return ids;
}

TEST(Accounts, a_run_of_this_host_that_nothing_in_it_goes_on_with_is_named) {
    HeldCalls held;
    FlowRig rig([&](const StepCall& call, const RecordUndo&, auto e) { held.hold(call, e); });
    rig.add({{"name", "one"}, {"steps", {{{"step", "a"}}}}});
    const auto driven = rig.start("one");
    rig.until([&] { return held.size() == 1; });
    Mutation lost;
    lost.accept = true;
    lost.run = *rig.store->run(driven);
    lost.run.id = "lost";
    std::promise<void> written;
    rig.store->post(std::move(lost), [&](const Outcome&) { written.set_value(); });
    written.get_future().wait();
    rig.lost = true;
    EXPECT_EQ(left_alone(rig), std::vector<std::string>{"lost"});
    for (const auto& run : rig.engine.unaccounted(std::chrono::minutes(1))) {
        ADD_FAILURE() << run.run_id << " may still be on its way: " << run.why;
    }
    held.answer_all(fine());
    EXPECT_EQ(rig.wait(driven).status, RunStatus::kDone);
}

TEST(Accounts, no_run_is_named_while_it_is_accepted_claimed_parked_or_ends) {
    FlowRig rig([](const StepCall&, const RecordUndo&, auto ended) { ended(fine()); });
    rig.add({{"name", "ask"}, {"steps", {{{"id", "g"}, {"wait", "go"}}, {{"step", "a"}}}}});
    rig.engine.recover();
    std::atomic<bool> over{false};
    std::thread looking([&] {
        while (!over) EXPECT_EQ(left_alone(rig), std::vector<std::string>{});
    });
    for (int i = 0; i < 200; ++i) {
        const auto id = rig.start("ask");
        rig.until_waiting(id, "signal:");
        rig.ask.signal(id, {"s", "go", "1", 0});
        EXPECT_EQ(rig.wait(id).status, RunStatus::kDone);
    }
    over = true;
    looking.join();
}

}  // namespace
}  // namespace gantry::host
