// The catalogue's methods: what is created, found, listed, deleted, and what a key means.
#include <soci/sqlite3/soci-sqlite3.h>

#include <fstream>
#include <thread>

#include "support.hpp"

namespace catalogue {

namespace {

using Methods = CatalogueTest;

TEST_F(Methods, a_created_product_is_retrieved_with_every_field_and_relation) {
    json data = shirt();
    data.update({{"subtitle", "ärmellos 👕 コットン"},
                 {"length", 0.1},
                 {"metadata", {{"a", nullptr}, {"b", {1, 2.5, "x"}}}},
                 {"tags", {{{"value", "new"}}, {{"value", "夏"}}}},
                 {"type", {{"value", "clothes"}}},
                 {"collection", {{"title", "Summer 26"}}},
                 {"images", {{{"url", "http://i/1"}}, {{"url", "http://i/2"}}}}});
    const json made = create(data);
    reopen();
    const json found = retrieve("prod_shirt");
    EXPECT_EQ(found, made);
    EXPECT_EQ(found.dump(), made.dump());
    for (const auto* field : {"title", "subtitle", "weight", "length", "metadata"}) {
        EXPECT_EQ(found.at(field), data.at(field)) << field;
    }
    EXPECT_EQ(found.at("weight").dump(), "250");
    EXPECT_EQ(found.at("handle"), "shirt");
    EXPECT_EQ(found.at("status"), "draft");
    EXPECT_EQ(found.at("is_giftcard"), false);
    EXPECT_EQ(found.at("discountable"), true);
    EXPECT_EQ(found.at("thumbnail"), "http://i/1");
    EXPECT_EQ(found.at("deleted_at"), nullptr);
    EXPECT_EQ(found.at("type").at("value"), "clothes");
    EXPECT_EQ(found.at("type").at("id"), found.at("type_id"));
    EXPECT_EQ(found.at("collection").at("handle"), "summer-26");
    EXPECT_EQ(each(found.at("tags"), "value"), (json{"new", "夏"}));
    EXPECT_EQ(each(found.at("images"), "rank"), (json{0, 1}));
    EXPECT_EQ(each(found.at("options").at(0).at("values"), "value"), (json{"S", "M"}));
    const json& variant = found.at("variants").at(1);
    EXPECT_EQ(variant.at("sku"), "TSH-M");
    EXPECT_EQ(variant.at("manage_inventory"), true);
    EXPECT_EQ(variant.at("options").at(0).at("value"), "M");
    EXPECT_EQ(variant.at("options").at(0).at("option").at("title"), "Size");
    EXPECT_EQ(found.at("version"), snapshot("prod_shirt").at("version"));
}

TEST_F(Methods, ids_are_prefixed_ulids_and_times_are_utc_with_milliseconds) {
    const json made = create({{"title", "A"}});
    const auto id = made.at("id").get<std::string>();
    EXPECT_EQ(id.substr(0, 5), "prod_");
    EXPECT_EQ(id.size(), 5U + 26U);
    EXPECT_EQ(id.find_first_not_of("0123456789ABCDEFGHJKMNPQRSTVWXYZ", 5), std::string::npos);
    const auto time = made.at("created_at").get<std::string>();
    EXPECT_EQ(time.size(), std::string("2026-01-31T23:59:59.123Z").size());
    EXPECT_EQ(time.back(), 'Z');
    Ids ids;
    std::string last = ids.make("x");
    for (int i = 0; i < 5000; ++i) {
        const std::string next = ids.make("x");
        ASSERT_LT(last, next);
        last = next;
    }
}

TEST_F(Methods, relations_are_those_asked_for_and_all_without_asking) {
    create(shirt());
    const json found = catalogue().retrieve({{"id", "prod_shirt"}, {"relations", {"tags"}}});
    EXPECT_TRUE(found.contains("tags"));
    EXPECT_FALSE(found.contains("variants"));
    EXPECT_EQ(retrieve("prod_shirt").at("images"), json::array());
    expect_refused(error_from([&] {
                       catalogue().retrieve({{"id", "prod_shirt"}, {"relations", {"tag"}}});
                   }),
                   GANTRY_E_INVALID_DATA, "unknown relation 'tag'; Product has variants, options");
}

TEST_F(Methods, a_missing_product_is_not_found) {
    for (const auto& e : {error_from([&] { retrieve("prod_1"); }), error_from([&] {
                              update("prod_1", {{"title", "x"}});
                          })}) {
        expect_refused(e, GANTRY_E_NOT_FOUND, "Product with id: prod_1 was not found");
    }
}

TEST_F(Methods, products_are_created_in_order_all_or_none) {
    const json made = catalogue().create("", {{"products", {{{"title", "B"}}, {{"title", "A"}}}}});
    EXPECT_EQ(each(made, "title"), (json{"B", "A"}));
    expect_refused(error_from([&] {
                       catalogue().create("", {{"products", {{{"title", "C"}}, {{"title", "A"}}}}});
                   }),
                   GANTRY_E_INVALID_DATA, "Product with handle: a, already exists.");
    EXPECT_EQ(each(catalogue().list(json::object()), "title"), (json{"B", "A"}));
}

TEST_F(Methods, many_products_are_created_at_once_in_order_with_all_they_have) {
    json list = json::array();
    for (int i = 0; i < 200; ++i) {
        const std::string n = std::to_string(i);
        json data = shirt();
        data.update({{"id", "p" + std::to_string(999 - i)}, {"handle", "h" + n}});
        data.update({{"tags", {{{"value", "t" + std::to_string(i % 7)}}, {{"value", "all"}}}},
                     {"collection", {{"title", "c" + std::to_string(i % 3)}}}});
        data["variants"][0]["sku"] = "S" + n;
        data["variants"][1]["sku"] = "M" + n;
        list.push_back(std::move(data));
    }
    const json made = catalogue().create("r/s/c#1", {{"products", list}});
    ASSERT_EQ(each(made, "id"), each(list, "id"));
    for (const std::size_t i : {0U, 7U, 150U, 199U}) {
        const json one = retrieve(made.at(i).at("id"));
        EXPECT_EQ(made.at(i), one);
        EXPECT_EQ(each(one.at("variants"), "sku"), each(list.at(i).at("variants"), "sku"));
        EXPECT_EQ(one.at("version"), snapshot(one.at("id")).at("version"));
    }
    EXPECT_EQ(catalogue().call("listProductTags", "", json::object()).size(), 8U);
    EXPECT_EQ(catalogue().call("listProductCollections", "", json::object()).size(), 3U);
    const json events = catalogue().call("listProductEvents", "", {{"limit", 1000}});
    EXPECT_EQ(events.at("next"), 200 * 4) << "a product, two variants and an option each";
    list.erase(0);
    list.front().update({{"id", "new"}, {"handle", "new"}});
    list.front().at("variants").at(0)["sku"] = "S-new";
    list.front().at("variants").at(1)["sku"] = "M199";
    list.erase(list.begin() + 1, list.end());
    list.push_back({{"title", "Other"}, {"variants", {{{"title", "V"}, {"sku", "free"}}}}});
    expect_refused(error_from([&] {
                       catalogue().create("", {{"products", list}});
                   }),
                   GANTRY_E_INVALID_DATA, "Product variant with sku: M199, already exists.");
    EXPECT_EQ(catalogue().list(json::object()).size(), 200U);
}

TEST_F(Methods, a_list_is_filtered_ordered_and_paged) {
    create(shirt());
    create({{"title", "Hat 100%"}, {"status", "published"}, {"external_id", "e1"}});
    create({{"title", "Coat"}, {"type", {{"value", "warm"}}}});
    const auto titles = [&](const json& input) { return each(catalogue().list(input), "title"); };
    EXPECT_EQ(titles({{"order", {{"title", "DESC"}}}}), (json{"Shirt", "Hat 100%", "Coat"}));
    EXPECT_EQ(titles({{"order", {{"title", "ASC"}}}, {"skip", 1}, {"take", 1}}),
              (json{"Hat 100%"}));
    EXPECT_EQ(titles({{"skip", 2}, {"order", {{"title", "ASC"}}}}), (json{"Shirt"}));
    EXPECT_EQ(titles({{"filters", {{"sku", {"TSH-M", "TSH-S"}}}}}), (json{"Shirt"}));
    EXPECT_EQ(titles({{"filters", {{"status", "published"}}}}), (json{"Hat 100%"}));
    EXPECT_EQ(titles({{"filters", {{"external_id", nullptr}, {"type_id", nullptr}}}}),
              (json{"Shirt"}));
    EXPECT_EQ(titles({{"filters", {{"q", "0%"}}}}), (json{"Hat 100%"}));
    EXPECT_EQ(titles({{"filters", {{"q", "sHiR"}}}}), (json{"Shirt"}));
    EXPECT_EQ(titles({{"filters", {{"id", json::array()}}}}), json::array());
    EXPECT_FALSE(catalogue().list(json::object()).at(0).contains("variants"));
    EXPECT_TRUE(catalogue().list(json::object()).at(0).contains("version"));
    expect_refused(error_from([&] {
                       titles({{"filters", {{"color", "x"}}}});
                   }),
                   GANTRY_E_INVALID_DATA, "unknown filter 'color'; Product knows q, $and");
    expect_refused(error_from([&] {
                       titles({{"order", {{"1; DROP", "ASC"}}}});
                   }),
                   GANTRY_E_INVALID_DATA, "it takes a field of Product");
}

TEST_F(Methods, filters_that_no_database_bears_are_refused) {
    const auto refused = [&](const json& input, const std::string& part) {
        expect_refused(error_from([&] { catalogue().list(input); }), GANTRY_E_INVALID_DATA, part);
    };
    json ids = json::array();
    json any = json::array();
    for (int i = 0; i < 5001; ++i) ids.push_back("p" + std::to_string(i));
    for (int i = 0; i < 501; ++i) any.push_back({{"id", "p"}});
    refused({{"filters", {{"id", ids}}}}, "more than 5000 values; ask in parts");
    refused({{"filters", {{"$or", any}}}}, "more than 500");
    ids.erase(ids.begin());
    EXPECT_EQ(catalogue().list({{"filters", {{"id", ids}}}}), json::array());
    for (const char* name : {"$like", "$ilike"}) {
        refused({{"filters", {{"title", {{name, "a\\"}}}}}}, "filter 'title'");
        EXPECT_EQ(catalogue().list({{"filters", {{"title", {{name, "a\\\\"}}}}}}), json::array());
    }
    refused({{"take", -1}}, "take is -1");
}

TEST_F(Methods, a_page_of_a_list_holds_the_relations_of_its_products_only) {
    for (int i = 0; i < 6; ++i) {
        const std::string n = std::to_string(i);
        json data = shirt();
        data.update({{"id", "p" + n}, {"handle", "p" + n}, {"tags", {{{"value", "t" + n}}}}});
        data["variants"][0]["sku"] = "S" + n;
        data["variants"][1]["sku"] = "M" + n;
        create(data);
    }
    const json relations{"variants", "options",    "tags",      "images",
                         "type",     "collection", "categories"};
    const json page = catalogue().list({{"skip", 2}, {"take", 3}, {"relations", relations}});
    ASSERT_EQ(each(page, "id"), (json{"p2", "p3", "p4"}));
    for (const auto& product : page) EXPECT_EQ(product, retrieve(product.at("id")));
}

TEST_F(Methods, deleting_removes_the_product_with_its_children_and_ignores_unknown_ids) {
    create(shirt());
    EXPECT_EQ(catalogue().remove("", {{"ids", {"prod_shirt", "prod_none"}}}), json::object());
    EXPECT_FALSE(snapshot("prod_shirt").at("exists"));
    create(shirt());
    EXPECT_EQ(retrieve("prod_shirt").at("variants").size(), 2U);
}

TEST_F(Methods, the_same_key_again_is_one_effect_with_one_answer) {
    const json first = create({{"title", "A"}}, "r/s/product.createProducts#1");
    reopen();
    EXPECT_EQ(create({{"title", "A"}}, "r/s/product.createProducts#1"), first);
    EXPECT_EQ(catalogue().list(json::object()).size(), 1U);
}

TEST_F(Methods, the_same_key_from_many_threads_is_one_effect) {
    std::vector<json> answers(8);
    std::vector<std::thread> threads;
    Catalogue other(options());
    for (std::size_t i = 0; i < answers.size(); ++i) {
        threads.emplace_back([&, i] {
            answers[i] = (i % 2 == 0 ? catalogue() : other)
                             .create("r/s/c#1", {{"products", {{{"title", "A"}}}}});
        });
    }
    for (auto& thread : threads) thread.join();
    for (const auto& answer : answers) EXPECT_EQ(answer, answers.front());
    EXPECT_EQ(catalogue().list(json::object()).size(), 1U);
}

TEST_F(Methods, the_same_key_with_other_input_is_misuse) {
    create({{"title", "A"}}, "k");
    expect_refused(error_from([&] {
                       create({{"title", "B"}}, "k");
                   }),
                   GANTRY_E_MISUSE, "was used for createProducts with other input");
    EXPECT_EQ(catalogue().list(json::object()).size(), 1U);
}

TEST_F(Methods, a_refused_write_leaves_its_key_free) {
    const json taken = create({{"title", "A"}});
    EXPECT_THROW(create({{"title", "A"}}, "k"), gantry::Error);
    catalogue().remove("", {{"ids", {taken.at("id")}}});
    EXPECT_EQ(create({{"title", "A"}}, "k").at("title"), "A");
}

TEST_F(Methods, keys_older_than_thirty_days_are_forgotten) {
    create({{"title", "A"}}, "old/s/c#1");
    create({{"title", "B"}}, "new/s/c#1");
    const auto of_database = [&](const auto& body) {
        return Database(options().at("database"), kSchema).write(body);
    };
    of_database([](soci::session& sql) {
        sql << "UPDATE request SET recorded_at = '2020-01-01T00:00:00.000Z' WHERE key = "
               "'old/s/c#1'";
        sql << "UPDATE event SET recorded_at = '2020-01-01T00:00:00.000Z' WHERE seq = 1";
        return true;
    });
    reopen();
    create({{"title", "C"}});
    const auto count = [&](const std::string& table) {
        return of_database([&](soci::session& sql) {
            int rows = 0;
            sql << "SELECT count(*) FROM " + table, soci::into(rows);
            return rows;
        });
    };
    EXPECT_EQ(count("request"), 1);
    EXPECT_EQ(count("event"), 2);
}

TEST_F(Methods, a_writer_that_waits_in_vain_is_told_that_nothing_was_applied) {
    if (on_a_server()) GTEST_SKIP() << "of a file";
    Database impatient("sqlite:" + path(), kSchema, std::chrono::milliseconds(1));
    soci::session other(soci::sqlite3, "db=" + path());
    other << "BEGIN IMMEDIATE";
    expect_refused(error_from([&] { impatient.write([](soci::session&) { return 0; }); }),
                   GANTRY_E_UNAVAILABLE, "locked");
    other << "ROLLBACK";
    EXPECT_EQ(impatient.write([](soci::session&) { return 1; }), 1);
}

TEST_F(Methods, only_a_database_of_its_own_is_opened) {
    if (on_a_server()) GTEST_SKIP() << "of a file";
    const auto opening = [](const json& options) {
        return error_from([&] { Catalogue unwanted(options); });
    };
    expect_refused(opening({{"database", "mysql://x"}}), GANTRY_E_CONFIG, "takes sqlite:PATH");
    expect_refused(opening({{"database", "sqlite:"}}), GANTRY_E_CONFIG, "takes sqlite:PATH");
    std::ofstream(folder_ / "text") << "this is no database, only some text of a hundred bytes "
                                       "or so, which SQLite looks at and then refuses to open.";
    const auto in_folder = [&](const char* name) {
        return json{{"database", "sqlite:" + (folder_ / name).string()}};
    };
    expect_refused(opening(in_folder("text")), GANTRY_E_CONFIG, "not a database");
    expect_refused(opening(in_folder("text/deep/x.db")), GANTRY_E_CONFIG, "folder");
    soci::session(soci::sqlite3, "db=" + (folder_ / "foreign").string()) << "CREATE TABLE t (a)";
    expect_refused(opening(in_folder("foreign")), GANTRY_E_CONFIG, "database of something else");
    soci::session(soci::sqlite3, "db=" + path()) << "UPDATE plugin_schema SET version = 99";
    expect_refused(opening(options()), GANTRY_E_CONFIG, "has schema 99");
}

TEST_F(Methods, input_without_its_shape_is_invalid_data) {
    for (const json& input : {json::object(), json{{"id", 1}}, json{{"id", nullptr}}}) {
        EXPECT_EQ(error_from([&] { catalogue().retrieve(input); }).code(), GANTRY_E_INVALID_DATA);
        EXPECT_EQ(error_from([&] { catalogue().update("", input); }).code(), GANTRY_E_INVALID_DATA);
        EXPECT_EQ(error_from([&] { catalogue().restore("k", input); }).code(),
                  GANTRY_E_INVALID_DATA);
    }
}

}  // namespace

}  // namespace catalogue
