// The ledger's reads and writes: content, versions, keys, changes, and the file they live in.
#include <soci/sqlite3/soci-sqlite3.h>

#include <thread>
#include <vector>

#include <array>

#include "support.hpp"

namespace erp_ledger {

namespace {

TEST_F(LedgerTest, answers_a_ping) { EXPECT_NO_THROW(ledger().ping()); }

TEST_F(LedgerTest, an_unknown_product_is_not_found_unless_create_is_set) {
    const json input{{"id", "p1"}, {"data", {{"title", "Shirt"}}}};
    expect_refused(error_from([&] { ledger().retrieve({{"id", "p1"}}); }), GANTRY_E_NOT_FOUND);
    expect_refused(error_from([&] { ledger().update("", input); }), GANTRY_E_NOT_FOUND);
    const json made = write("", "p1", {{"title", "Shirt"}});
    EXPECT_EQ(made.at("erp_ids"), (json{{"ledger", "L-00001"}}));
    json found = ledger().retrieve({{"id", "p1"}, {"ref", {{"external_id", nullptr}}}});
    EXPECT_EQ(found.at("id"), "p1");
    EXPECT_EQ(found.at("version"), made.at("version"));
    EXPECT_EQ(found.at("version").get<std::string>().size(), 16U);
}

TEST_F(LedgerTest, an_id_with_a_character_of_code_0_is_refused) {
    const std::string id("p\0x", 3);
    expect_refused(error_from([&] {
                       write("k", id, {{"title", "Shirt"}});
                   }),
                   GANTRY_E_INVALID_DATA);
    EXPECT_FALSE(snapshot("p").at("exists").get<bool>());
}

TEST_F(LedgerTest, absent_fields_stay_null_clears_and_unmapped_names_are_listed) {
    write("", "p1", {{"title", "Shirt"}, {"material", "wool"}, {"weight", 250}});
    const json changes{{"weight", nullptr}, {"tags", {"a"}}, {"handle", "x"}};
    const json out = ledger().update("", {{"id", "p1"}, {"data", changes}});
    EXPECT_EQ(out.at("ignored"), (json{"handle", "tags"}));
    EXPECT_EQ(out.at("data"), (json{{"title", "Shirt"}, {"material", "wool"}}));
    EXPECT_EQ(data_of("p1"), out.at("data"));
}

TEST_F(LedgerTest, a_refused_write_changes_nothing) {
    write("", "p1", {{"title", "Shirt"}});
    const json before = snapshot("p1");
    expect_refused(error_from([&] {
                       write("k", "p1", {{"title", "New"}, {"hs_code", "x"}});
                   }),
                   GANTRY_E_REJECTED);
    expect_refused(error_from([&] {
                       write("k2", "p2", {{"subtitle", "no title"}});
                   }),
                   GANTRY_E_REJECTED);
    EXPECT_EQ(snapshot("p1"), before);
    EXPECT_FALSE(snapshot("p2").at("exists"));
    write("k", "p1", {{"title", "New"}});  // the key of a refused write stays free
    EXPECT_EQ(data_of("p1").at("title"), "New");
}

TEST_F(LedgerTest, decimals_do_not_drift) {
    for (const std::string price : {"19.95", "0.10", "12345678901234567890.123456789", "1.000"}) {
        write("", "p1", {{"title", "Shirt"}, {"price", price}});
        reopen();
        EXPECT_EQ(data_of("p1").at("price"), price);
    }
}

TEST_F(LedgerTest, equal_content_has_an_equal_version) {
    const json v1 = write("", "p1", {{"title", "A"}}).at("version");
    const json v2 = write("", "p1", {{"title", "B"}}).at("version");
    EXPECT_NE(v1, v2);
    EXPECT_EQ(write("", "p1", {{"title", "A"}}).at("version"), v1);
    EXPECT_NE(write("", "p2", {{"title", "A"}}).at("version"), v1) << "another erp number";
}

TEST_F(LedgerTest, a_write_at_another_version_is_a_conflict) {
    const json v1 = write("", "p1", {{"title", "A"}}).at("version");
    const json v2 = write("", "p1", {{"title", "B"}}).at("version");
    json input{{"id", "p1"}, {"data", {{"title", "C"}}}, {"if_version", v1}};
    const auto e = error_from([&] { ledger().update("k", input); });
    expect_refused(e, GANTRY_E_CONFLICT);
    EXPECT_EQ(e.details(), (json{{"found", v2}, {"expected", v1}}));
    input["if_version"] = v2;
    ledger().update("k", input);
    EXPECT_EQ(data_of("p1").at("title"), "C");
}

TEST_F(LedgerTest, create_refuses_a_product_that_has_a_record) {
    const json input{{"id", "p1"}, {"data", {{"title", "A"}, {"x", 1}}}};
    const json made = ledger().create("k", input);
    EXPECT_EQ(made.at("ignored"), json{"x"});
    EXPECT_EQ(ledger().create("k", input), made);
    expect_refused(error_from([&] { ledger().create("k2", input); }), GANTRY_E_REJECTED);
}

TEST_F(LedgerTest, the_same_key_again_is_the_same_answer_and_no_effect) {
    const json first = write("r/s/erp.update#1", "p1", {{"title", "A"}});
    write("r/t/erp.update#1", "p1", {{"title", "B"}});
    reopen();
    EXPECT_EQ(write("r/s/erp.update#1", "p1", {{"title", "A"}}), first);
    EXPECT_EQ(data_of("p1").at("title"), "B");
    EXPECT_EQ(ledger().changes(json::object()).at("changes").size(), 2U);
}

TEST_F(LedgerTest, the_same_key_on_many_threads_is_one_effect) {
    std::vector<std::thread> threads;
    std::vector<json> answers(8);
    for (json& answer : answers) {
        threads.emplace_back([&] {
            Ledger other(options());
            answer =
                other.update("k", {{"id", "p1"}, {"data", {{"title", "A"}}}, {"create", true}});
        });
        threads.emplace_back([&] { write("k", "p1", {{"title", "A"}}); });
    }
    for (auto& thread : threads) thread.join();
    for (const json& answer : answers) EXPECT_EQ(answer, answers.front());
    EXPECT_EQ(ledger().changes(json::object()).at("changes").size(), 1U);
}

TEST_F(LedgerTest, the_same_key_with_other_input_or_method_is_misuse) {
    const json input{{"id", "p1"}, {"data", {{"title", "A"}}}};
    ledger().create("k", input);
    const json other{{"id", "p2"}, {"data", {{"title", "B"}}}};
    expect_refused(error_from([&] { ledger().create("k", other); }), GANTRY_E_MISUSE);
    expect_refused(error_from([&] { ledger().update("k", input); }), GANTRY_E_MISUSE);
    EXPECT_EQ(data_of("p1").at("title"), "A");
}

TEST_F(LedgerTest, changes_are_listed_in_order_and_page_by_page) {
    const json v1 = write("", "p1", {{"title", "A"}}).at("version");
    write("", "p2", {{"title", "B"}});
    write("", "p1", {{"title", "A"}});  // nothing changed
    write("", "p1", {{"title", "C"}});
    const json first = ledger().changes({{"limit", 2}});
    ASSERT_EQ(first.at("changes").size(), 2U);
    EXPECT_EQ(first.at("changes").at(0).at("id"), "p1");
    EXPECT_EQ(first.at("changes").at(0).at("version"), v1);
    EXPECT_EQ(first.at("changes").at(0).at("change"), "created");
    EXPECT_EQ(first.at("changes").at(0).at("changed_at").get<std::string>().size(), 24U);
    const json rest = ledger().changes({{"since", first.at("next")}});
    ASSERT_EQ(rest.at("changes").size(), 1U);
    EXPECT_EQ(rest.at("changes").at(0).at("change"), "updated");
    const json none = ledger().changes({{"since", rest.at("next")}});
    EXPECT_EQ(none, (json{{"changes", json::array()}, {"next", rest.at("next")}}));
}

TEST_F(LedgerTest, the_system_keeps_its_id_and_shows_its_company) {
    const json system = ledger().describe().at("system");
    EXPECT_EQ(system.at("kind"), "gantry-ledger");
    EXPECT_EQ(system.at("company"), "1000");
    EXPECT_EQ(system.at("id").get<std::string>().size(), 36U);
    EXPECT_EQ(ledger().describe().at("remove"), "delete");
    reopen();
    EXPECT_EQ(ledger().describe().at("system"), system);
}

TEST_F(LedgerTest, input_of_another_shape_is_invalid_data) {
    expect_refused(error_from([&] { ledger().retrieve(json::object()); }), GANTRY_E_INVALID_DATA);
    expect_refused(error_from([&] { ledger().update("k", {{"id", 7}}); }), GANTRY_E_INVALID_DATA);
}

TEST_F(LedgerTest, options_that_name_no_file_of_its_own_are_config_errors) {
    const auto code_for = [](const json& options) {
        return error_from([&] { Ledger ledger(options); }).code();
    };
    EXPECT_EQ(code_for(json::object()), GANTRY_E_CONFIG);
    EXPECT_EQ(code_for({{"database", "postgres:x"}}), GANTRY_E_CONFIG);
    EXPECT_EQ(code_for({{"database", "sqlite:"}}), GANTRY_E_CONFIG);
    EXPECT_EQ(code_for({{"database", "sqlite:/proc/none/erp.db"}}), GANTRY_E_CONFIG);
    EXPECT_EQ(code_for({{"database", "sqlite:" + folder_.string()}}), GANTRY_E_CONFIG);
}

TEST_F(LedgerTest, a_file_of_something_else_or_of_a_newer_schema_is_refused_untouched) {
    const std::string path = (folder_ / "other file.db").string();
    {
        Database other("sqlite:" + path, kSchema);
        other.write([](soci::session& sql) {
            sql << "UPDATE plugin_schema SET version = 7";
            return 0;
        });
    }
    EXPECT_EQ(
        error_from([&] { Database again("sqlite:" + path, kSchema); }).message(),
        path +
            " has schema 7; this erp-ledger knows 2: use the version that made it, or a newer one");
    const std::string foreign = (folder_ / "foreign.db").string();
    soci::session sql(soci::sqlite3, foreign);
    sql << "CREATE TABLE t (x)";
    const auto e = error_from([&] { Database again("sqlite:" + foreign, kSchema); });
    EXPECT_EQ(e.code(), GANTRY_E_CONFIG);
    EXPECT_NE(e.message().find("something else"), std::string::npos);
    std::string mode;
    sql << "PRAGMA journal_mode", soci::into(mode);
    EXPECT_EQ(mode, "delete");
}

TEST_F(LedgerTest, a_file_of_another_plugin_is_refused_untouched) {
    const std::string path = (folder_ / "other.db").string();
    constexpr std::array<plugin_sql::Version, 1> kTables{"CREATE TABLE t (x);\n"};
    { Database other("sqlite:" + path, {"other-plugin", kTables}); }
    soci::session sql(soci::sqlite3, path);
    sql << "PRAGMA journal_mode = DELETE";
    EXPECT_EQ(error_from([&] { Database ours("sqlite:" + path, kSchema); }).message(),
              path + " is a database of other-plugin; give erp-ledger a file of its own");
    std::string mode;
    sql << "PRAGMA journal_mode", soci::into(mode);
    EXPECT_EQ(mode, "delete");
}

TEST_F(LedgerTest, keys_and_tombstones_older_than_thirty_days_are_forgotten) {
    for (const std::string step : {"old", "new"}) {
        const json before = snapshot(step);
        write(step + "/s/erp.u#1", step, {{"title", "A"}});
        ledger().restore(step + "/s/compensate/erp.r#1", {{"snapshot", before}});
    }
    soci::session sql(soci::sqlite3, (folder_ / "data/erp.db").string());
    for (const std::string table : {"request", "tombstone"}) {
        const std::string key = table == "request" ? "key" : "scope";
        sql << "UPDATE " + table + " SET recorded_at = '2020-01-01T00:00:00.000Z' WHERE " + key +
                   " LIKE 'old/%'";
    }
    reopen();
    write("", "p", {{"title", "A"}});
    for (const std::string table : {"request", "tombstone"}) {
        int rows = 0;
        sql << "SELECT count(*) FROM " + table, soci::into(rows);
        EXPECT_EQ(rows, table == "request" ? 2 : 1) << table;
    }
}

TEST_F(LedgerTest, a_file_locked_by_somebody_else_is_unavailable_and_nothing_is_applied) {
    using namespace std::chrono_literals;
    const std::string path = (folder_ / "data/erp.db").string();
    Database impatient("sqlite:" + path, kSchema, 1ms);
    soci::session other(soci::sqlite3, path);
    other << "BEGIN IMMEDIATE";
    const auto e = error_from([&] { impatient.write([](soci::session&) { return 0; }); });
    expect_refused(e, GANTRY_E_UNAVAILABLE);
    other << "ROLLBACK";
    EXPECT_EQ(impatient.write([](soci::session&) { return 1; }), 1);
}

}  // namespace

}  // namespace erp_ledger
