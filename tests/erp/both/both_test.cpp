// A product in the product module, in a Tryton and in an SAP: changed in all three or in none.
// Read back through the servers' own interfaces.
#include "erp/tryton/tryton.hpp"
#include "support/erp/odata_shop.hpp"

#include <gtest/gtest.h>

#include <iostream>

namespace gantry::test {
namespace {

const json kChanges = {{"title", "Big mug"}, {"weight", 320}, {"status", "draft"}};

json step(const char* id, const char* erp) {
    return {{"step", "update-erp"}, {"id", id}, {"with", "${ .input }"}, {"bind", {{"erp", erp}}}};
}

json config(int tryton_port, const FaultProxy& sap) {
    auto out = misbehaving_shop_config();
    auto& modules = out["modules"];
    modules.erase("erp");
    modules["tryton"] = {{"plugin", "erp-tryton"}, {"options", Tryton::get().options(tryton_port)}};
    modules["sap"] = {
        {"plugin", "erp-odata"},
        {"options",
         {{"url", sap.url(kOdataV4.path)}, {"user", "COMM_USER"}, {"password", "Welcome-1"}}}};
    modules["catalog"]["bind"] = {{"erp", "sap"}};
    return out;
}

class BothErps : public testing::Test {
protected:
    void SetUp() override {
        if (const auto why = read_text(GANTRY_ODATA "/skip"); !why.empty()) {
            std::cout << "skipped: " << why << '\n';
            GTEST_SKIP();
        }
        sap_.emplace();
        to_tryton_.emplace(Tryton::get().port());
        to_sap_.emplace(sap_->port());
        host_.emplace(config(to_tryton_->port(), *to_sap_));
        const json product = {{"step", "update-product"}, {"with", "${ .input }"}};
        const json fails = {{"step", "fails"}, {"with", {{"code", GANTRY_E_REJECTED}}}};
        const json tryton = step("in-tryton", "tryton");
        const json sap = step("in-sap", "sap");
        add_workflow(*host_, "tryton-then-sap", {product, tryton, sap});
        add_workflow(*host_, "sap-then-tryton", {product, sap, tryton});
        add_workflow(*host_, "at-once", {product, {{"parallel", {tryton, sap}}}});
        add_workflow(*host_, "all-then-fail", {product, tryton, sap, fails});
        host_->serve_and_reach();
    }

    /// In all three.
    std::string make(bool blocked_in_tryton = false) {
        static int n = 0;
        const auto id = new_id("both" + std::to_string(++n));
        host_->call("product", "createProducts",
                    {{"products", {{{"id", id}, {"title", "Mug"}, {"handle", id}}}}});
        sap_->create(id, "Mug");
        if (blocked_in_tryton) {
            Tryton::get().make_blocked(id);
        } else {
            Tryton::get().make(id);
        }
        return id;
    }

    json state(const std::string& id) {
        const auto product = host_->call("product", "snapshotProduct", {{"id", id}});
        return {{"product", without(product, "updated_at")},
                {"tryton", Tryton::get().product(id)},
                {"sap", sap_->record(id)}};
    }

    HttpResponse run(const std::string& workflow, const std::string& id, json changes) {
        changes["id"] = id;
        return run_workflow(*host_, workflow, changes);
    }

    void expect_reverted(const std::string& workflow, const std::string& id, const json& changes,
                         const std::string& step, const json& before) {
        const auto refused = run(workflow, id, changes);
        EXPECT_EQ(refused.status, 400) << workflow << ": " << refused.body;
        const auto said = refused.parsed();
        EXPECT_EQ(said.value("state", ""), "reverted") << workflow << ": " << said;
        EXPECT_EQ(said.value("step", ""), step) << workflow << ": " << said;
        EXPECT_EQ(state(id), before) << workflow;
    }

    std::optional<OdataServer> sap_;
    std::optional<FaultProxy> to_tryton_;
    std::optional<FaultProxy> to_sap_;
    std::optional<HostProcess> host_;
};

const std::vector<std::string> kWorkflows = {"tryton-then-sap", "sap-then-tryton", "at-once"};

TEST_F(BothErps, change_together) {
    for (const auto& workflow : kWorkflows) {
        const auto id = make();
        const auto answer = run(workflow, id, kChanges);
        ASSERT_EQ(answer.status, 200) << answer.body;
        EXPECT_EQ(Tryton::get().product(id).at("name"), "Big mug");
        EXPECT_EQ(Tryton::get().product(id).at("active"), false);
        EXPECT_EQ(sap_->record(id).at("GrossWeight"), 0.32);
        EXPECT_EQ(sap_->record(id).at("CrossPlantStatus"), "PI");
        EXPECT_EQ(host_->call("product", "retrieveProduct", {{"id", id}}).at("title"), "Big mug");
    }
}

TEST_F(BothErps, a_refusal_by_sap_restores_the_product_and_tryton_exactly) {
    auto changes = kChanges;
    changes["weight"] = 123456789012345;  // more digits than its decimal has
    for (const auto& workflow : kWorkflows) {
        const auto id = make();
        expect_reverted(workflow, id, changes, "in-sap", state(id));
    }
}

TEST_F(BothErps, a_refusal_by_tryton_restores_the_product_and_sap_exactly) {
    auto changes = kChanges;
    changes["status"] = "published";
    for (const auto& workflow : kWorkflows) {
        const auto id = make(true);
        expect_reverted(workflow, id, changes, "in-tryton", state(id));
    }
}

TEST_F(BothErps, a_later_steps_failure_restores_all_three_exactly) {
    const auto id = make();
    expect_reverted("all-then-fail", id, kChanges, "fails", state(id));
}

TEST_F(BothErps, a_reply_that_either_loses_is_one_write_there_and_none_after_the_undo) {
    const ProxyFault lost{ProxyFault::Kind::kLoseReply};
    const auto id = make();
    ASSERT_EQ(run("tryton-then-sap", id, {{"weight", 5}}).status, 200);
    to_tryton_->forget();
    to_sap_->forget();
    to_tryton_->inject(lost, 1, is_write);
    to_sap_->inject(lost, 1, OdataShop::is_write);
    const auto before = state(id);
    ASSERT_EQ(run("tryton-then-sap", id, {{"weight", 6}}).status, 200);
    EXPECT_EQ(to_tryton_->passed(is_write), 1U);
    EXPECT_EQ(to_sap_->passed(OdataShop::is_write), 1U);
    ASSERT_EQ(run("tryton-then-sap", id, {{"weight", 5}}).status, 200);
    EXPECT_EQ(state(id), before);
    to_tryton_->inject(lost, 1, is_write);
    to_sap_->inject(lost, 1, OdataShop::is_write);
    expect_reverted("all-then-fail", id, {{"weight", 7}}, "fails", before);
}

}  // namespace
}  // namespace gantry::test
