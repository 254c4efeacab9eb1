// The parts that need no service: exact numbers, $metadata, mappings, errors, changesets.
#include "batch.hpp"
#include "errors.hpp"
#include "exact_json.hpp"
#include "fake_service.hpp"
#include "fit.hpp"
#include "site.hpp"

#include <gtest/gtest.h>

namespace erp_odata::test {
namespace {

using gantry::Error;

template <typename Body>
Error error_of(Body&& body) {
    try {
        body();
    } catch (const Error& e) {
        return e;
    }
    return {GANTRY_OK, "no error"};
}

void expect_in(const std::string& part, const std::string& whole) {
    EXPECT_NE(whole.find(part), std::string::npos) << "no \"" << part << "\" in: " << whole;
}

TEST(ExactJson, a_number_keeps_its_digits) {
    const auto value =
        parse_exact(R"({"a": 12345678901234.5678, "b": 0.10, "c": [7, 123456789012345678901234]})");
    EXPECT_EQ(value.at("a"), "12345678901234.5678");
    EXPECT_EQ(value.at("b"), "0.10");
    EXPECT_EQ(value.at("c"), json::array({7, "123456789012345678901234"}));
}

TEST(ExactJson, what_is_no_json_or_too_deep_is_discarded) {
    EXPECT_TRUE(parse_exact("<html>").is_discarded());
    EXPECT_TRUE(parse_exact(R"({"half":)").is_discarded());
    EXPECT_TRUE(parse_exact(std::string(201, '[') + std::string(201, ']')).is_discarded());
    EXPECT_FALSE(parse_exact(std::string(200, '[') + std::string(200, ']')).is_discarded());
}

TEST(Metadata, both_versions_lead_from_a_product_to_its_texts) {
    for (const int version : {2, 4}) {
        const auto read = read_metadata(metadata(version));
        EXPECT_EQ(read.version, version);
        const auto* product = read.of_set(version == 4 ? "Product" : "A_Product");
        ASSERT_NE(product, nullptr);
        EXPECT_EQ(product->keys, std::vector<std::string>{"Product"});
        EXPECT_EQ(product->properties.at("GrossWeight").scale, 3U);
        EXPECT_FALSE(product->properties.at("GrossWeight").nullable);
        const auto& to =
            product->navigations.at(version == 4 ? "_ProductDescription" : "to_Description");
        EXPECT_EQ(read.set_of(to), version == 4 ? "ProductDescription" : "A_ProductDescription");
    }
}

TEST(Metadata, a_service_that_makes_its_keys_needs_a_property_for_our_id) {
    const std::string edmx =
        R"(<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx">
           <edmx:DataServices><Schema Namespace="N" xmlns="http://docs.oasis-open.org/odata/ns/edm">
           <EntityContainer Name="C"><EntitySet Name="items" EntityType="N.item"/></EntityContainer>
           <EntityType Name="item"><Key><PropertyRef Name="id"/></Key>
           <Property Name="id" Type="Edm.Guid" Nullable="false"/>
           <Property Name="number" Type="Edm.String" MaxLength="20"/>
           <Property Name="blocked" Type="Edm.Boolean"/>
           <Property Name="category" Type="Edm.Guid"/>
           </EntityType></Schema></edmx:DataServices></edmx:Edmx>)";
    const json status = {{"to", "blocked"}, {"values", {{"published", false}, {"draft", true}}}};
    json source = {{"entity_set", "items"}, {"key", "id"}, {"fields", {{"status", status}}}};
    expect_in("mapping.id: is missing", error_of([&] { Site site(source, edmx); }).message());
    source["id"] = "number";
    const Site site(source, edmx, "companies(1)");
    EXPECT_TRUE(site.makes_keys());
    EXPECT_EQ(site.products_path(), "companies(1)/items");
    EXPECT_EQ(site.product_path("5d115c9c-44e3-ea11-bb43-000d3a2feca1"),
              "companies(1)/items(5d115c9c-44e3-ea11-bb43-000d3a2feca1)");
    EXPECT_EQ(site.to_ours({{"blocked", true}}), (json{{"status", "draft"}}));
    const std::string mugs = "5D115C9C-44E3-EA11-BB43-000D3A2FECA1";
    auto sorted = source;
    sorted["fields"] = {{"category", {{"to", "category"}, {"values", {{"mugs", mugs}}}}}};
    const Site shop(sorted, edmx);
    json ignored;
    const auto theirs = shop.to_theirs({{"category", "mugs"}}, ignored);
    EXPECT_EQ(theirs.at("category"), "5d115c9c-44e3-ea11-bb43-000d3a2feca1");
    EXPECT_EQ(shop.to_ours(theirs), (json{{"category", "mugs"}})) << "however its letters are";
    auto other = source;
    other["id"] = "blocked";
    expect_in("mapping.id: \"blocked\" is Edm.Boolean, not a text",
              error_of([&] { Site bad(other, edmx); }).message());
    auto numbered = edmx;
    numbered.replace(numbered.find("Edm.Guid"), 8, "Edm.Int32");
    expect_in("mapping.key: \"id\" is Edm.Int32, not a text or a GUID",
              error_of([&] { Site bad(source, numbered); }).message());
    source["fields"]["status"]["values"]["draft"] = "yes";
    expect_in("\"blocked\" is Edm.Boolean", error_of([&] { Site bad(source, edmx); }).message());
}

TEST(Metadata, a_page_is_refused_as_no_service) {
    for (const char* text : {"<html><body>Log in</body></html>", "{}", ""}) {
        EXPECT_EQ(error_of([&] { read_metadata(text); }).code(), GANTRY_E_CONFIG) << text;
    }
}

TEST(Layout, every_mistake_of_the_header_is_named) {
    const json source = {{"key", 7},
                         {"text", {{"navigation", "_T"}, {"langauge", "L"}}},
                         {"units", {{"W", "KG"}}},
                         {"remove", "hide"},
                         {"fields", json::object()}};
    const auto error = error_of([&] { Layout layout(source); });
    EXPECT_EQ(error.code(), GANTRY_E_CONFIG);
    for (const char* part : {"mapping.entity_set: is missing", "mapping.key: found 7",
                             "did you mean \"language\"?", "mapping.text.language: is missing",
                             "mapping.units.W", "mapping.remove: found \"hide\""}) {
        expect_in(part, error.message());
    }
}

TEST(Fit, what_the_service_would_not_take_is_named) {
    auto source = json::parse(kSapV4, nullptr, true, true);
    source["remove"] = {{"mark", "GrossWeight"}};
    source["constants"]["ProductType"] = "HAWAHAWA";
    source["constants"]["BaseUnit"] = nullptr;
    source["units"]["GrossWeight"] = {{"WeightUnit", "KILOGRAMM"}};
    source["fields"]["status"]["values"]["draft"] = "TOOLONG";
    source["fields"]["ean"]["to"] = "ProductOldID";
    const auto error = error_of([&] { Site site(source, metadata(4)); });
    EXPECT_EQ(error.code(), GANTRY_E_CONFIG);
    for (const char* part :
         {"mapping.remove.mark: \"GrossWeight\" is Edm.Decimal",
          "mapping.constants.ProductType: found \"HAWAHAWA\"",
          "mapping.constants.BaseUnit: found null",
          "mapping.units.GrossWeight: found \"KILOGRAMM\"", "mapping.status.values.draft: found",
          "mapping.ean: \"ProductOldID\" says which product"}) {
        expect_in(part, error.message());
    }
}

TEST(Fit, what_the_service_does_not_have_is_named_with_the_nearest_that_it_has) {
    auto source = json::parse(kSapV4, nullptr, true, true);
    source["fields"]["weight"]["to"] = "GrosWeight";
    source["fields"]["title"]["max_length"] = 41;
    source["fields"]["ean"]["type"] = "decimal";
    source["fields"]["material"] = {{"to", "text.ProductDescripton"}};
    source["constants"]["BaseUnits"] = "PC";
    source["units"] = json::object();
    const auto error = error_of([&] { Site site(source, metadata(4)); });
    EXPECT_EQ(error.code(), GANTRY_E_CONFIG);
    for (const char* part :
         {"mapping.weight: there is no \"GrosWeight\"; did you mean \"GrossWeight\"?",
          "mapping.title.max_length: found 41, \"text.ProductDescription\" takes at most 40",
          "mapping.ean: \"ProductStandardID\" is Edm.String, not decimal",
          "did you mean \"ProductDescription\"?",
          "mapping.constants: there is no \"BaseUnits\"; did you mean \"BaseUnit\"?"}) {
        expect_in(part, error.message());
    }
    source["entity_set"] = "Prodict";
    expect_in("did you mean \"Product\"?",
              error_of([&] { Site site(source, metadata(4)); }).message());
}

TEST(Fit, lengths_and_decimals_come_from_the_service) {
    auto source = json::parse(kSapV4, nullptr, true, true);
    source["fields"]["weight"] = {{"to", "GrossWeight"}, {"type", "decimal"}};
    const Site site(source, metadata(4));
    EXPECT_EQ(site.mapping().of_ours("ean")->max_length, 18U);
    EXPECT_EQ(site.mapping().of_ours("weight")->decimals, 3U);
}

TEST(Fit, a_length_is_one_of_characters) {
    auto source = json::parse(kSapV4, nullptr, true, true);
    source["constants"]["ProductType"] = "ÄÖÜß";
    source["units"]["GrossWeight"] = {{"WeightUnit", "キログ"}};
    source["fields"]["status"]["values"]["draft"] = "éé";
    EXPECT_EQ(error_of([&] { Site site(source, metadata(4)); }).message(), "no error");
    source["constants"]["ProductType"] = "ÄÖÜßé";
    expect_in("mapping.constants.ProductType: found \"ÄÖÜßé\"",
              error_of([&] { Site site(source, metadata(4)); }).message());
}

TEST(Fit, decimals_that_theirs_would_round_are_named) {
    auto source = json::parse(kSapV4, nullptr, true, true);
    source["fields"]["weight"] = {{"to", "GrossWeight"}, {"type", "decimal"}, {"decimals", 4}};
    source["constants"]["BaseUnitSpecificProductLength"] = 0.5;
    source["constants"]["BaseUnitSpecificProductWidth"] = "0.0005";
    source["constants"]["ValidFrom"] = "2026-02-31";
    const auto error = error_of([&] { Site site(source, metadata(4)); });
    for (const char* part :
         {"mapping.weight.decimals: found 4, \"GrossWeight\" keeps at most 3",
          "mapping.constants.BaseUnitSpecificProductLength: found 0.5, the property is "
          "Edm.Decimal: expected a decimal as a text",
          "mapping.constants.BaseUnitSpecificProductWidth: found \"0.0005\", the property is "
          "Edm.Decimal: expected at most 3 decimals",
          "mapping.constants.ValidFrom: found \"2026-02-31\""}) {
        expect_in(part, error.message());
    }
}

TEST(Protocol, decimals_are_written_digit_by_digit) {
    const auto read = read_metadata(metadata(4));
    const auto& type = *read.of_set("Product");
    const json values = {{"GrossWeight", "12345678901234567.5678"}, {"Product", "a'b"}};
    EXPECT_EQ(body_of(*protocol_of(4), type, values),
              R"({"GrossWeight":12345678901234567.5678,"Product":"a'b"})");
    EXPECT_EQ(body_of(*protocol_of(2), type, values),
              R"({"GrossWeight":"12345678901234567.5678","Product":"a'b"})");
}

TEST(Protocol, dates_of_v2_are_ticks) {
    const Property date{"Edm.DateTime", {}, {}, true};
    const auto v2 = protocol_of(2);
    for (const char* day : {"2026-11-25", "1969-12-31", "0001-01-01"}) {
        EXPECT_EQ(v2->value(json::parse(v2->literal(day, date)), date), day);
    }
    EXPECT_EQ(v2->value("/Date(1795564800000+0000)/", date), "2026-11-25");
}

TEST(Protocol, what_is_no_number_in_a_decimal_of_v4_is_put_back_as_a_text) {
    const Property number{"Edm.Double", {}, {}, true};
    for (const char* given : {R"("INF")", R"("NaN")", "1.5e+200"}) {
        EXPECT_EQ(
            protocol_of(4)->literal(protocol_of(4)->value(parse_exact(given), number), number),
            given);
    }
}

TEST(Protocol, keys_are_quoted_and_escaped) {
    const Site site(nullptr, metadata(4));
    EXPECT_EQ(site.product_path("A/B'C D"), "Product(%27A%2FB%27%27C%20D%27)");
    EXPECT_EQ(
        site.path("ProductDescription", *site.text(), {{"Product", "P1"}, {"Language", "EN"}}),
        "ProductDescription(Product=%27P1%27,Language=%27EN%27)");
}

gantry::HttpResponse response(std::uint32_t status, const std::string& body) {
    gantry::HttpResponse out;
    out.status = status;
    out.body = body;
    out.request = "PATCH https://erp.example";
    out.wrote = true;
    return out;
}

TEST(Errors, those_of_v4_and_v2_are_told_alike) {
    const auto v4 = error_of([] {
        require_ok(response(400, R"({"error":{"code":"MULTI","message":"Several errors","details":[
            {"code":"M3/1","message":"Provide a value","target":"BaseUnit"}]}})"));
    });
    const auto v2 = error_of([] {
        require_ok(response(400, R"({"error":{"code":"MULTI","message":{"lang":"en","value":
            "Several errors"},"innererror":{"errordetails":[
            {"code":"M3/1","message":"Provide a value","target":"BaseUnit"}]}}})"));
    });
    for (const auto& error : {v4, v2}) {
        EXPECT_EQ(error.code(), GANTRY_E_REJECTED);
        EXPECT_EQ(error.flags(), GANTRY_EF_NOT_APPLIED);
        EXPECT_EQ(error.message(),
                  "PATCH https://erp.example answered 400: Several errors (MULTI); Provide a value "
                  "(M3/1 at BaseUnit)");
        EXPECT_EQ(error.details().at("messages").at(0).at("target"), "BaseUnit");
    }
}

TEST(Errors, a_lock_is_asked_for_again_and_a_missing_precondition_is_not) {
    EXPECT_EQ(error_of([] { require_ok(response(423, "{}")); }).code(), GANTRY_E_CONFLICT);
    EXPECT_EQ(error_of([] { require_ok(response(428, "{}")); }).code(), GANTRY_E_CONFIG);
    EXPECT_EQ(error_of([] { require_ok(response(412, "{}")); }).flags(), GANTRY_EF_NOT_APPLIED);
}

const std::string kGood =
    "--b\r\n\r\n--c\r\n\r\nHTTP/1.1 204 No Content\r\nETag: W/\"2\"\r\n\r\n\r\n";
const std::string kStale =
    "--c\r\n\r\nHTTP/1.1 412 Precondition Failed\r\n\r\n{\"error\":{\"message\":\"no\"}}\r\n--c--";

TEST(Batch, it_succeeded_when_all_of_its_parts_did) {
    const auto answers = batch_answers(response(202, kGood + kGood), 2);
    EXPECT_EQ(answers.at(1).status, 204U);
    EXPECT_EQ(answers.at(1).header("etag"), "W/\"2\"");
    EXPECT_EQ(answers.at(1).body, "");
}

TEST(Batch, a_part_that_says_204_before_one_that_failed_counts_for_nothing) {
    const auto error = error_of([] { batch_answers(response(200, kGood + kStale), 2); });
    EXPECT_EQ(error.code(), GANTRY_E_CONFLICT);
    EXPECT_EQ(error.flags(), GANTRY_EF_NOT_APPLIED);
}

TEST(Batch, with_parts_missing_nobody_knows) {
    const auto error = error_of([] { batch_answers(response(200, kGood), 2); });
    EXPECT_EQ(error.code(), GANTRY_E_UNAVAILABLE);
    EXPECT_EQ(error.flags(), GANTRY_EF_MAYBE_APPLIED);
}

}  // namespace
}  // namespace erp_odata::test
