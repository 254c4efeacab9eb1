// Values that the two sides hold differently: dates, decimals, texts of more than ASCII.
#include "mapping_file.hpp"

namespace erp_odata::test {
namespace {

using gantry::testing::End;
using gantry::testing::Plugin;

json mapping_of_values(int version) {
    return {{"entity_set", version == 4 ? "Product" : "A_Product"},
            {"key", "Product"},
            {"upper_case_key", true},
            {"changed_by", "LastChangedByUser"},
            {"remove", "delete"},
            {"fields",
             {{"available_from", {{"to", "ValidFrom"}, {"type", "date"}}},
              {"weight", {{"to", "GrossWeight"}, {"type", "decimal"}}},
              {"ean", {{"to", "ProductStandardID"}}}}}};
}

class Values : public testing::TestWithParam<int> {
protected:
    void SetUp() override {
        service_.put("Mug");
        plugin_.call("describe").output();
    }
    End update(const json& data) {
        return plugin_.call("updateProductErpData", {{"id", "p1"}, {"data", data}});
    }
    json snapshot() { return plugin_.call("snapshotProduct", {{"id", "p1"}}).output(); }
    json read() {
        return plugin_.call("retrieveProductErpDetails", {{"id", "p1"}}).output().at("data");
    }
    json restore(const json& snapshot, const json& written) {
        return plugin_.call("restoreProduct", {{"snapshot", snapshot}, {"written", written}})
            .output()
            .at("result");
    }
    // Without a request.
    void expect_refused(const json& data) {
        const auto requests = host_.http().requests().size();
        const auto end = update(data);
        ASSERT_TRUE(end.error) << data;
        EXPECT_EQ(end.error->code(), GANTRY_E_REJECTED) << data;
        EXPECT_EQ(end.error->flags(), GANTRY_EF_NOT_APPLIED) << data;
        const auto& found = end.error->details().at("found");
        EXPECT_TRUE(found == data.begin().value() || found.is_number()) << found;
        EXPECT_EQ(host_.http().requests().size(), requests) << data;
    }

    Host host_;
    FakeService service_{host_, GetParam()};
    MappingFile file_{mapping_of_values(GetParam())};
    Plugin plugin_{host_, file_.options()};
};

INSTANTIATE_TEST_SUITE_P(V, Values, testing::Values(4, 2));

TEST_P(Values, what_is_no_date_or_more_than_one_is_refused_without_a_request) {
    for (const char* date : {"2026-02-31",
                             "2026-13-45",
                             "2026-00-10",
                             "2026-01-00",
                             "2026-02-29",
                             "1900-02-29",
                             "2026-11-25 or so",
                             "2026-11-25T22:00:00-05:00",
                             "2026-11-25T00:00:00Z",
                             " 2026-11-25",
                             "2026-11-25Z",
                             "2026-1-5",
                             "+026-11-25",
                             "-026-11-25",
                             "0000-11-25",
                             "12026-11-25",
                             "20261125",
                             "/Date(1795564800000)/",
                             "tomorrow",
                             ""}) {
        expect_refused({{"available_from", date}});
    }
}

TEST_P(Values, every_day_that_there_is_is_written_and_read) {
    for (const char* date : {"2024-02-29", "2000-02-29", "1969-12-31", "1970-01-01", "0001-01-01",
                             "9999-12-31", "2026-11-25"}) {
        EXPECT_EQ(update({{"available_from", date}}).output().at("data").at("available_from"),
                  date);
        EXPECT_EQ(read().at("available_from"), date);
    }
    EXPECT_EQ(service_.product.at("ValidFrom"),
              GetParam() == 4 ? "2026-11-25" : "/Date(1795564800000)/");
}

TEST_P(Values, a_decimal_passes_to_its_last_digit_both_ways) {
    for (const char* weight : {"9999999999.999", "1234567890.125", "0.001", "-0.1", "0.3"}) {
        service_.product["GrossWeight"] = "0.700";
        const auto snap = snapshot();
        EXPECT_EQ(snap.at("state").at("values").at("GrossWeight"), "0.7");
        const auto written = update({{"weight", weight}}).output();
        EXPECT_EQ(written.at("data").at("weight"), weight);
        EXPECT_EQ(service_.product.at("GrossWeight"), weight);
        EXPECT_EQ(read().at("weight"), weight);
        EXPECT_EQ(restore(snap, written.at("version")), "restored");
        EXPECT_EQ(service_.product.at("GrossWeight"), "0.7");
    }
    EXPECT_EQ(service_.writes.back().body,
              GetParam() == 4 ? R"({"GrossWeight":0.7})" : R"({"GrossWeight":"0.7"})");
}

TEST_P(Values, a_decimal_with_more_digits_than_theirs_is_refused_without_a_request) {
    for (const char* weight : {"0.0001", "12345678901", "-12345678901.5", "1e10", "1e-4"}) {
        expect_refused({{"weight", weight}});
    }
}

TEST_P(Values, a_decimal_that_the_service_rounds_is_refused_and_can_be_undone) {
    service_.product["GrossWeight"] = "0.7";
    const auto snap = snapshot();
    service_.digits = 5;
    const auto change = [&](const json& data) {
        return plugin_.call("updateProductErpData", {{"id", "p1"}, {"data", data}},
                            {.key = "run-1/0/i"});
    };
    EXPECT_FALSE(change({{"weight", "123.25"}}).error);
    const auto end = change({{"weight", "1234.125"}});
    ASSERT_TRUE(end.error);
    EXPECT_EQ(end.error->code(), GANTRY_E_REJECTED);
    EXPECT_EQ(end.error->flags(), GANTRY_EF_MAYBE_APPLIED);
    EXPECT_EQ(end.error->details(),
              (json{{"field", "weight"}, {"found", "1234.125"}, {"expected", "1234.1"}}));
    const auto undone = plugin_.call("restoreProduct", {{"snapshot", snap}, {"written", nullptr}},
                                     {.key = "run-1/0/c"});
    EXPECT_EQ(undone.output().at("result"), "restored");
    EXPECT_EQ(service_.product.at("GrossWeight"), "0.7");
}

TEST_P(Values, a_text_has_as_many_characters_as_the_service_counts) {
    const auto times = [](int n, const std::string& character) {
        std::string out;
        for (; n > 0; --n) out += character;
        return out;
    };
    for (const char* one : {"x", "é", "棉"}) {
        const auto longest = times(18, one);
        EXPECT_EQ(update({{"ean", longest}}).output().at("data").at("ean"), longest);
        expect_refused({{"ean", longest + "x"}});
    }
    const auto longest = times(9, "𝄞");
    EXPECT_EQ(update({{"ean", longest}}).output().at("data").at("ean"), longest);
    expect_refused({{"ean", longest + "x"}});
}

TEST_P(Values, an_id_that_theirs_would_cut_off_makes_no_product) {
    service_.product = nullptr;
    std::string id;
    for (int i = 0; i < 40; ++i) id += "é";
    const auto create = [&](const std::string& as) {
        return plugin_.call("updateProductErpData",
                            {{"id", as}, {"data", {{"ean", "1"}}}, {"create", true}});
    };
    EXPECT_EQ(create(id + "x").error->code(), GANTRY_E_REJECTED);
    EXPECT_TRUE(service_.writes.empty());
    EXPECT_EQ(create(id).output().at("erp_ids").begin().value(), id) << "it has 40 characters";
}

// Only V2 has dates that hold a time.
class Times : public Values {};

INSTANTIATE_TEST_SUITE_P(V, Times, testing::Values(2));

constexpr const char* kTimes[] = {"/Date(1795612800123)/", "/Date(-1)/", "/Date(1)/",
                                  "/Date(1795564800000+0060)/", "/Date(1795550400000-0240)/"};

TEST_P(Times, a_time_beside_a_date_is_not_written_over) {
    int n = 0;
    for (const char* time : kTimes) {
        service_.product["ValidFrom"] = time;
        const auto day = read().at("available_from");
        EXPECT_EQ(day.get<std::string>().size(), 10U) << day;
        const auto same = update({{"available_from", day}, {"ean", std::to_string(++n)}}).output();
        EXPECT_EQ(same.at("data").at("available_from"), day);
        EXPECT_EQ(service_.product.at("ValidFrom"), time);
        const auto writes = service_.writes.size();
        const auto other = update({{"available_from", "2026-12-01"}});
        EXPECT_EQ(other.error->code(), GANTRY_E_REJECTED);
        EXPECT_EQ(other.error->flags(), GANTRY_EF_NOT_APPLIED);
        EXPECT_EQ(other.error->details().at("found"), time);
        EXPECT_EQ(service_.writes.size(), writes);
    }
}

TEST_P(Times, a_time_beside_a_date_comes_back_at_an_undo) {
    for (const char* time : kTimes) {
        service_.product["ValidFrom"] = time;
        const auto snap = snapshot();
        const auto cleared = update({{"available_from", nullptr}}).output();
        EXPECT_TRUE(service_.product.at("ValidFrom").is_null());
        const auto set = update({{"available_from", "2026-12-01"}}).output();
        EXPECT_NE(set.at("version"), cleared.at("version"));
        EXPECT_EQ(restore(snap, set.at("version")), "restored");
        EXPECT_EQ(service_.product.at("ValidFrom"), time);
        EXPECT_EQ(snapshot(), snap);
    }
}

TEST_P(Times, another_time_of_the_same_day_is_another_version) {
    service_.product["ValidFrom"] = kTimes[0];
    const auto snap = snapshot();
    const auto written = update({{"ean", "1"}}).output().at("version");
    service_.product["ValidFrom"] = "/Date(1795612800124)/";
    const json undo = {{"snapshot", snap}, {"written", written}};
    EXPECT_EQ(plugin_.call("restoreProduct", undo).error->code(), GANTRY_E_CHANGED);
}

}  // namespace
}  // namespace erp_odata::test
