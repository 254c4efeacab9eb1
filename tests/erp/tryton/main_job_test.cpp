// The main job with a real Tryton: both sides change together or are exactly as before.
#include <gtest/gtest.h>

#include "erp/tryton/tryton.hpp"

namespace gantry::test {
namespace {

const json kChanges = {{"title", "Linen shirt"}, {"description", "Weich — žlutý, 麻"},
                       {"price", "24.90"},       {"weight", 250},
                       {"length", 700},          {"status", "draft"},
                       {"material", "flax"},     {"hs_code", "620520"}};

// What the product module takes of it.
json for_both(json changes) {
    changes.erase("price");
    return changes;
}

class TrytonMainJob : public testing::Test {
protected:
    static void SetUpTestSuite() { shop_ = std::make_unique<TrytonShop>(); }
    static void TearDownTestSuite() { shop_.reset(); }
    static TrytonShop& shop() { return *shop_; }
    static Tryton& tryton() { return Tryton::get(); }
    static std::string id() {
        return new_id(testing::UnitTest::GetInstance()->current_test_info()->name());
    }

    HttpResponse run(const std::string& workflow, json input) const {
        input["id"] = id();
        return run_workflow(shop().host, workflow, input);
    }

    void make_blocked(const json& values = json::object(),
                      const json& of_variant = json::object()) {
        shop().make(id(), false);
        tryton().make_blocked(id(), values, of_variant);
    }

    // Once refused by Tryton itself, once after a later step failed.
    void expect_undone(const json& changes) const {
        const auto before = shop().state(id());
        auto refused = changes;
        refused["status"] = "published";
        const auto answer = shop().update(id(), refused);
        EXPECT_EQ(answer.status, 400) << answer.body;
        const auto said = answer.parsed();
        EXPECT_EQ(said.value("type", ""), "not_allowed") << said;
        EXPECT_EQ(said.value("state", ""), "reverted") << said;
        EXPECT_EQ(said.value("message", ""),
                  "Tryton refuses: Code of active product must be unique.");
        EXPECT_EQ(shop().state(id()), before) << "after Tryton's refusal";

        const auto failed = run("change-then-fail", changes);
        EXPECT_EQ(failed.parsed().value("state", ""), "reverted") << failed.body;
        EXPECT_EQ(shop().state(id()), before) << "after a later step's failure";

        EXPECT_EQ(shop().update(id(), changes).status, 200);
        EXPECT_NE(shop().state(id()).at("tryton"), before.at("tryton"));
    }

private:
    static inline std::unique_ptr<TrytonShop> shop_;
};

TEST_F(TrytonMainJob, gantry_modules_tells_that_tryton_is_reached) {
    const auto modules = shop().host.cli({"modules"});
    EXPECT_EQ(modules.exit_code, 0) << modules.out;
    EXPECT_NE(modules.out.find("its system is reached, in "), std::string::npos) << modules.out;
}

TEST_F(TrytonMainJob, changes_product_and_erp) {
    shop().make(id());
    const auto answer = shop().update(id(), for_both(kChanges));
    ASSERT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(answer.parsed().at("erpData").at("ignored"), json::array({"hs_code"}))
        << "this Tryton has no such attribute";
    const auto there = tryton().product(id());
    EXPECT_EQ(there.at("name"), "Linen shirt");
    EXPECT_EQ(there.at("weight"), 250.0);
    EXPECT_EQ(there.at("length"), 700.0);
    EXPECT_EQ(there.at("active"), false);
    EXPECT_EQ(there.at("list_price"), decimal("19.950")) << "what is absent is unchanged";
    const auto& variant = there.at("products.").at(0);
    EXPECT_EQ(variant.at("description"), kChanges.at("description"));
    EXPECT_EQ(variant.at("attributes"), (json{{"material", "flax"}}));
    EXPECT_EQ(shop().host.call("product", "retrieveProduct", {{"id", id()}}).at("title"),
              "Linen shirt");
}

TEST_F(TrytonMainJob, an_update_is_one_read_one_write_and_one_read) {
    shop().make(id());
    ASSERT_EQ(shop().update(id(), {{"subtitle", "first"}}).status, 200);
    shop().proxy.forget();
    shop().host.call("erp", "updateProductErpData",
                     {{"id", id()}, {"data", {{"title", "T"}, {"price", "12.3456"}}}});
    EXPECT_EQ(shop().proxy.passed().size(), 3U);
    EXPECT_EQ(shop().writes(), 1U);
    EXPECT_EQ(tryton().product(id()).at("list_price"), decimal("12.3456"));
    shop().proxy.forget();
    shop().host.call("erp", "updateProductErpData", {{"id", id()}, {"data", {{"title", "T"}}}});
    EXPECT_EQ(shop().proxy.passed().size(), 1U) << "nothing to change";
}

TEST_F(TrytonMainJob, is_undone_exactly_for_every_field) {
    make_blocked({{"list_price", decimal("19.950")}, {"weight", 1}, {"weight_uom", 3}},
                 {{"description", "before"}});
    expect_undone(for_both(kChanges));
}

TEST_F(TrytonMainJob, is_undone_exactly_for_units_and_attributes_that_the_shop_does_not_know) {
    make_blocked({{"weight", 0.25}, {"weight_uom", 2}}, {{"attributes", {{"shelf", "A1"}}}});
    expect_undone(for_both(kChanges));
}

TEST_F(TrytonMainJob, a_product_that_the_run_made_is_gone_after_it_failed) {
    shop().make(id(), false);
    const auto before = shop().state(id());
    const auto failed = run("change-then-fail", for_both(kChanges));
    EXPECT_EQ(failed.parsed().value("state", ""), "reverted") << failed.body;
    EXPECT_EQ(shop().state(id()), before);
    EXPECT_EQ(tryton().count(id()), 0U);
    EXPECT_EQ(shop().update(id(), {{"title", "New"}}).status, 200);
    EXPECT_EQ(tryton().product(id()).at("name"), "New");
    EXPECT_EQ(tryton().count(id()), 1U);
}

TEST_F(TrytonMainJob, two_products_of_one_code_are_a_matter_for_a_person) {
    shop().make(id());
    ASSERT_EQ(shop().update(id(), {{"status", "draft"}}).status, 200);
    tryton().make(id());  // Tryton allows it while ours is inactive
    const auto answer = shop().update(id(), {{"title", "Which?"}}, {{"Prefer", "wait=20"}});
    EXPECT_EQ(answer.status, 202) << answer.body;
    EXPECT_EQ(shop().run_state(), "paused");
}

TEST_F(TrytonMainJob, a_mapping_file_and_an_attribute_for_our_id_are_used_and_checked) {
    const auto with = [&](const json& mapping) {
        return [mapping](json& config) {
            auto& options = config["modules"]["erp"]["options"];
            options["id_attribute"] = "medusa_id";
            options["mapping"] = GANTRY_TRYTON_DIR "/mapping.json";
            write_text(GANTRY_TRYTON_DIR "/mapping.json", mapping.dump());
        };
    };
    const json title = {{"to", "template.name"}};
    const json constants = {{"template.type", "goods"},
                            {"template.default_uom", "u"},
                            {"template.attribute_set", "shop"}};
    TrytonShop other(with({{"fields", {{"title", title}, {"subtitle", {{"to", "template.code"}}}}},
                           {"constants", constants}}));
    const auto code = id() + "-code";
    const auto made = other.host.call("erp", "updateProductErpData",
                                      {{"id", id()},
                                       {"data", {{"title", "By attribute"}, {"subtitle", code}}},
                                       {"create", true}});
    EXPECT_EQ(tryton().product(code).at("products.").at(0).at("attributes"),
              (json{{"medusa_id", id()}}));
    EXPECT_EQ(other.host.call("erp", "retrieveProductErpDetails", {{"id", id()}}).at("version"),
              made.at("version"));

    TrytonShop wrong(with({{"fields", {{"title", {{"to", "template.nam"}}}}}}));
    const auto said = wrong.host.cli({"call", "erp", "describe"}).err;
    EXPECT_NE(said.find("has no \"nam\". Did you mean \"name\"?"), std::string::npos) << said;
}

TEST_F(TrytonMainJob, the_undo_of_what_somebody_changed_since_leaves_it_and_says_so) {
    shop().make(id());
    const auto before = shop().host.call("erp", "snapshotProduct", {{"id", id()}});
    const auto written = shop().host.call("erp", "updateProductErpData",
                                          {{"id", id()}, {"data", {{"title", "Ours"}}}});
    tryton().write(id(), {{"name", "Theirs"}});
    const auto answer =
        shop().host.cli({"call", "erp", "restoreProduct", "--input",
                         json{{"snapshot", before}, {"written", written.at("version")}}.dump()});
    EXPECT_NE(answer.exit_code, 0);
    EXPECT_NE(answer.err.find("CHANGED"), std::string::npos) << answer.err;
    EXPECT_EQ(tryton().product(id()).at("name"), "Theirs");
}

}  // namespace
}  // namespace gantry::test
