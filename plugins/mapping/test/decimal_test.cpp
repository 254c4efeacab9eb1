#include "mapping/decimal.hpp"

#include <gtest/gtest.h>

namespace mapping {
namespace {

TEST(Decimal, has_one_text_for_each_value) {
    for (const auto& [text, canonical] : {std::pair{"19.95", "19.95"},
                                          {"019.950", "19.95"},
                                          {"+1.0", "1"},
                                          {"-0.00", "0"},
                                          {".5", "0.5"},
                                          {"5.", "5"},
                                          {"1e3", "1000"},
                                          {"1.25E-2", "0.0125"},
                                          {"-12.5e+1", "-125"},
                                          {"9007199254740993.1", "9007199254740993.1"},
                                          {"0", "0"},
                                          {"100", "100"}}) {
        EXPECT_EQ(canonical_decimal(text), canonical) << text;
    }
}

TEST(Decimal, what_is_no_decimal_is_none) {
    for (const auto* text : {"", "-", ".", "1.2.3", "1,5", "abc", "1e", "1e5x", "NaN", "inf",
                             "1e101", "--1", "1 ", "0x10"}) {
        EXPECT_EQ(canonical_decimal(text), std::nullopt) << text;
    }
}

TEST(Decimal, is_shifted_exactly_and_back) {
    for (const auto& [decimal, places, there] :
         {std::tuple{"250", -3, "0.25"},
          {"-1", -3, "-0.001"},
          {"0.25", 3, "250"},
          {"0", -3, "0"},
          {"12345678901234567890.123", 2, "1234567890123456789012.3"}}) {
        EXPECT_EQ(shifted(decimal, places), there);
        EXPECT_EQ(shifted(there, -places), decimal);
    }
}

TEST(Decimal, counts_its_decimals) {
    EXPECT_EQ(decimals_of("19.95"), 2U);
    EXPECT_EQ(decimals_of("19"), 0U);
}

}  // namespace
}  // namespace mapping
