// restoreProduct: what comes back, what is left alone, and what is refused.
#include "support.hpp"

namespace erp_ledger {

namespace {

constexpr char kWrite[] = "run1/update-erp/erp.updateProductErpData#1";
constexpr char kRestore[] = "run1/update-erp/compensate/erp.restoreProduct#1";

class Restore : public LedgerTest {
protected:
    json restore(const std::string& key, const json& before, const json& written = nullptr) {
        return ledger().restore(key, {{"snapshot", before}, {"written", written}});
    }
    /// The journal looks at the age of its entries when the next one comes after a start.
    void thirty_days_pass() {
        Database(options().at("database"), kSchema).write([](soci::session& sql) {
            sql << "UPDATE written SET recorded_at = '2020-01-01T00:00:00.000Z'";
            return true;
        });
        reopen();
        write("other" + std::to_string(++months_) + "/s/erp.u#1", "other", {{"title", "Other"}});
    }
    void the_journal_forgets() {
        for (int i = 0; i < 3; ++i) thirty_days_pass();
    }

private:
    int months_ = 0;
};

const json kShirt{{"title", "Shirt"}, {"weight", 250},       {"length", 12.25},
                  {"price", "19.90"}, {"subtitle", "ärmel"}, {"origin_country", "DE"}};

TEST_F(Restore, a_restored_record_equals_its_snapshot_in_every_field) {
    write("", "p1", kShirt);
    const json before = snapshot("p1");
    EXPECT_EQ(before.at("state").at("data"), kShirt);
    const json written =
        write(kWrite, "p1", {{"title", "X"}, {"weight", nullptr}, {"material", "wool"}})
            .at("version");
    EXPECT_EQ(restore(kRestore, before, written),
              (json{{"result", "restored"}, {"version", before.at("version")}}));
    EXPECT_EQ(snapshot("p1"), before);
    reopen();
    EXPECT_EQ(snapshot("p1"), before);
}

TEST_F(Restore, a_record_made_by_the_step_is_removed) {
    const json before = snapshot("p1");
    EXPECT_FALSE(before.at("exists"));
    EXPECT_EQ(before.at("version"), nullptr);
    const json written = write(kWrite, "p1", kShirt).at("version");
    EXPECT_EQ(restore(kRestore, before, written),
              (json{{"result", "restored"}, {"version", nullptr}}));
    EXPECT_EQ(snapshot("p1"), before);
    EXPECT_EQ(ledger().changes(json::object()).at("changes").at(1).at("change"), "deleted");
    EXPECT_EQ(write("", "p1", kShirt).at("erp_ids").at("ledger"), "L-00002")
        << "a number is never given twice";
}

TEST_F(Restore, a_change_by_somebody_else_is_kept_and_reported) {
    write("", "p1", kShirt);
    const json before = snapshot("p1");
    const json ours = write(kWrite, "p1", {{"title", "ours"}}).at("version");
    const json now = write("run2/s/erp.u#1", "p1", {{"title", "theirs"}}).at("version");
    for (const json& written : {ours, json()}) {
        const auto e = error_from([&] { restore(kRestore, before, written); });
        expect_refused(e, GANTRY_E_CHANGED);
        EXPECT_EQ(e.details(), (json{{"before", before.at("version")},
                                     {"ours", ours},
                                     {"now", {{"version", now}, {"data", data_of("p1")}}}}));
    }
    EXPECT_EQ(data_of("p1").at("title"), "theirs");
}

TEST_F(Restore, a_change_that_was_taken_back_again_does_not_stand_in_the_way) {
    write("", "p1", kShirt);
    const json before = snapshot("p1");
    const json first = write("run1/a/erp.u#1", "p1", {{"title", "a"}}).at("version");
    const json between = snapshot("p1");
    const json second = write("run1/b/erp.u#1", "p1", {{"title", "b"}}).at("version");
    restore("run1/b/compensate/erp.r#1", between, second);
    restore("run1/a/compensate/erp.r#1", before, first);
    EXPECT_EQ(snapshot("p1"), before);
}

TEST_F(Restore, without_written_the_last_write_of_the_step_counts) {
    write("", "p1", kShirt);
    const json before = snapshot("p1");
    write(kWrite, "p1", {{"title", "first"}});
    write("run1/update-erp/erp.updateProductErpData#2", "p1", {{"title", "second"}});
    EXPECT_EQ(ledger().restore(kRestore, {{"snapshot", before}}).at("result"), "restored");
    EXPECT_EQ(snapshot("p1"), before);
}

TEST_F(Restore, a_write_that_never_arrived_leaves_the_record_as_it_is) {
    write("", "p1", kShirt);
    const json before = snapshot("p1");
    const json now = write("run2/s/erp.u#1", "p1", {{"title", "theirs"}}).at("version");
    EXPECT_EQ(restore(kRestore, before), (json{{"result", "unchanged"}, {"version", now}}));
    EXPECT_EQ(data_of("p1").at("title"), "theirs");
}

TEST_F(Restore, an_undo_after_the_journal_forgot_says_changed) {
    write("", "p1", kShirt);
    const json before = snapshot("p1");
    const json none = snapshot("p2");
    const json ours = write(kWrite, "p1", {{"title", "ours"}}).at("version");
    write("run1/update-erp/erp.updateProductErpData#2", "p2", kShirt);
    the_journal_forgets();
    const auto e = error_from([&] { restore(kRestore, before); });
    expect_refused(e, GANTRY_E_CHANGED, "whether that is our write is not known any more");
    EXPECT_EQ(e.details(), (json{{"before", before.at("version")},
                                 {"ours", nullptr},
                                 {"now", {{"version", ours}, {"data", data_of("p1")}}}}));
    expect_refused(error_from([&] { restore(kRestore, none); }), GANTRY_E_CHANGED);
    EXPECT_EQ(data_of("p1").at("title"), "ours");
    EXPECT_EQ(data_of("p2"), kShirt);
    EXPECT_EQ(restore(kRestore, before, ours).at("result"), "restored") << "ours was told";
}

TEST_F(Restore, an_undo_after_the_journal_forgot_has_nothing_to_do_where_all_is_as_before) {
    write("", "p1", kShirt);
    const json before = snapshot("p1");
    the_journal_forgets();
    EXPECT_EQ(restore(kRestore, before),
              (json{{"result", "unchanged"}, {"version", before.at("version")}}));
}

TEST_F(Restore, a_record_removed_by_others_after_the_journal_forgot_is_left_removed) {
    const json none = snapshot("p1");
    const json made = write("run2/s/erp.u#1", "p1", kShirt).at("version");
    const json before = snapshot("p1");
    restore("run2/s/compensate/erp.r#1", none, made);
    the_journal_forgets();
    expect_refused(error_from([&] { restore(kRestore, before); }), GANTRY_E_CHANGED);
    EXPECT_FALSE(snapshot("p1").at("exists"));
}

TEST_F(Restore, a_young_write_that_never_arrived_is_unchanged_whatever_was_forgotten_before) {
    write("", "p1", kShirt);
    the_journal_forgets();
    const json before = snapshot("p1");
    const json now = write("run2/s/erp.u#1", "p1", {{"title", "theirs"}}).at("version");
    EXPECT_EQ(restore(kRestore, before), (json{{"result", "unchanged"}, {"version", now}}));
}

TEST_F(Restore, what_was_written_on_the_page_before_is_still_known) {
    write("", "p1", kShirt);
    const json before = snapshot("p1");
    write(kWrite, "p1", {{"title", "ours"}});
    thirty_days_pass();
    EXPECT_EQ(restore(kRestore, before).at("result"), "restored");
}

TEST_F(Restore, a_file_and_undo_data_of_the_version_before_are_taken) {
    write("", "p1", kShirt);
    json before = snapshot("p1");
    before.erase("page");
    const json ours = write("", "p1", {{"title", "ours"}}).at("version");
    const std::string url = "sqlite:" + (folder_ / "old.db").string();
    Database(url, {kSchema.plugin, kSchema.versions.first(1)}).write([&](soci::session& sql) {
        const auto data = data_of("p1").dump();
        const auto version = ours.get<std::string>();
        sql << "INSERT INTO record (product_id, data, version, created_at) VALUES ('p1', :data, "
               ":version, 'then')",
            soci::use(data), soci::use(version);
        sql << "INSERT INTO written (scope, product_id, version, recorded_at) VALUES "
               "('run1/update-erp', 'p1', :version, '2026-01-01T00:00:00.000Z')",
            soci::use(version);
        return true;
    });
    Ledger old(json{{"database", url}});
    before["system"] = old.describe().at("system");
    const auto undo = [&](const std::string& run) {
        return old.restore(run + "/update-erp/compensate/erp.r#1", {{"snapshot", before}});
    };
    expect_refused(error_from([&] { undo("run0"); }), GANTRY_E_CHANGED);
    EXPECT_EQ(undo("run1").at("result"), "restored");
    EXPECT_EQ(undo("run0").at("result"), "unchanged");
}

TEST_F(Restore, at_the_snapshots_version_nothing_is_to_do) {
    write("", "p1", kShirt);
    const json before = snapshot("p1");
    EXPECT_EQ(restore(kRestore, before, "0123456789abcdef").at("result"), "unchanged");
    EXPECT_EQ(snapshot("p1"), before);
}

TEST_F(Restore, the_late_write_of_an_undone_step_is_refused) {
    const json before = snapshot("p1");
    EXPECT_EQ(restore(kRestore, before).at("result"), "unchanged");
    reopen();
    const auto e = error_from([&] { write(kWrite, "p1", kShirt); });
    expect_refused(e, GANTRY_E_REJECTED);
    EXPECT_NE(e.message().find("this step was already undone"), std::string::npos);
    expect_refused(error_from([&] {
                       ledger().create(kWrite, {{"id", "p1"}, {"data", kShirt}});
                   }),
                   GANTRY_E_REJECTED);
    EXPECT_EQ(snapshot("p1"), before);
    write(kWrite, "p2", kShirt);                     // another product
    write("run1/other-step/erp.u#1", "p1", kShirt);  // another step
}

TEST_F(Restore, a_restore_that_is_refused_as_changed_refuses_the_late_write_too) {
    write("", "p1", kShirt);
    const json before = snapshot("p1");
    write("", "p1", {{"title", "theirs"}});
    error_from([&] { restore(kRestore, before, "0123456789abcdef"); });
    expect_refused(error_from([&] {
                       write(kWrite, "p1", {{"title", "late"}});
                   }),
                   GANTRY_E_REJECTED);
}

TEST_F(Restore, the_same_restore_twice_is_one_effect) {
    write("", "p1", kShirt);
    const json before = snapshot("p1");
    const json written = write(kWrite, "p1", {{"title", "X"}}).at("version");
    const json first = restore(kRestore, before, written);
    write("", "p1", {{"title", "X"}});  // somebody else, and by chance our content
    EXPECT_EQ(restore(kRestore, before, written), first);
    EXPECT_EQ(data_of("p1").at("title"), "X");
}

TEST_F(Restore, a_snapshot_of_another_system_is_refused) {
    write("", "p1", kShirt);
    Ledger other(json{{"database", "sqlite:" + (folder_ / "other.db").string()}});
    const json foreign = other.snapshot({{"id", "p1"}});
    const json written = write(kWrite, "p1", {{"title", "X"}}).at("version");
    expect_refused(error_from([&] { restore(kRestore, foreign, written); }), GANTRY_E_REJECTED);
    EXPECT_EQ(data_of("p1").at("title"), "X");
}

TEST_F(Restore, neither_key_nor_written_is_refused) {
    const json before = snapshot("p1");
    write("", "p1", kShirt);
    expect_refused(error_from([&] { restore("", before); }), GANTRY_E_INVALID_DATA);
    EXPECT_EQ(data_of("p1"), kShirt);
}

}  // namespace

}  // namespace erp_ledger
