// restoreProduct: everything back, nobody else's change taken away, lost replies.
#include <filesystem>

#include "support.hpp"

namespace product_medusa {
namespace {

using gantry::Error;

const std::string kWrite = "run/step/product.updateProducts#1";
const std::string kUndo = "run/step/compensate/product.restoreProduct#1";

class Restore : public Connected {
protected:
    // Times of change and the order of rows are nobody's.
    json there() { return snapshot().at("state"); }
};

TEST_F(Restore, puts_everything_back) {
    const auto before = snapshot();
    const auto written = updated({{"title", "Linen"},
                                  {"weight", nullptr},
                                  {"metadata", {{"season", ""}, {"fit", "slim"}}},
                                  {"images", {{{"url", "https://x/3.png"}}}},
                                  {"tag_ids", {"ptag_1"}},
                                  {"variants",
                                   {{{"id", "variant_m"}, {"material", "wool"}},
                                    {{"id", "variant_s"}, {"sku", nullptr}},
                                    {{"title", "New"}}}}});
    EXPECT_NE(there(), before.at("state"));
    const auto end = restore(before, written.at("version"));
    EXPECT_EQ(end.output().at("result"), "restored");
    EXPECT_EQ(there(), before.at("state"));
    EXPECT_EQ(snapshot().at("version"), before.at("version"));
    EXPECT_EQ(restore(before, written.at("version")).output().at("result"), "unchanged");
}

TEST_F(Restore, takes_nobody_elses_change_away) {
    const auto before = snapshot();
    const auto written = updated({{"title", "Linen"}});
    medusa.product()["subtitle"] = "theirs";
    expect_refused(restore(before, written.at("version")), GANTRY_E_CHANGED);
    EXPECT_EQ(medusa.product().at("title"), "Linen");
}

TEST_F(Restore, of_a_write_whose_reply_was_lost_knows_what_it_was_to_leave) {
    const auto before = snapshot();
    medusa.instead_of_reply = kLost;
    update({{"title", "Linen"}}, kWrite);
    EXPECT_EQ(restore(before, nullptr, kUndo).output().at("result"), "restored");
    EXPECT_EQ(medusa.product().at("title"), "Shirt");
}

TEST_F(Restore, of_a_write_that_never_came_changes_nothing_and_refuses_it_when_it_comes) {
    const auto before = snapshot();
    EXPECT_EQ(restore(before, nullptr, kUndo).output().at("result"), "unchanged");
    expect_refused(update({{"title", "Linen"}}, kWrite), GANTRY_E_REJECTED);
    EXPECT_EQ(medusa.writes(), 0U);
}

TEST_F(Restore, without_notes_after_a_restart_leaves_it_to_a_person) {
    const auto before = snapshot();
    medusa.instead_of_reply = kLost;
    update({{"title", "Linen"}}, kWrite);
    plugin.restart();
    expect_refused(restore(before, nullptr, kUndo), GANTRY_E_CHANGED);
}

TEST_F(Restore, tells_what_medusa_does_not_take_back) {
    const auto before = snapshot();
    const auto written = updated({{"title", "Linen"}});
    medusa.before_write = [&] {
        medusa.product()["sales_channels"] = json::array({{{"id", "sc_1"}}});
    };
    const auto end = restore(before, written.at("version"));
    expect_refused(end, GANTRY_E_CHANGED, GANTRY_EF_MAYBE_APPLIED);
    EXPECT_NE(end.error->message().find("sales_channels"), std::string::npos);
}

TEST_F(Restore, of_what_was_deleted_is_for_a_person) {
    const auto before = snapshot();
    plugin.call("deleteProducts", {{"ids", {"prod_1"}}});
    expect_refused(restore(before, nullptr), GANTRY_E_CHANGED);
}

TEST_F(Restore, of_another_system_is_refused) {
    auto before = snapshot();
    before["system"] = "https://other.example";
    expect_refused(restore(before, nullptr), GANTRY_E_REJECTED);
}

class WithNotes : public Connected {
protected:
    WithNotes() : Connected(options()) {}
    ~WithNotes() override { std::filesystem::remove_all(folder()); }
    static std::string folder() {
        return testing::TempDir() + "product-medusa-" + std::to_string(::getpid());
    }
    static json options() {
        auto all = shop_options();
        all["notes"] = "sqlite:" + folder() + "/notes.db";
        return all;
    }
};

TEST_F(WithNotes, a_lost_write_is_taken_back_after_a_restart) {
    const auto before = snapshot();
    medusa.instead_of_reply = kLost;
    update({{"title", "Linen"}, {"images", {{{"url", "https://x/3.png"}}}}}, kWrite);
    plugin.restart();
    EXPECT_EQ(restore(before, nullptr, kUndo).output().at("result"), "restored");
    EXPECT_EQ(snapshot().at("version"), before.at("version"));
}

}  // namespace
}  // namespace product_medusa
