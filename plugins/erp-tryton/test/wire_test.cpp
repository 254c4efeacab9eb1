// Single values on their way to Tryton and back.
#include "wire.hpp"
#include "mapping/decimal.hpp"
#include "sql/base64.hpp"
#include "support.hpp"

namespace erp_tryton {
namespace {

json answered(const std::string& digits) { return from_wire("float", json::parse(digits)); }

TEST(Wire, every_decimal_of_five_digits_passes_a_float_both_ways) {
    for (int decimals = 0; decimals <= 8; ++decimals) {
        for (int n = 1; n < 100'000; n += decimals == 5 ? 3 : 23) {
            const auto text = mapping::shifted(std::to_string(n), -decimals);
            ASSERT_EQ(from_wire("float", to_wire("float", text)), text);
            ASSERT_EQ(answered(text), text);
        }
    }
}

TEST(Wire, a_float_is_read_as_the_digits_that_tryton_shows_however_large_or_small) {
    EXPECT_EQ(answered("-1e+23"), "-1" + std::string(23, '0'));
    EXPECT_EQ(answered("1.5e-300"), "0." + std::string(299, '0') + "15");
}

TEST(Wire, a_float_takes_only_what_it_keeps) {
    EXPECT_EQ(to_wire("float", "0.1"), json(0.1));
    EXPECT_EQ(from_wire("float", 0.1), json("0.1"));
    EXPECT_THROW(to_wire("float", "0.12345678901234567891"), gantry::Error);
    EXPECT_THROW(to_wire("float", 12345678901234567), gantry::Error);
    EXPECT_EQ(to_wire("integer", "12345678901234567"), json(12345678901234567));
    EXPECT_EQ(from_wire("numeric", decimal("1E+2")), json("100"));
    EXPECT_THROW(from_wire("numeric", 19.95), gantry::Error);
}

TEST(Wire, what_was_not_expected_is_shown_without_half_a_character) {
    std::string text;
    while (text.size() < 200) text += "é";
    try {
        from_wire("numeric", text);
        FAIL();
    } catch (const gantry::Error& e) {
        EXPECT_NO_THROW(json(e.message()).dump());
    }
}

TEST(Wire, base64_of_every_length) {
    using plugin_sql::base64;
    EXPECT_EQ(base64(""), "");
    EXPECT_EQ(base64("f"), "Zg==");
    EXPECT_EQ(base64("fo"), "Zm8=");
    EXPECT_EQ(base64("foo"), "Zm9v");
    EXPECT_EQ(base64("\xff\xfe"), "//4=");
}

}  // namespace
}  // namespace erp_tryton
