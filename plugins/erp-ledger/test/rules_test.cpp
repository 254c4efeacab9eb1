// Each rule of the ERP, met and broken.
#include "rules.hpp"

#include <utility>
#include <vector>

#include "support.hpp"

namespace erp_ledger {

namespace {

json kept(const json& changes) {
    json data{{"title", "Shirt"}};
    apply_changes(changes, data);
    return data;
}

gantry::Error refused(const json& changes) {
    return error_from([&] { kept(changes); });
}

std::string repeated(int times, const std::string& text) {
    std::string out;
    for (int i = 0; i < times; ++i) out += text;
    return out;
}

TEST(Rules, a_title_of_40_code_points_is_kept_and_of_41_refused) {
    const std::string umlauts = repeated(39, "ä") + "😀";
    EXPECT_EQ(kept({{"title", umlauts}}).at("title"), umlauts);
    const auto e = refused({{"title", umlauts + "x"}});
    expect_refused(e, GANTRY_E_REJECTED);
    EXPECT_EQ(e.message(), "title has 41 characters; this ERP takes at most 40");
    EXPECT_EQ(e.details(), (json{{"field", "title"}, {"found", 41}, {"limit", 40}}));
}

TEST(Rules, a_record_without_title_is_refused) {
    for (const json& title : {json(), json("")}) {
        const auto e = refused({{"title", title}});
        expect_refused(e, GANTRY_E_REJECTED);
        EXPECT_EQ(e.details().at("field"), "title");
    }
}

TEST(Rules, a_value_of_the_wrong_form_is_refused_with_field_found_and_expected) {
    const std::vector<std::pair<std::string, json>> wrong{{"title", 7},
                                                          {"subtitle", true},
                                                          {"description", json::array()},
                                                          {"hs_code", "12A4"},
                                                          {"hs_code", ""},
                                                          {"hs_code", 1234},
                                                          {"hs_code", "１２"},
                                                          {"origin_country", "de"},
                                                          {"origin_country", "DEU"},
                                                          {"origin_country", ""},
                                                          {"origin_country", "Ä"},
                                                          {"weight", -1},
                                                          {"weight", -0.5},
                                                          {"length", "12"},
                                                          {"height", true},
                                                          {"width", -3},
                                                          {"price", 19.95},
                                                          {"price", "19,95"},
                                                          {"price", ".5"},
                                                          {"price", "5."},
                                                          {"price", "1e3"},
                                                          {"price", ""},
                                                          {"external_id", {{"a", 1}}}};
    for (const auto& [field, value] : wrong) {
        const auto e = refused({{field, value}});
        expect_refused(e, GANTRY_E_REJECTED);
        EXPECT_EQ(e.details().at("field"), field);
        EXPECT_TRUE(e.details().contains("found") && e.details().contains("expected"));
    }
    EXPECT_EQ(refused({{"hs_code", "12A4"}}).message(),
              "hs_code is \"12A4\"; this ERP takes digits only, as text");
}

TEST(Rules, values_of_the_right_form_are_kept_exactly) {
    const json data{{"title", "Shirt"}, {"hs_code", "0061099"}, {"origin_country", "DE"},
                    {"weight", 0},      {"length", 12.5},       {"price", "-0012.3400"},
                    {"status", "new"},  {"subtitle", ""}};
    EXPECT_EQ(kept(data), data);
}

TEST(Rules, a_long_value_is_cut_in_the_message) {
    const auto e = refused({{"hs_code", repeated(100000, "ä")}});
    expect_refused(e, GANTRY_E_REJECTED);
    EXPECT_LT(e.message().size(), 200U);
}

TEST(Rules, null_clears_and_unknown_names_are_returned_sorted) {
    json data{{"title", "Shirt"}, {"material", "wool"}};
    EXPECT_EQ(
        apply_changes({{"zz", 1}, {"material", nullptr}, {"handle", "h"}, {"zz2", nullptr}}, data),
        (json{"handle", "zz", "zz2"}));
    EXPECT_EQ(data, (json{{"title", "Shirt"}}));
}

TEST(Rules, each_field_is_described_with_its_limits) {
    const json fields = described_fields();
    EXPECT_EQ(fields.size(), 14U);
    EXPECT_EQ(fields.at(0), (json{{"name", "title"},
                                  {"type", "string"},
                                  {"max_length", 40},
                                  {"writable", true},
                                  {"required", true},
                                  {"unit", nullptr}}));
    EXPECT_EQ(fields.at(9).at("unit"), "g");
    EXPECT_EQ(fields.at(13).at("type"), "decimal");
}

}  // namespace

}  // namespace erp_ledger
