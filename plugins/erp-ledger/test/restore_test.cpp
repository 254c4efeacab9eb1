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
