// kill -9 of the host within the connector's write, again and again: at the end there is one effect
// or none, and what was promised.
#include <gtest/gtest.h>

#include <atomic>

#include "erp/tryton/tryton.hpp"

namespace gantry::test {
namespace {

using Kind = ProxyFault::Kind;
using std::chrono::seconds;

constexpr int kRounds = 6;  // of each test

class TrytonKill : public testing::Test {
protected:
    void make(const std::string& id, bool in_tryton) { shop_.make(id, in_tryton); }

    // Starts a run, and kills the host when a write met `fault`; then all goes well again.
    void run_and_kill(const std::string& workflow, json input, const ProxyFault& fault,
                      int nth = 1) {
        std::atomic<int> writes{0};
        std::atomic<bool> met{false};
        shop_.proxy.forget();
        shop_.proxy.inject(fault, 1, [&](const ServedRequest& request) {
            if (!is_write(request) || ++writes != nth) return false;
            met = true;
            return true;
        });
        const auto accepted = shop_.host.send({"POST",
                                               "/admin/workflows-executions/" + workflow + "/run",
                                               json{{"input", input}}.dump(),
                                               {{"Prefer", "wait=0"}}});
        ASSERT_EQ(accepted.status, 202) << accepted.body;
        const bool passed_on = fault.kind == Kind::kStallReply;
        ASSERT_TRUE(shop_.host.until([&] {
            return passed_on ? shop_.writes() >= static_cast<std::size_t>(nth) : met.load();
        })) << "no write came";
        shop_.host.kill9();
        shop_.proxy.heal();
        shop_.host.serve();
        const auto id = accepted.parsed().at("acknowledgement").at("runId").get<std::string>();
        ASSERT_TRUE(shop_.host.until([&] {
            for (const auto& run : shop_.host.runs()) {
                if (run.at("run_id") != id) continue;
                state_ = run.at("state");
            }
            return state_ == "done" || state_ == "reverted" || state_ == "failed";
        })) << state_;
    }

    TrytonShop shop_;
    std::string state_;
};

TEST_F(TrytonKill, after_the_write_was_passed_on_it_is_done_once) {
    for (int i = 0; i < kRounds; ++i) {
        const auto id = new_id("kill_after_" + std::to_string(i));
        make(id, true);
        run_and_kill("update-product-and-erp", {{"id", id}, {"title", "Linen"}, {"weight", 250}},
                     {Kind::kStallReply});
        EXPECT_EQ(state_, "done");
        EXPECT_EQ(shop_.writes(), 1U);
        EXPECT_EQ(Tryton::get().product(id).at("name"), "Linen");
        EXPECT_EQ(shop_.host.call("product", "retrieveProduct", {{"id", id}}).at("title"), "Linen");
    }
}

TEST_F(TrytonKill, before_the_write_arrived_it_is_done_once) {
    for (int i = 0; i < kRounds / 2; ++i) {
        const auto id = new_id("kill_before_" + std::to_string(i));
        make(id, true);
        run_and_kill("update-product-and-erp", {{"id", id}, {"title", "Linen"}}, {Kind::kStall});
        EXPECT_EQ(state_, "done");
        EXPECT_EQ(shop_.writes(), 1U);
        EXPECT_EQ(Tryton::get().product(id).at("name"), "Linen");
    }
}

TEST_F(TrytonKill, within_the_making_of_a_product_it_is_made_once) {
    for (int i = 0; i < kRounds; ++i) {
        const auto id = new_id("kill_make_" + std::to_string(i));
        make(id, false);
        run_and_kill("update-product-and-erp", {{"id", id}, {"title", "Linen"}},
                     {Kind::kStallReply});
        EXPECT_EQ(state_, "done");
        EXPECT_EQ(Tryton::get().count(id), 1U);
        EXPECT_EQ(shop_.writes(), 1U);
    }
}

TEST_F(TrytonKill, within_the_undo_both_sides_are_as_before) {
    for (int i = 0; i < kRounds; ++i) {
        const auto id = new_id("kill_undo_" + std::to_string(i));
        const bool exists = i % 2 == 0;
        make(id, exists);
        const auto before = shop_.state(id);
        run_and_kill("change-then-fail", {{"id", id}, {"title", "Linen"}, {"weight", 250}},
                     {i % 4 < 2 ? Kind::kStallReply : Kind::kStall}, 2);
        EXPECT_EQ(state_, "reverted");
        EXPECT_EQ(shop_.state(id), before);
    }
}

}  // namespace
}  // namespace gantry::test
