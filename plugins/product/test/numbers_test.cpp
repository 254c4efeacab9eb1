// Whole numbers are kept as they are given, or refused.
#include "support.hpp"

namespace catalogue {

namespace {

class Numbers : public CatalogueTest {};

constexpr std::uint64_t kMost = 18446744073709551615U;  // 2^64 - 1
constexpr std::int64_t kInexact = 9007199254740993;     // 2^53 + 1
constexpr std::int64_t kExact = 9007199254740992;       // 2^53

TEST_F(Numbers, of_metadata_are_kept_to_the_last_digit) {
    const json metadata = {{"most", kMost}, {"least", INT64_MIN}, {"odd", kInexact}};
    create({{"id", "p"}, {"title", "P"}, {"metadata", metadata}});
    EXPECT_EQ(retrieve("p").at("metadata").dump(), metadata.dump());
    const json before = snapshot("p");
    const json written = update("p", {{"metadata", {{"odd", kInexact - 1}}}}).at("version");
    EXPECT_NE(written, before.at("version"));
    catalogue().restore("", {{"snapshot", before}, {"written", written}});
    EXPECT_EQ(retrieve("p").at("metadata").dump(), metadata.dump());
}

TEST_F(Numbers, beyond_what_a_size_keeps_are_refused) {
    create(shirt());
    const json before = snapshot("prod_shirt");
    for (const auto* field : {"weight", "length", "height", "width"}) {
        for (const json& number : {json(kInexact), json(-kInexact), json(kMost), json(INT64_MIN)}) {
            const auto e = error_from([&] { update("prod_shirt", {{field, number}}); });
            expect_refused(e, GANTRY_E_INVALID_DATA,
                           "Field '" + std::string(field) + "' of Product is " + number.dump());
            EXPECT_EQ(e.details(), (json{{"field", field}, {"value", number}}));
        }
    }
    expect_refused(
        error_from([&] {
            create({{"title", "x"}, {"variants", {{{"title", "v"}, {"weight", kInexact}}}}});
        }),
        GANTRY_E_INVALID_DATA, "Field 'weight' of Product variant is 9007199254740993");
    EXPECT_EQ(snapshot("prod_shirt"), before);
    EXPECT_EQ(update("prod_shirt", {{"weight", kExact}}).at("weight"), kExact);
    EXPECT_EQ(update("prod_shirt", {{"weight", -kExact}}).at("weight"), -kExact);
    EXPECT_EQ(update("prod_shirt", {{"weight", 0.1}}).at("weight"), 0.1);
}

TEST_F(Numbers, beyond_what_a_size_keeps_are_not_looked_for) {
    create(shirt());
    for (const json& number : {json(kInexact), json(kMost)}) {
        expect_refused(error_from([&] {
                           catalogue().list({{"filters", {{"weight", {{"$lt", number}}}}}});
                       }),
                       GANTRY_E_INVALID_DATA, "filter 'weight' is " + number.dump());
    }
    EXPECT_EQ(catalogue().list({{"filters", {{"weight", {{"$lt", kExact}}}}}}).size(), 1U);
}

}  // namespace

}  // namespace catalogue
