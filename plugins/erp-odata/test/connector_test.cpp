// The connector against a product service of OData, V4 and V2: no host, no network.
#include "fake_service.hpp"
#include "mapping_file.hpp"

#include <gtest/gtest.h>

namespace erp_odata::test {
namespace {

using gantry::testing::End;
using gantry::testing::Plugin;

constexpr const char* kUpdate = "updateProductErpData";

json change_of(const json& data) { return {{"id", "p1"}, {"data", data}}; }

json creation_of(const json& data) { return {{"id", "p1"}, {"data", data}, {"create", true}}; }

class Connector : public testing::TestWithParam<int> {
protected:
    End update(const json& data, const std::string& key = "") {
        return plugin_.call(kUpdate, change_of(data), {.key = key});
    }
    json snapshot() { return plugin_.call("snapshotProduct", {{"id", "p1"}}).output(); }
    End restore(const json& snapshot, const json& written, const std::string& key = "") {
        return plugin_.call("restoreProduct", {{"snapshot", snapshot}, {"written", written}},
                            {.key = key});
    }
    // Without versions, who and when: everything that an undo has to bring back.
    json content() const {
        auto product = service_.product;
        if (product.is_object()) product.erase("LastChangedByUser");
        return {product, service_.texts};
    }

    Host host_;
    FakeService service_{host_, GetParam()};
    Plugin plugin_{host_, kOptions};
};

INSTANTIATE_TEST_SUITE_P(V, Connector, testing::Values(4, 2));

TEST_P(Connector, asks_nobody_before_it_is_called) { EXPECT_TRUE(host_.http().requests().empty()); }

TEST_P(Connector, describes_what_the_mapping_manages) {
    const auto about = plugin_.call("describe").output();
    EXPECT_EQ(about.at("system").at("id"), kUrl);
    EXPECT_EQ(about.at("remove"), "mark");
    for (const auto& field : about.at("fields")) {
        if (field.at("name") == "title") {
            EXPECT_EQ(field.at("max_length"), 40);
        }
        if (field.at("name") == "ean") {
            EXPECT_EQ(field.at("max_length"), 18);
        }
    }
}

TEST_P(Connector, an_update_is_one_read_and_one_write_and_the_token_comes_with_the_read) {
    service_.put("Mug");
    update({{"ean", "1"}}).output();
    EXPECT_EQ(host_.http().requests().size(), 3U);  // $metadata, too
    update({{"ean", "2"}, {"title", "Cup"}}).output();
    EXPECT_EQ(host_.http().requests().size(), 5U);
    EXPECT_EQ(service_.writes.size(), 2U);
    EXPECT_EQ(service_.writes.at(0).header("cookie"), "sid=1; sap=2");
}

TEST_P(Connector, changes_the_product_and_its_text_together) {
    service_.put("Mug");
    const auto output =
        update({{"title", "Cup"}, {"weight", 250}, {"colour", "red"}, {"status", "draft"}})
            .output();
    EXPECT_EQ(output.at("data").at("weight"), 250);
    EXPECT_EQ(output.at("data").at("title"), "Cup");
    EXPECT_EQ(output.at("ignored"), json::array({"colour"}));
    EXPECT_EQ(service_.product.at("GrossWeight"), "0.25");
    EXPECT_EQ(service_.product.at("WeightUnit"), "KG");
    EXPECT_EQ(service_.product.at("CrossPlantStatus"), "PI");
    EXPECT_EQ(service_.texts.at("EN"), "Cup");
    EXPECT_EQ(service_.texts.at("DE"), "Becher");
    ASSERT_EQ(service_.writes.size(), 1U);
    EXPECT_TRUE(service_.writes.front().url.ends_with("/$batch"));
}

TEST_P(Connector, where_one_part_is_refused_nothing_is_changed) {
    service_.put("Mug");
    const auto before = content();
    const auto end = update({{"title", "Cup"}, {"ean", "bad"}});
    EXPECT_EQ(end.error->code(), GANTRY_E_REJECTED);
    EXPECT_EQ(content(), before);
}

TEST_P(Connector, a_text_alone_is_written_under_the_products_precondition) {
    service_.put("Mug");
    update({{"title", "Cup"}}).output();
    ASSERT_EQ(service_.writes.size(), 1U);
    // V2's texts have no ETag: the product's goes with them in a changeset.
    EXPECT_EQ(service_.writes.front().url.ends_with("/$batch"), GetParam() == 2);
    EXPECT_EQ(service_.texts.at("EN"), "Cup");
}

TEST_P(Connector, a_text_in_a_new_language_is_added_and_taken_back) {
    service_.put("Mug");
    service_.texts = {{"DE", "Becher"}};
    const auto before = content();
    const auto snap = snapshot();
    const auto written = update({{"title", "Cup"}}).output().at("version");
    EXPECT_EQ(service_.texts.at("EN"), "Cup");
    EXPECT_EQ(restore(snap, written).output().at("result"), "restored");
    EXPECT_EQ(content(), before);
}

TEST_P(Connector, writes_nothing_where_nothing_is_new) {
    service_.put("Mug");
    update({{"title", "Mug"}, {"ean", nullptr}, {"weight", 0}}).output();
    EXPECT_TRUE(service_.writes.empty());
}

TEST_P(Connector, null_clears_and_a_number_that_cannot_be_null_becomes_0_and_reads_as_null) {
    service_.put("Mug");
    update({{"weight", 250}, {"ean", "1"}}).output();
    const auto data = update({{"weight", nullptr}, {"ean", nullptr}}).output().at("data");
    EXPECT_TRUE(data.at("weight").is_null());
    EXPECT_TRUE(data.at("ean").is_null());
    EXPECT_EQ(service_.product.at("GrossWeight"), "0");
}

TEST_P(Connector, an_unknown_product_is_not_found_and_with_create_is_made) {
    EXPECT_EQ(plugin_.call("retrieveProductErpDetails", {{"id", "p1"}}).error->code(),
              GANTRY_E_NOT_FOUND);
    EXPECT_EQ(update({{"title", "Mug"}}).error->code(), GANTRY_E_NOT_FOUND);
    const auto made =
        plugin_.call(kUpdate, creation_of({{"title", "Mug"}, {"weight", 1}})).output();
    EXPECT_EQ(service_.product.at("Product"), "P1");
    EXPECT_EQ(service_.product.at("ProductOldID"), "p1");
    EXPECT_EQ(service_.product.at("ProductType"), "HAWA");
    EXPECT_EQ(service_.product.at("WeightUnit"), "KG");
    EXPECT_EQ(service_.texts, (std::map<std::string, std::string>{{"EN", "Mug"}}));
    EXPECT_EQ(made.at("version"),
              plugin_.call("retrieveProductErpDetails", {{"id", "p1"}}).output().at("version"));
}

TEST_P(Connector, a_new_product_needs_what_the_mapping_says_it_needs) {
    const auto end = plugin_.call(kUpdate, creation_of({{"weight", 1}}));
    EXPECT_EQ(end.error->code(), GANTRY_E_REJECTED);
    EXPECT_TRUE(service_.writes.empty());
}

TEST_P(Connector, the_only_sku_or_the_external_id_is_the_key) {
    auto input = creation_of({{"title", "Mug"}});
    input["ref"] = {{"skus", {"mug-s"}}, {"external_id", nullptr}};
    EXPECT_EQ(plugin_.call(kUpdate, input).output().at("erp_ids").begin().value(), "MUG-S");
    input["ref"] = {{"skus", {"mug-s", "mug-m"}}, {"external_id", "4711"}};
    plugin_.call("retrieveProductErpDetails", {{"id", "p1"}, {"ref", input["ref"]}}).output();
    EXPECT_NE(host_.http().requests().back().url.find("(%274711%27)"), std::string::npos);
    input["ref"] = {{"skus", {""}}};
    plugin_.call("retrieveProductErpDetails", {{"id", "p1"}, {"ref", input["ref"]}}).output();
    EXPECT_NE(host_.http().requests().back().url.find("ProductOldID%20eq"), std::string::npos)
        << "an empty one is none";
}

TEST_P(Connector, a_stale_version_is_a_conflict_and_nothing_is_written) {
    service_.put("Mug");
    auto input = change_of({{"title", "Cup"}});
    input["if_version"] = "another";
    const auto end = plugin_.call(kUpdate, input);
    EXPECT_EQ(end.error->code(), GANTRY_E_CONFLICT);
    EXPECT_EQ(end.error->flags(), GANTRY_EF_NOT_APPLIED);
    EXPECT_TRUE(service_.writes.empty());
}

TEST_P(Connector, a_change_between_read_and_write_is_a_conflict) {
    service_.put("Mug");
    service_.changes_after_read = true;
    for (const json& data :
         {json{{"ean", "1"}}, json{{"title", "Cup"}}, json{{"ean", "1"}, {"title", "Cup"}}}) {
        const auto before = content();
        const auto end = update(data);
        EXPECT_EQ(end.error->code(), GANTRY_E_CONFLICT);
        EXPECT_EQ(content(), before);
    }
}

TEST_P(Connector, an_etag_of_the_header_is_that_of_the_product_and_not_of_its_compressed_form) {
    service_.put("Mug");
    service_.etag_in_header = true;
    auto change = change_of({{"ean", "1"}});
    change["ref"] = {{"external_id", "M-1"}};
    plugin_.call(kUpdate, change).output();
    EXPECT_EQ(service_.product.at("ProductStandardID"), "1");
    EXPECT_NE(service_.writes.at(0).header("If-Match"), "");
}

TEST_P(Connector, a_lost_reply_is_found_out_about_by_reading_and_written_once) {
    service_.put("Mug");
    for (const json& data : {json{{"ean", "1"}}, json{{"ean", "2"}, {"title", "Cup"}}}) {
        service_.loses = 1;
        const auto lost = update(data);
        EXPECT_EQ(lost.error->code(), GANTRY_E_UNAVAILABLE);
        EXPECT_EQ(lost.error->flags(), GANTRY_EF_MAYBE_APPLIED);
        const auto writes = service_.writes.size();
        const auto again = update(data, lost.key).output();
        EXPECT_EQ(service_.writes.size(), writes);
        EXPECT_EQ(again.at("data").at("ean"), data.at("ean"));
    }
}

TEST_P(Connector, a_change_after_our_lost_write_is_not_taken_for_ours) {
    for (const bool restarted : {false, true}) {
        for (const bool changed : {false, true}) {
            service_.put("Mug");
            const auto snap = snapshot();
            auto input = change_of({{"title", "Cup"}, {"ean", "1"}});
            input["if_version"] = snap.at("version");
            service_.loses = 1;
            const auto lost = plugin_.call(kUpdate, input);
            if (changed) {
                service_.product["CrossPlantStatus"] = "PI";
                service_.product["LastChangedByUser"] = "JANE";
            }
            if (restarted) plugin_.restart();
            const auto writes = service_.writes.size();
            const std::string version =
                plugin_.call(kUpdate, input, {.key = lost.key}).output().at("version");
            EXPECT_EQ(version.starts_with("overtaken by "), changed) << version;
            const auto end = restore(snap, version, lost.key);
            EXPECT_EQ(end.error.has_value(), changed);
            if (changed) {
                EXPECT_EQ(end.error->code(), GANTRY_E_CHANGED);
                EXPECT_EQ(service_.writes.size(), writes);
            }
        }
    }
}

TEST_P(Connector, a_product_that_somebody_else_made_meanwhile_is_not_written_to) {
    auto input = creation_of({{"title", "Mug"}});
    input["if_version"] = nullptr;
    service_.put("Beaker");
    EXPECT_EQ(plugin_.call(kUpdate, input).error->code(), GANTRY_E_CONFLICT);
    EXPECT_TRUE(service_.writes.empty());
}

TEST_P(Connector, a_new_product_that_somebody_else_went_on_with_stays) {
    const auto snap = snapshot();
    const auto written =
        plugin_.call(kUpdate, creation_of({{"title", "Mug"}})).output().at("version");
    service_.product["LastChangedByUser"] = "JANE";  // what nobody maps
    EXPECT_EQ(restore(snap, written).error->code(), GANTRY_E_CHANGED);
    EXPECT_EQ(service_.product.value("IsMarkedForDeletion", false), false);
}

TEST_P(Connector, a_product_whose_creation_was_not_heard_of_is_not_made_twice) {
    service_.loses = 1;
    const auto lost = plugin_.call(kUpdate, creation_of({{"title", "Mug"}}));
    EXPECT_EQ(lost.error->flags(), GANTRY_EF_MAYBE_APPLIED);
    plugin_.call(kUpdate, creation_of({{"title", "Mug"}}), {.key = lost.key}).output();
    EXPECT_EQ(service_.writes.size(), 1U);
}

TEST_P(Connector, restores_every_value_and_the_version_and_only_once) {
    service_.put("Mug");
    const auto before = content();
    const auto snap = snapshot();
    const auto written =
        update({{"title", "Cup"}, {"weight", 5}, {"status", "draft"}}).output().at("version");
    EXPECT_EQ(restore(snap, written).output().at("result"), "restored");
    EXPECT_EQ(content(), before);
    EXPECT_EQ(snapshot(), snap);
    const auto writes = service_.writes.size();
    EXPECT_EQ(restore(snap, written).output().at("result"), "unchanged");
    EXPECT_EQ(service_.writes.size(), writes);
}

TEST_P(Connector, does_not_overwrite_what_somebody_else_wrote_since) {
    service_.put("Mug");
    const auto snap = snapshot();
    const auto end = update({{"title", "Cup"}});
    service_.texts["EN"] = "Beaker";
    for (const json& written : {end.output().at("version"), json(nullptr)}) {
        const auto refused = restore(snap, written, end.key);
        EXPECT_EQ(refused.error->code(), GANTRY_E_CHANGED);
        EXPECT_EQ(service_.texts.at("EN"), "Beaker");
    }
}

TEST_P(Connector, restores_when_nobody_heard_of_the_write) {
    service_.put("Mug");
    const auto before = content();
    for (const bool restarted : {false, true}) {
        const auto snap = snapshot();
        service_.loses = 1;
        const auto lost = update({{"title", "Cup"}, {"ean", "1"}});
        if (restarted) plugin_.restart();
        EXPECT_EQ(restore(snap, nullptr, lost.key).output().at("result"), "restored");
        EXPECT_EQ(content(), before);
        EXPECT_EQ(restore(snap, nullptr, lost.key).output().at("result"), "unchanged");
    }
}

TEST_P(Connector, after_a_restart_a_change_by_another_user_is_not_ours) {
    service_.put("Mug");
    const auto snap = snapshot();
    service_.put("Beaker");  // by Jane
    plugin_.restart();
    EXPECT_EQ(restore(snap, nullptr, "run/step/x").error->code(), GANTRY_E_CHANGED);
}

TEST_P(Connector, a_new_product_is_marked_and_comes_back_with_the_next_creation) {
    const auto snap = snapshot();
    EXPECT_FALSE(snap.at("exists"));
    const auto written =
        plugin_.call(kUpdate, creation_of({{"title", "Mug"}})).output().at("version");
    EXPECT_EQ(restore(snap, written).output().at("result"), "marked");
    EXPECT_EQ(service_.product.at("IsMarkedForDeletion"), true);
    EXPECT_EQ(plugin_.call("retrieveProductErpDetails", {{"id", "p1"}}).error->code(),
              GANTRY_E_NOT_FOUND);
    EXPECT_EQ(restore(snap, written).output().at("result"), "unchanged");

    const auto marked = content();
    const auto second = snapshot();
    EXPECT_FALSE(second.at("exists"));
    const auto again = plugin_.call(kUpdate, creation_of({{"title", "Cup"}})).output();
    EXPECT_EQ(service_.product.at("IsMarkedForDeletion"), false);
    EXPECT_EQ(restore(second, again.at("version")).output().at("result"), "marked");
    EXPECT_EQ(content(), marked);
}

TEST_P(Connector, a_snapshot_of_another_system_is_refused) {
    service_.put("Mug");
    auto snap = snapshot();
    snap["system"]["id"] = "https://other.example";
    EXPECT_EQ(restore(snap, nullptr).error->code(), GANTRY_E_REJECTED);
}

TEST_P(Connector, a_token_that_is_no_longer_valid_is_fetched_once_and_the_write_repeated) {
    service_.put("Mug");
    update({{"ean", "1"}}).output();
    service_.token = "token-2";
    const auto requests = host_.http().requests().size();
    update({{"ean", "2"}}).output();
    EXPECT_EQ(host_.http().requests().size(), requests + 4);  // read, refused, fetch, write
    EXPECT_EQ(service_.writes.size(), 2U);
    EXPECT_EQ(service_.writes.back().header("x-csrf-token"), "token-2");
}

TEST_P(Connector, a_service_without_tokens_against_csrf_is_written_to_as_it_is) {
    service_.asks_for_token = false;
    service_.put("Mug");
    update({{"ean", "1"}}).output();
    EXPECT_EQ(service_.writes.size(), 1U);
}

TEST_P(Connector, a_weight_in_another_unit_is_not_shown_and_not_overwritten) {
    service_.put("Mug");
    service_.product["GrossWeight"] = "250";
    service_.product["WeightUnit"] = "G";
    const auto read = plugin_.call("retrieveProductErpDetails", {{"id", "p1"}}).output();
    EXPECT_FALSE(read.at("data").contains("weight"));
    const auto end = update({{"weight", 300}});
    EXPECT_EQ(end.error->code(), GANTRY_E_REJECTED);
    EXPECT_EQ(end.error->details().at("found"), "G");
    EXPECT_TRUE(service_.writes.empty());
    update({{"title", "Cup"}}).output();
}

TEST_P(Connector, a_text_that_is_too_long_is_refused_without_a_request) {
    service_.put("Mug");
    const auto end = update({{"title", std::string(41, 'x')}});
    EXPECT_EQ(end.error->code(), GANTRY_E_REJECTED);
    EXPECT_EQ(end.error->flags(), GANTRY_EF_NOT_APPLIED);
    EXPECT_EQ(host_.http().requests().size(), 1U);  // $metadata
}

TEST_P(Connector, a_password_is_neither_logged_nor_told) {
    service_.put("Mug");
    service_.fails = 401;
    const auto end = update({{"title", "Cup"}});
    EXPECT_EQ(end.error->code(), GANTRY_E_AUTH);
    for (const char* secret : {"secret-password", "R0FOVFJZOnNlY3JldC1wYXNzd29yZA"}) {
        EXPECT_FALSE(host_.logged(secret));
        EXPECT_EQ(end.error->message().find(secret), std::string::npos);
    }
}

TEST_P(Connector, a_404_that_is_not_by_the_service_is_no_missing_product) {
    service_.put("Mug");
    const auto snap = snapshot();
    service_.fails = 404;
    EXPECT_EQ(plugin_.call("snapshotProduct", {{"id", "p1"}}).error->code(), GANTRY_E_REJECTED);
    EXPECT_EQ(restore(snap, "ours").error->code(), GANTRY_E_REJECTED);
}

TEST_P(Connector, an_url_without_a_service_is_a_matter_of_configuration) {
    service_.is_elsewhere = true;
    const auto end = update({{"title", "Cup"}});
    EXPECT_EQ(end.error->code(), GANTRY_E_CONFIG);
    EXPECT_NE(end.error->message().find(kUrl + "/$metadata"), std::string::npos);
}

TEST_P(Connector, pages_are_followed_on_this_service_whatever_host_they_name) {
    const bool v4 = GetParam() == 4;
    const std::string link = "http://inside.example/Product?$skiptoken=9";
    const json empty = v4 ? json{{"value", json::array()}, {"@odata.nextLink", link}}
                          : json{{"d", {{"results", json::array()}, {"__next", link}}}};
    service_.put("Mug");
    service_.first_page = empty;
    plugin_.call("retrieveProductErpDetails", {{"id", "p1"}}).output();
    EXPECT_TRUE(host_.http().requests().back().url.ends_with("?$skiptoken=9"));
    EXPECT_TRUE(host_.http().requests().back().url.starts_with(kUrl));
}

// Tokens of OAuth 2, and mappings, do not differ by version.

const json kByToken = {{"url", kUrl},
                       {"oauth_url", "https://login.example/token"},
                       {"client_id", "shop"},
                       {"client_secret", "secret-of-client"}};

TEST(Credentials, a_token_is_fetched_once_and_renewed_once_when_it_is_refused) {
    Host host;
    FakeService service(host, 4);
    service.put("Mug");
    service.bearer = "Bearer t1";
    host.http()
        .on("POST", "https://login.example/token")
        .answers(200, {{"access_token", "t1"}, {"expires_in", 3600}})
        .answers(200, {{"access_token", "t2"}, {"expires_in", 3600}});
    Plugin plugin(host, kByToken);
    plugin.call(kUpdate, change_of({{"ean", "1"}})).output();
    const auto tokens = [&] {
        const auto all = host.http().requests();
        return std::count_if(all.begin(), all.end(),
                             [](const HttpRequest& r) { return r.url.ends_with("/token"); });
    };
    EXPECT_EQ(tokens(), 1);
    service.bearer = "Bearer t2";
    plugin.call(kUpdate, change_of({{"ean", "2"}})).output();
    EXPECT_EQ(tokens(), 2);
    EXPECT_EQ(service.product.at("ProductStandardID"), "2");
    service.bearer = "Bearer t3";  // t2 is what it gets again
    EXPECT_EQ(plugin.call(kUpdate, change_of({{"ean", "3"}})).error->code(), GANTRY_E_AUTH);
    EXPECT_EQ(tokens(), 3);
}

TEST(Credentials, a_token_that_ends_soon_is_renewed_before_it_is_used) {
    Host host;
    FakeService service(host, 4);
    service.put("Mug");
    auto& route = host.http().on("POST", "https://login.example/token");
    route.answers(200, {{"access_token", "t1"}, {"expires_in", "59"}});
    Plugin plugin(host, kByToken);
    plugin.call("describe").output();
    const auto before = host.http().requests().size();
    plugin.call("snapshotProduct", {{"id", "p1"}}).output();
    EXPECT_EQ(host.http().requests().size(), before + 2);
}

TEST(Credentials, a_client_that_is_refused_is_told_without_its_secret) {
    for (const int status : {400, 401}) {
        Host host;
        host.http()
            .on("POST", "https://login.example/token")
            .answers(status, {{"error", "invalid_client"}});
        Plugin plugin(host, kByToken);
        const auto end = plugin.call("describe");
        EXPECT_EQ(end.error->code(), GANTRY_E_AUTH);
        EXPECT_EQ(end.error->message().find("secret-of-client"), std::string::npos);
    }
}

TEST(Credentials, those_that_are_not_whole_are_refused_at_the_start) {
    Host host;
    for (const char* missing : {"oauth_url", "client_id", "client_secret"}) {
        auto options = kByToken;
        options.erase(missing);
        EXPECT_THROW(Plugin(host, options), gantry::Error) << missing;
    }
    for (const char* missing : {"user", "password"}) {
        auto options = kOptions;
        options.erase(missing);
        EXPECT_THROW(Plugin(host, options), gantry::Error) << missing;
    }
}

json plain_mapping() {
    return {{"entity_set", "Product"},
            {"key", "Product"},
            {"changed_by", "LastChangedByUser"},
            {"remove", "delete"},
            {"constants", {{"ProductType", "FERT"}}},
            {"fields", {{"ean", {{"to", "ProductStandardID"}}}}}};
}

TEST(MappingFiles, a_wrong_one_is_told_at_the_start_and_one_that_does_not_fit_at_the_first_call) {
    Host host;
    const FakeService service(host, 4);
    auto source = plain_mapping();
    source["fields"]["ean"]["type"] = "number";
    source["entitiy_set"] = "Product";
    EXPECT_THROW(Plugin(host, MappingFile(source).options()), gantry::Error);
    source = plain_mapping();
    source["fields"]["ean"]["to"] = "ProductStandardId";
    const MappingFile file(source);
    Plugin plugin(host, file.options());
    const auto end = plugin.call("describe");
    EXPECT_EQ(end.error->code(), GANTRY_E_CONFIG);
    EXPECT_NE(end.error->message().find("did you mean \"ProductStandardID\"?"), std::string::npos);
}

TEST(MappingFiles, our_id_can_be_the_key_and_what_was_created_can_be_deleted) {
    Host host;
    FakeService service(host, 4);
    const MappingFile file(plain_mapping());
    Plugin plugin(host, file.options());
    const auto snapshot = plugin.call("snapshotProduct", {{"id", "p1"}}).output();
    const auto made = plugin.call(kUpdate, creation_of({{"ean", "1"}})).output();
    EXPECT_EQ(made.at("erp_ids").at("Product"), "p1");
    EXPECT_EQ(service.product.at("ProductType"), "FERT");
    const json undo = {{"snapshot", snapshot}, {"written", made.at("version")}};
    EXPECT_EQ(plugin.call("restoreProduct", undo).output().at("result"), "restored");
    EXPECT_TRUE(service.product.is_null());
    EXPECT_EQ(plugin.call("restoreProduct", undo).output().at("result"), "unchanged");
}

TEST(MappingFiles, where_none_is_removed_a_new_product_stays_and_a_person_is_asked) {
    auto source = plain_mapping();
    source["remove"] = "none";
    Host host;
    FakeService service(host, 4);
    const MappingFile file(source);
    Plugin plugin(host, file.options());
    const auto snapshot = plugin.call("snapshotProduct", {{"id", "p1"}}).output();
    const auto made = plugin.call(kUpdate, creation_of({{"ean", "1"}})).output();
    const json undo = {{"snapshot", snapshot}, {"written", made.at("version")}};
    EXPECT_EQ(plugin.call("restoreProduct", undo).error->code(), GANTRY_E_UNSUPPORTED);
}

}  // namespace
}  // namespace erp_odata::test
