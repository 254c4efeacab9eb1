// kill -9 of the host within the connector's write: at the end there is one effect or none, and
// what was promised.
#include <gtest/gtest.h>

#include <atomic>

#include "erp/medusa/medusa.hpp"

namespace gantry::test {
namespace {

using Kind = ProxyFault::Kind;

class MedusaKill : public testing::Test {
protected:
    void make(const std::string& name) {
        id_ = Medusa::get().make_product(new_name(name));
        before_ = shop_.state(id_);
    }

    // Starts a run, and kills the host when the nth write met `kind`; then all goes well again.
    void run_and_kill(const std::string& workflow, json input, Kind kind, int nth = 1) {
        std::atomic<int> writes{0};
        std::atomic<bool> met{false};
        shop_.proxy.forget();
        shop_.proxy.inject({kind}, 1, [&](const ServedRequest& request) {
            if (!is_write(request) || ++writes != nth) return false;
            met = true;
            return true;
        });
        input["id"] = id_;
        const auto accepted = shop_.host.send({"POST",
                                               "/admin/workflows-executions/" + workflow + "/run",
                                               json{{"input", input}}.dump(),
                                               {{"Prefer", "wait=0"}}});
        ASSERT_EQ(accepted.status, 202) << accepted.body;
        const bool passed_on = kind == Kind::kStallReply;
        ASSERT_TRUE(shop_.host.until([&] {
            return passed_on ? shop_.writes() >= static_cast<std::size_t>(nth) : met.load();
        })) << "no write came";
        shop_.host.kill9();
        shop_.proxy.heal();
        shop_.host.serve();
        ASSERT_TRUE(shop_.host.until([&] {
            state_ = shop_.run_state();
            return state_ == "done" || state_ == "reverted" || state_ == "failed";
        })) << state_;
    }

    MedusaShop shop_;
    std::string id_;
    json before_;
    std::string state_;
};

TEST_F(MedusaKill, after_the_write_was_passed_on_it_is_done_once) {
    for (int i = 0; i < 3; ++i) {
        make("kill-after");
        run_and_kill("update-product-and-erp", {{"title", "Linen"}, {"weight", 251}},
                     Kind::kStallReply);
        EXPECT_EQ(state_, "done");
        EXPECT_EQ(shop_.writes(), 1U);
        const auto now = shop_.state(id_);
        EXPECT_EQ(now.at("medusa").at("title"), "Linen");
        EXPECT_NE(now.at("erp"), before_.at("erp"));
    }
}

TEST_F(MedusaKill, before_the_write_arrived_it_is_done_once) {
    make("kill-before");
    run_and_kill("update-product-and-erp", {{"title", "Linen"}}, Kind::kStall);
    EXPECT_EQ(state_, "done");
    EXPECT_EQ(shop_.writes(), 1U);
    EXPECT_EQ(shop_.state(id_).at("medusa").at("title"), "Linen");
}

TEST_F(MedusaKill, of_what_the_erp_refuses_both_are_as_before) {
    for (int i = 0; i < 2; ++i) {
        make("kill-refused");
        run_and_kill("update-product-and-erp", {{"title", long_title()}, {"weight", 251}},
                     Kind::kStallReply);
        EXPECT_EQ(state_, "reverted");
        EXPECT_EQ(shop_.state(id_), before_);
    }
}

TEST_F(MedusaKill, within_the_undo_both_sides_are_as_before) {
    for (const auto kind : {Kind::kStallReply, Kind::kStall}) {
        make("kill-undo");
        run_and_kill("change-then-fail", {{"title", "Linen"}, {"weight", 251}}, kind, 2);
        EXPECT_EQ(state_, "reverted");
        EXPECT_EQ(shop_.state(id_), before_);
    }
}

}  // namespace
}  // namespace gantry::test
