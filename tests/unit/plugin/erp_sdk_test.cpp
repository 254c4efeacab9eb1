// gantry::ErpV1: snapshot and restore made of read and write.
#include <gantry/erp.hpp>

#include <gtest/gtest.h>

namespace gantry {
namespace {

/// An ERP in memory: id → data; the version is the data's text.
struct Shop {
    json describe(Call&, const json&) {
        return {{"system", {{"kind", "shop"}, {"id", system}, {"company", "1"}}},
                {"fields",
                 {{{"name", "title"}, {"writable", true}},
                  {{"name", "price"}, {"writable", true}},
                  {{"name", "changed_at"}, {"writable", false}}}},
                {"remove", "delete"}};
    }
    json retrieve(Call&, const json& input) {
        seen.push_back(input);
        const auto id = input.at("id").get<std::string>();
        if (!products.contains(id)) throw Error(GANTRY_E_NOT_FOUND, "no product " + id);
        return {{"id", id}, {"version", version(id)}, {"data", products.at(id)}};
    }
    json update(Call&, const json& input) {
        written.push_back(input);
        const auto id = input.at("id").get<std::string>();
        for (const auto& [name, value] : input.at("data").items()) {
            if (value.is_null()) {
                products[id].erase(name);
            } else {
                products[id][name] = value;
            }
        }
        return {{"version", version(id)}, {"data", products.at(id)}};
    }

    std::string version(const std::string& id) const { return products.at(id).dump(); }

    std::string system = "shop-1";
    json products = {{"p", {{"title", "Old"}, {"changed_at", 1}}}};
    std::vector<json> seen, written;
};

/// One that can remove, too.
struct Deleting : Shop {
    json remove(Call&, const json& input) {
        removed.push_back(input);
        products.erase(input.at("id").get<std::string>());
        return nullptr;
    }
    std::vector<json> removed;
};

/// One that marks what is to go.
struct Marking : Shop {
    json describe(Call& call, const json& input) {
        auto about = Shop::describe(call, input);
        about["remove"] = "mark";
        return about;
    }
    json remove(Call&, const json& input) {
        products[input.at("id").get<std::string>()]["gone"] = true;
        return {{"version", version(input.at("id"))}};
    }
};

/// One with methods of its own.
struct Own : Shop {
    json snapshot(Call&, const json&) { return "its own snapshot"; }
    json restore(Call&, const json&) { return "its own restore"; }
};

template <typename Self = Shop>
struct Rig {
    json snapshot(const json& input = {{"id", "p"}}) {
        return detail::Erp<Self>::snapshot(shop, call, input);
    }
    json restore(const json& before, const json& written) {
        return detail::Erp<Self>::restore(shop, call, {{"snapshot", before}, {"written", written}});
    }
    json update(const json& data, const std::string& id = "p") {
        return shop.update(call, {{"id", id}, {"data", data}}).at("version");
    }
    Error refusal(const json& before, const json& written) {
        try {
            return {GANTRY_OK, restore(before, written).dump()};
        } catch (const Error& e) {
            return e;
        }
    }

    Self shop;
    gantry_host table{};
    gantry_invocation in{};
    Call call{table, in};
};

TEST(ErpV1, a_snapshot_says_the_system_the_version_and_what_stands_there) {
    Rig rig;
    EXPECT_EQ(rig.snapshot({{"id", "p"}, {"ref", {{"external_id", "7"}}}}),
              json({{"id", "p"},
                    {"ref", {{"external_id", "7"}}},
                    {"system", rig.shop.describe(rig.call, {}).at("system")},
                    {"exists", true},
                    {"version", rig.shop.version("p")},
                    {"state", {{"title", "Old"}, {"changed_at", 1}}}}));
    EXPECT_EQ(rig.shop.seen.at(0).at("ref"), json({{"external_id", "7"}}));
    const auto none = rig.snapshot({{"id", "new"}});
    EXPECT_EQ(none.at("exists"), false);
    EXPECT_TRUE(none.at("version").is_null());
    EXPECT_TRUE(none.at("state").is_null());
}

TEST(ErpV1, what_our_step_wrote_is_taken_back_field_by_field) {
    Rig rig;
    const auto before = rig.snapshot({{"id", "p"}, {"ref", {{"external_id", "7"}}}});
    const auto written = rig.update({{"title", "New"}, {"price", "9.99"}, {"changed_at", 2}});
    rig.shop.written.clear();
    const auto answer = rig.restore(before, written);
    EXPECT_EQ(answer.at("result"), "restored");
    ASSERT_EQ(rig.shop.written.size(), 1U);
    EXPECT_EQ(rig.shop.written[0], json({{"id", "p"},
                                         {"ref", {{"external_id", "7"}}},
                                         {"if_version", written},
                                         {"data", {{"title", "Old"}, {"price", nullptr}}}}))
        << "cleared where there was none, untouched where it may not be written";
}

TEST(ErpV1, the_version_after_a_restore_is_the_one_before) {
    Rig rig;
    const auto first = rig.snapshot();
    const auto one = rig.update({{"title", "One"}});
    const auto second = rig.snapshot();
    const auto two = rig.update({{"title", "Two"}});
    EXPECT_EQ(rig.restore(second, two).at("version"), one);
    EXPECT_EQ(rig.restore(first, one).at("version"), first.at("version"));
    EXPECT_EQ(rig.shop.products.at("p").at("title"), "Old");
}

TEST(ErpV1, a_product_that_is_as_before_is_left_alone) {
    Rig rig;
    const auto before = rig.snapshot();
    for (const auto& written : {json(), json("some version")}) {
        EXPECT_EQ(rig.restore(before, written),
                  json({{"result", "unchanged"}, {"version", before.at("version")}}));
    }
    const auto none = rig.snapshot({{"id", "new"}});
    EXPECT_EQ(rig.restore(none, nullptr), json({{"result", "unchanged"}, {"version", nullptr}}));
    EXPECT_TRUE(rig.shop.written.empty());
}

TEST(ErpV1, what_somebody_else_wrote_stays) {
    Rig rig;
    const auto before = rig.snapshot();
    const auto written = rig.update({{"title", "Ours"}});
    rig.update({{"title", "Theirs"}});
    const auto error = rig.refusal(before, written);
    EXPECT_EQ(error.code(), GANTRY_E_CHANGED);
    EXPECT_EQ(error.flags(), GANTRY_EF_NOT_APPLIED);
    EXPECT_EQ(error.details(), json({{"before", before.at("version")},
                                     {"ours", written},
                                     {"now", rig.shop.version("p")}}));
    EXPECT_EQ(rig.shop.products.at("p").at("title"), "Theirs");
    rig.shop.products.erase("p");
    EXPECT_EQ(rig.refusal(before, written).code(), GANTRY_E_CHANGED) << "or removed";
}

TEST(ErpV1, a_change_that_may_be_ours_or_not_is_for_a_person) {
    Rig rig;
    const auto before = rig.snapshot();
    rig.update({{"title", "Whose?"}});
    const auto error = rig.refusal(before, nullptr);
    EXPECT_EQ(error.code(), GANTRY_E_CHANGED);
    EXPECT_NE(error.message().find("not known"), std::string::npos) << error.message();
}

TEST(ErpV1, a_snapshot_of_another_system_is_refused) {
    Rig rig;
    const auto before = rig.snapshot();
    const auto written = rig.update({{"title", "New"}});
    rig.shop.system = "shop-2";
    EXPECT_EQ(rig.refusal(before, written).code(), GANTRY_E_REJECTED);
    EXPECT_EQ(rig.shop.products.at("p").at("title"), "New");
}

TEST(ErpV1, what_was_not_there_before_is_removed_as_describe_says) {
    Rig<Deleting> deleting;
    auto before = deleting.snapshot({{"id", "new"}});
    auto written = deleting.update({{"title", "New"}}, "new");
    EXPECT_EQ(deleting.restore(before, written),
              json({{"result", "restored"}, {"version", nullptr}}));
    EXPECT_EQ(deleting.shop.removed.at(0), json({{"id", "new"}, {"if_version", written}}));

    Rig<Marking> marking;
    before = marking.snapshot({{"id", "new"}});
    written = marking.update({{"title", "New"}}, "new");
    const auto answer = marking.restore(before, written);
    EXPECT_EQ(answer, json({{"result", "marked"}, {"version", marking.shop.version("new")}}));
}

TEST(ErpV1, without_a_remove_it_says_that_a_person_must) {
    Rig rig;
    const auto before = rig.snapshot({{"id", "new"}});
    const auto written = rig.update({{"title", "New"}}, "new");
    const auto error = rig.refusal(before, written);
    EXPECT_EQ(error.code(), GANTRY_E_UNSUPPORTED);
    EXPECT_EQ(error.flags(), GANTRY_EF_NOT_APPLIED);
}

TEST(ErpV1, a_connector_without_versions_is_found_out_before_it_changes_anything) {
    struct Versionless : Shop {
        json retrieve(Call& call, const json& input) {
            auto found = Shop::retrieve(call, input);
            found.erase("version");
            return found;
        }
    };
    Rig<Versionless> rig;
    EXPECT_THROW(rig.snapshot(), Error);
}

TEST(ErpV1, a_connectors_own_snapshot_and_restore_are_used) {
    Rig<Own> rig;
    EXPECT_EQ(rig.snapshot(), "its own snapshot");
    EXPECT_EQ(rig.restore({}, {}), "its own restore");
}

}  // namespace
}  // namespace gantry
