#include "mapping/mapping.hpp"
#include "mapping/nearest.hpp"

#include <gtest/gtest.h>

namespace mapping {
namespace {

const json kFields = {
    {"title", {{"to", "Name"}, {"max_length", 5}, {"required", true}}},
    {"weight", {{"to", "Gross"}, {"type", "integer"}, {"shift", -3}, {"unit", "g"}}},
    {"price", {{"to", "Price"}, {"type", "decimal"}, {"decimals", 2}}},
    {"discountable", {{"to", "Disc"}, {"type", "boolean"}}},
    {"status", {{"to", "Active"}, {"values", {{"published", true}, {"draft", false}}}}},
    {"id_there", {{"to", "Id"}, {"writable", false}}}};

Mapping example() { return Mapping({{"fields", kFields}, {"constants", {{"Type", "HAWA"}}}}); }

TEST(Mapping, goes_there_and_back) {
    const auto mapping = example();
    const json ours = {{"title", "Größe"},
                       {"weight", 250},
                       {"price", "19.95"},
                       {"discountable", false},
                       {"status", "draft"}};
    json ignored;
    const auto theirs = mapping.to_theirs(ours, ignored);
    EXPECT_EQ(theirs, (json{{"Name", "Größe"},
                            {"Gross", "0.25"},
                            {"Price", "19.95"},
                            {"Disc", false},
                            {"Active", false}}));
    EXPECT_EQ(ignored, json::array());
    EXPECT_EQ(mapping.to_ours(theirs), ours);
    EXPECT_EQ(mapping.constants(), (json{{"Type", "HAWA"}}));
}

TEST(Mapping, lists_what_nobody_maps_or_may_write) {
    json ignored;
    const auto theirs =
        example().to_theirs({{"subtitle", "x"}, {"id_there", "7"}, {"price", nullptr}}, ignored);
    EXPECT_EQ(ignored, (json{"id_there", "subtitle"}));
    EXPECT_EQ(theirs, (json{{"Price", nullptr}}));
}

TEST(Mapping, refuses_what_does_not_fit_and_names_the_field) {
    const auto mapping = example();
    for (const auto& [data, says] :
         {std::pair<json, std::string>{{{"title", "sechs!"}}, "title has 6 characters; at most 5"},
          {{{"title", nullptr}}, "title: found null, expected a value"},
          {{{"title", std::string("a\0b", 3)}}, "a text without NUL"},
          {{{"title", 7}}, "title: found 7, expected a text"},
          {{{"price", "1.234"}}, "at most 2 decimals"},
          {{{"price", 1.5}}, "a decimal as a text"},
          {{{"price", "NaN"}}, "a decimal as a text"},
          {{{"weight", "250"}}, "a whole number"},
          {{{"status", "gone"}}, "one of draft, published"},
          {{{"discountable", 1}}, "true or false"}}) {
        json ignored;
        try {
            mapping.to_theirs(data, ignored);
            ADD_FAILURE() << data;
        } catch (const gantry::Error& e) {
            EXPECT_EQ(e.code(), GANTRY_E_REJECTED);
            EXPECT_EQ(e.flags(), static_cast<std::uint32_t>(GANTRY_EF_NOT_APPLIED));
            EXPECT_NE(e.message().find(says), std::string::npos) << e.message();
            EXPECT_EQ(e.details().at("field"), data.begin().key());
        }
    }
}

TEST(Mapping, tells_all_its_mistakes_at_once) {
    try {
        Mapping(json({{"fields",
                       {{"a", {{"type", "number"}}},
                        {"b", {{"to", "B"}, {"shift", 1}}},
                        {"c", {{"to", "B"}}},
                        {"d", {{"to", "D"}, {"values", {{"x", 1}, {"y", 1}}}}},
                        {"e", {{"to", "E"}, {"tpye", "string"}}},
                        {"f", "F"}}},
                      {"constant", json::object()}}));
        FAIL();
    } catch (const gantry::Error& e) {
        EXPECT_EQ(e.code(), GANTRY_E_CONFIG);
        for (const auto* says :
             {R"(mapping.a: "to" is missing)", R"(found type "number")", R"(mapping.b: "shift")",
              "mapping.c: another field", "mapping.d.values: two of ours",
              R"(mapping.e: unknown key "tpye")", "mapping.f: found",
              "mapping.constant: unknown"}) {
            EXPECT_NE(e.message().find(says), std::string::npos) << says << "\n" << e.message();
        }
    }
}

TEST(Mapping, describes_its_fields) {
    const auto all = example().described();
    EXPECT_EQ(all.size(), 6U);
    EXPECT_EQ(all.at(4), (json{{"name", "title"},
                               {"type", "string"},
                               {"max_length", 5},
                               {"required", true},
                               {"writable", true}}));
}

TEST(Mapping, a_decimal_of_theirs_that_went_through_a_double_is_a_mistake_of_the_connector) {
    const Mapping mapping(json{{"fields", {{"price", {{"to", "cost"}, {"type", "decimal"}}}}}});
    EXPECT_EQ(mapping.to_ours({{"cost", "0.01207"}}).at("price"), "0.01207");
    EXPECT_EQ(mapping.to_ours({{"cost", 12}}).at("price"), "12");
    EXPECT_THROW(mapping.to_ours({{"cost", 0.01207}}), gantry::Error);
}

TEST(Mapping, a_file_that_cannot_be_read_is_named) {
    EXPECT_THROW(Mapping::read("/nowhere/mapping.json"), gantry::Error);
}

TEST(Mapping, keys_of_the_connector_are_its_own_and_others_are_still_mistakes) {
    const gantry::json source = {{"fields", gantry::json::object()}, {"key", "Product"}};
    EXPECT_NO_THROW(Mapping(source, {"key"}));
    EXPECT_THROW(Mapping{source}, gantry::Error);
    EXPECT_THROW(Mapping(source, {"keys"}), gantry::Error);
}

TEST(Nearest, a_near_name_is_meant_and_where_none_is_some_are_listed) {
    EXPECT_EQ(mapping::nearest_of("GrosWeight", {"NetWeight", "GrossWeight"}),
              "; did you mean \"GrossWeight\"?");
    EXPECT_EQ(mapping::nearest_of("x", {"NetWeight", "GrossWeight"}),
              "; known: NetWeight, GrossWeight");
    EXPECT_EQ(mapping::nearest_of("x", {}), "");
}

}  // namespace
}  // namespace mapping
