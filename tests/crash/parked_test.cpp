// A hundred thousand runs that wait for their time are rows: they cost no thread, little memory,
// and wake in order.
#include "store/store.hpp"
#include "support/process_memory.hpp"
#include "support/shop.hpp"

#include <gtest/gtest.h>

#include <future>
#include <iostream>
#include <random>

namespace gantry::test {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr int kParked = 100'000;
constexpr int kDue = 200;

std::int64_t now_ms() {
    return std::chrono::duration_cast<milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

TEST(Parked, a_hundred_thousand_runs_cost_little_and_wake_in_order) {
    HostProcess host(misbehaving_shop_config());
    add_workflow(host, "naps", {{{"id", "nap"}, {"sleep", "1h"}}, {{"step", "echo"}}});
    host.serve();
    const auto first =
        host.send({"POST", "/admin/workflows-executions/naps/run", "{}", {{"Prefer", "wait=0"}}});
    ASSERT_EQ(first.status, 202) << first.body;
    ASSERT_TRUE(host.until([&] { return host.runs().at(0).at("state") == "waiting"; }));
    ASSERT_EQ(host.stop(), 0);

    // As many like it, the due ones in no order.
    const unsigned seed = std::random_device{}();
    std::cout << "seed " << seed << '\n';
    std::mt19937 random(seed);
    std::vector<int> order(kDue);
    for (int i = 0; i < kDue; ++i) order[static_cast<std::size_t>(i)] = i;
    std::shuffle(order.begin(), order.end(), random);
    const auto due_from = now_ms() + 12'000;  // all are written by then
    {
        const auto store =
            host::Store::open("sqlite:" + (host.dir() / "data/gantry.db").string(), "test");
        const auto like = *store->run(store->runs({}).at(0).id);
        const auto step = store->steps(like.id).at(0);
        std::promise<void> last;
        for (int i = 0; i < kParked; ++i) {
            host::Mutation mutation;
            mutation.accept = true;
            mutation.run = like;
            mutation.run.id = "run-" + std::to_string(1'000'000 + i);
            mutation.run.wake_at =
                i < kDue ? due_from + 5 * order[static_cast<std::size_t>(i)] : due_from + 3'600'000;
            mutation.steps.push_back(step);
            mutation.steps[0].wake_at = mutation.run.wake_at;
            store->post(std::move(mutation), [&, i](const host::Outcome&) {
                if (i + 1 == kParked) last.set_value();
            });
        }
        last.get_future().wait();
    }
    const auto began = Clock::now();
    host.serve();
    const auto started = std::chrono::duration_cast<milliseconds>(Clock::now() - began);
    const auto before = memory_kib(host.process().pid(), "VmRSS") / 1024;
    std::vector<std::pair<std::string, std::string>> woken;  // when, id
    ASSERT_TRUE(host.until([&] {
        woken.clear();
        const auto answer =
            host.send({"GET", "/admin/workflows-executions?state=done&limit=1000", "", {}});
        const auto body = answer.parsed();
        for (const auto& run : body.at("workflow_executions")) {
            woken.emplace_back(run.at("updated_at"), run.at("id"));
        }
        return woken.size() == kDue;
    })) << woken.size()
        << host.log().substr(0, 3000);
    const auto after = memory_kib(host.process().pid(), "VmRSS") / 1024;
    std::cout << "ready after " << started.count() << " ms, " << before << " MiB, " << after
              << " MiB when " << kDue << " had woken\n";
    EXPECT_LT(started, std::chrono::seconds(5));
    EXPECT_LT(after, 200);
    // In the order of their times, as far as many at once can be told apart.
    std::sort(woken.begin(), woken.end());
    int displaced = 0;
    for (std::size_t place = 0; place < woken.size(); ++place) {
        const auto i =
            static_cast<std::size_t>(std::stoi(woken[place].second.substr(4)) - 1'000'000);
        displaced += std::abs(order[i] - static_cast<int>(place)) > kDue / 4 ? 1 : 0;
    }
    EXPECT_EQ(displaced, 0);
    EXPECT_EQ(host.stop(), 0);
}

}  // namespace
}  // namespace gantry::test
