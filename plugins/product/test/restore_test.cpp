// restoreProduct: what comes back, what is left alone, and what is refused.
#include "support.hpp"

namespace catalogue {

namespace {

constexpr char kWrite[] = "run1/update-product/product.updateProducts#1";
constexpr char kRestore[] = "run1/update-product/compensate/product.restoreProduct#1";

class Restore : public CatalogueTest {
protected:
    json restore(const json& before, const json& written = nullptr,
                 const std::string& key = kRestore) {
        return catalogue().restore(key, {{"snapshot", before}, {"written", written}});
    }
    // Changes and restores; the state must be as before, apart from the product's updated_at.
    void comes_back_after(const json& data) {
        const json before = snapshot("prod_shirt");
        const json written = update("prod_shirt", data, kWrite).at("version");
        ASSERT_NE(written, before.at("version"));
        EXPECT_EQ(restore(before, written),
                  (json{{"result", "restored"}, {"version", before.at("version")}}));
        EXPECT_EQ(without_change_time(snapshot("prod_shirt")), without_change_time(before));
        EXPECT_EQ(retrieve("prod_shirt").at("version"), before.at("version"));
        reopen();
        EXPECT_EQ(without_change_time(snapshot("prod_shirt")), without_change_time(before));
    }
    /// The journal looks at the age of its entries when the next one comes after a start.
    void thirty_days_pass() {
        Database(options().at("database"), kSchema).write([](soci::session& sql) {
            sql << "UPDATE written SET recorded_at = '2020-01-01T00:00:00.000Z'";
            return true;
        });
        reopen();
        create({{"title", "Other " + std::to_string(++months_)}},
               "other" + std::to_string(months_) + "/s/product.createProducts#1");
    }
    void the_journal_forgets() {
        for (int i = 0; i < 3; ++i) thirty_days_pass();
    }
    static json without_change_time(json snapshot) {
        snapshot.at("state").at("product").at(0).erase("updated_at");
        return snapshot;
    }
    std::size_t count(const std::string& table) {
        int rows = 0;
        Database(options().at("database"), kSchema).read([&](soci::session& sql) {
            sql << "SELECT count(*) FROM " + table, soci::into(rows);
            return true;
        });
        return static_cast<std::size_t>(rows);
    }

private:
    int months_ = 0;
};

TEST_F(Restore, a_product_without_a_type_gets_none_again) {
    create(shirt());
    comes_back_after({{"type", {{"value", "new"}}}, {"collection", {{"title", "new"}}}});
    EXPECT_EQ(count("product_type"), 0U) << "our own write made it and nobody else uses it";
    EXPECT_EQ(count("product_collection"), 0U);
}

TEST_F(Restore, three_options_and_nine_variants_come_back_with_ids_and_ranks) {
    json data{{"id", "prod_shirt"},
              {"title", "Shirt"},
              {"options",
               {{{"title", "Size"}, {"values", {"S", "M", "L"}}},
                {{"title", "Color"}, {"values", {"red", "blue", "🟢"}}},
                {{"title", "Fit"}, {"values", {"slim"}}}}},
              {"variants", json::array()}};
    int rank = 9;
    for (const auto* size : {"S", "M", "L"}) {
        for (const auto* color : {"red", "blue", "🟢"}) {
            data["variants"].push_back(
                {{"title", std::string(size) + color},
                 {"sku", std::string(size) + "-" + color},
                 {"variant_rank", --rank},
                 {"weight", 0.1 * rank},
                 {"options", {{"Size", size}, {"Color", color}, {"Fit", "slim"}}}});
        }
    }
    const json made = create(data);
    EXPECT_EQ(made.at("variants").at(0).at("title"), "L🟢") << "the lowest rank";
    comes_back_after(
        {{"options", {{{"title", "Material"}, {"values", {"wool"}}}}},
         {"variants",
          {{{"title", "only"}, {"sku", "S-red"}, {"options", {{"Material", "wool"}}}}}}});
}

TEST_F(Restore, metadata_keys_added_changed_and_removed_come_back) {
    json data = shirt();
    data["metadata"] = {{"changed", 1}, {"removed", "x"}, {"null", nullptr}};
    create(data);
    comes_back_after({{"metadata", {{"changed", 2}, {"removed", ""}, {"added", {1, 2}}}}});
}

TEST_F(Restore, metadata_that_was_null_is_null_again) {
    create(shirt());
    comes_back_after({{"metadata", {{"added", 1}}}});
}

TEST_F(Restore, replaced_tags_come_back_and_those_made_by_the_write_go) {
    json data = shirt();
    data["tags"] = {{{"value", "old"}}, {{"value", "both"}}};
    create(data);
    comes_back_after({{"tags", {{{"value", "both"}}, {{"value", "made"}}}}});
    EXPECT_EQ(count("product_tag"), 2U);
}

TEST_F(Restore, a_tag_made_by_the_write_stays_while_another_product_uses_it) {
    create(shirt());
    const json before = snapshot("prod_shirt");
    update("prod_shirt", {{"tags", {{{"value", "made"}}}}}, kWrite);
    const json hat = create({{"title", "Hat"}, {"tags", {{{"value", "made"}}}}});
    restore(before);
    EXPECT_EQ(retrieve(hat.at("id")), hat);
}

TEST_F(Restore, a_tag_that_was_removed_meanwhile_is_made_again) {
    create(shirt());
    const json bare = snapshot("prod_shirt");
    update("prod_shirt", {{"tags", {{{"value", "made"}}}}}, kWrite);
    const json hat = create({{"title", "Hat"}, {"tags", {{{"value", "made"}}}}});
    const auto id = hat.at("id").get<std::string>();
    const json tagged = snapshot(id);
    update(id, {{"tags", json::array()}}, "run2/s/product.updateProducts#1");
    restore(bare);
    EXPECT_EQ(count("product_tag"), 0U);
    restore(tagged, nullptr, "run2/s/compensate/product.restoreProduct#1");
    EXPECT_EQ(without_change_time(snapshot(id)), without_change_time(tagged));
}

TEST_F(Restore, variants_dropped_and_created_by_the_write_come_back_and_go) {
    create(shirt());
    const json m = find_by(retrieve("prod_shirt").at("variants"), "sku", "TSH-M").at("id");
    comes_back_after({{"options", {{{"title", "Size"}, {"values", {"M", "XL"}}}}},
                      {"variants",
                       {{{"id", m}, {"sku", "other"}, {"ean", "4006381333931"}},
                        {{"title", "XL"}, {"sku", "TSH-S"}, {"options", {{"Size", "XL"}}}}}}});
}

TEST_F(Restore, images_and_text_in_any_script_come_back_byte_by_byte) {
    json data = shirt();
    data.update({{"title", "Ärmel \"数量\" 👩‍👩‍👧 שלום"},
                 {"handle", "ärmel"},
                 {"description", "a\\u0000\n\t\\n'; DROP TABLE product; --"},
                 {"images", {{{"url", "一"}}, {{"url", "二"}}}}});
    create(data);
    comes_back_after({{"title", "X"}, {"description", nullptr}, {"images", {{{"url", "二"}}}}});
    EXPECT_EQ(retrieve("prod_shirt").at("description"), data.at("description"));
}

TEST_F(Restore, a_product_made_by_the_step_is_removed) {
    const json before = snapshot("prod_shirt");
    EXPECT_FALSE(before.at("exists"));
    EXPECT_EQ(before.at("version"), nullptr);
    json data = shirt();
    data["tags"] = {{{"value", "made"}}};
    create(data, "run1/update-product/product.createProducts#1");
    EXPECT_EQ(restore(before), (json{{"result", "restored"}, {"version", nullptr}}));
    EXPECT_EQ(snapshot("prod_shirt"), before);
    for (const auto* table : {"product_variant", "product_option_value", "product_tag"}) {
        EXPECT_EQ(count(table), 0U) << table;
    }
}

TEST_F(Restore, a_product_deleted_by_the_step_comes_back) {
    create(shirt());
    const json before = snapshot("prod_shirt");
    catalogue().remove("run1/update-product/product.deleteProducts#1", {{"ids", {"prod_shirt"}}});
    restore(before);
    EXPECT_EQ(without_change_time(snapshot("prod_shirt")), without_change_time(before));
}

TEST_F(Restore, a_change_by_somebody_else_is_kept_and_reported) {
    create(shirt());
    const json before = snapshot("prod_shirt");
    const json ours = update("prod_shirt", {{"title", "ours"}}, kWrite).at("version");
    const json now = update("prod_shirt", {{"title", "theirs"}}).at("version");
    for (const json& written : {ours, json()}) {
        const auto e = error_from([&] { restore(before, written); });
        expect_refused(e, GANTRY_E_CHANGED, "somebody else changed product prod_shirt");
        EXPECT_EQ(e.details(), (json{{"before", before.at("version")},
                                     {"ours", ours},
                                     {"now", retrieve("prod_shirt")}}));
        EXPECT_EQ(e.details().at("now").at("version"), now);
    }
    EXPECT_EQ(retrieve("prod_shirt").at("title"), "theirs");
}

TEST_F(Restore, two_writes_of_one_step_are_taken_back_at_once) {
    create(shirt());
    const json before = snapshot("prod_shirt");
    update("prod_shirt", {{"title", "one"}}, kWrite);
    update("prod_shirt", {{"title", "two"}}, "run1/update-product/product.updateProducts#2");
    EXPECT_EQ(restore(before).at("result"), "restored");
    EXPECT_EQ(retrieve("prod_shirt").at("title"), "Shirt");
}

TEST_F(Restore, restoring_twice_is_fine) {
    create(shirt());
    const json before = snapshot("prod_shirt");
    update("prod_shirt", {{"title", "ours"}}, kWrite);
    const json first = restore(before);
    EXPECT_EQ(restore(before), first) << "the same key";
    EXPECT_EQ(restore(before, nullptr, "run1/update-product/compensate/product.restoreProduct#2"),
              (json{{"result", "unchanged"}, {"version", before.at("version")}}));
}

TEST_F(Restore, without_a_write_of_ours_nothing_is_restored_and_the_late_write_is_refused) {
    create(shirt());
    const json before = snapshot("prod_shirt");
    const json now = update("prod_shirt", {{"title", "theirs"}}).at("version");
    EXPECT_EQ(restore(before), (json{{"result", "unchanged"}, {"version", now}}));
    expect_refused(error_from([&] {
                       update("prod_shirt", {{"title", "late"}}, kWrite);
                   }),
                   GANTRY_E_REJECTED, "this step was already undone");
    expect_refused(error_from([&] {
                       catalogue().remove("run1/update-product/x#1", {{"ids", {"prod_shirt"}}});
                   }),
                   GANTRY_E_REJECTED, "this step was already undone");
    EXPECT_EQ(retrieve("prod_shirt").at("title"), "theirs");
    EXPECT_EQ(update("prod_shirt", {{"title", "free"}}, "run2/s/x#1").at("title"), "free");
}

TEST_F(Restore, an_undo_after_the_journal_forgot_says_changed) {
    create(shirt());
    const json before = snapshot("prod_shirt");
    const json none = snapshot("prod_hat");
    const json ours = update("prod_shirt", {{"title", "ours"}}, kWrite).at("version");
    create({{"id", "prod_hat"}, {"title", "Hat"}}, "run1/update-product/product.createProducts#1");
    the_journal_forgets();
    const auto e = error_from([&] { restore(before); });
    expect_refused(e, GANTRY_E_CHANGED, "whether that is our write is not known any more");
    EXPECT_EQ(e.details(), (json{{"before", before.at("version")},
                                 {"ours", nullptr},
                                 {"now", retrieve("prod_shirt")}}));
    expect_refused(error_from([&] { restore(none); }), GANTRY_E_CHANGED);
    EXPECT_EQ(retrieve("prod_shirt").at("title"), "ours");
    EXPECT_EQ(retrieve("prod_hat").at("title"), "Hat");
    EXPECT_EQ(restore(before, ours).at("result"), "restored") << "ours was told";
}

TEST_F(Restore, a_deletion_that_the_journal_forgot_says_changed) {
    create(shirt());
    const json before = snapshot("prod_shirt");
    catalogue().remove("run1/update-product/product.deleteProducts#1", {{"ids", {"prod_shirt"}}});
    the_journal_forgets();
    const auto e = error_from([&] { restore(before); });
    expect_refused(e, GANTRY_E_CHANGED);
    EXPECT_EQ(e.details().at("now"), nullptr);
}

TEST_F(Restore, an_undo_after_the_journal_forgot_has_nothing_to_do_where_all_is_as_before) {
    create(shirt());
    const json before = snapshot("prod_shirt");
    the_journal_forgets();
    EXPECT_EQ(restore(before), (json{{"result", "unchanged"}, {"version", before.at("version")}}));
}

TEST_F(Restore, a_young_write_that_never_arrived_is_unchanged_whatever_was_forgotten_before) {
    create(shirt());
    the_journal_forgets();
    const json before = snapshot("prod_shirt");
    const json now = update("prod_shirt", {{"title", "theirs"}}, "run2/s/x#1").at("version");
    EXPECT_EQ(restore(before), (json{{"result", "unchanged"}, {"version", now}}));
}

TEST_F(Restore, undo_data_of_the_version_before_is_taken) {
    create(shirt());
    json before = snapshot("prod_shirt");
    before.erase("page");
    update("prod_shirt", {{"title", "ours"}}, kWrite);
    const auto undo = [&](const std::string& run) {
        return restore(before, nullptr, run + "/update-product/compensate/x#1").at("result");
    };
    expect_refused(error_from([&] { undo("run0"); }), GANTRY_E_CHANGED);
    EXPECT_EQ(undo("run1"), "restored");
    EXPECT_EQ(undo("run0"), "unchanged");
}

TEST_F(Restore, a_refused_restore_leaves_its_tombstone_too) {
    create(shirt());
    const json before = snapshot("prod_shirt");
    update("prod_shirt", {{"title", "ours"}}, kWrite);
    update("prod_shirt", {{"title", "theirs"}});
    EXPECT_THROW(restore(before), gantry::Error);
    EXPECT_THROW(update("prod_shirt", {{"title", "late"}}, "run1/update-product/x#2"),
                 gantry::Error);
}

TEST_F(Restore, without_a_key_the_version_written_must_be_given) {
    create(shirt());
    const json before = snapshot("prod_shirt");
    const json written = update("prod_shirt", {{"title", "ours"}}).at("version");
    expect_refused(error_from([&] { restore(before, nullptr, ""); }), GANTRY_E_INVALID_DATA,
                   "neither `written` nor an idempotency key");
    EXPECT_EQ(restore(before, written, "").at("result"), "restored");
    EXPECT_EQ(update("prod_shirt", {{"title", "again"}}).at("title"), "again");
}

}  // namespace

}  // namespace catalogue
