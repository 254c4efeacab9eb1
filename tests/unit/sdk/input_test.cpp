// What a plugin's methods and steps are given: whole numbers as they are, or not at all.
#include <gantry/input.hpp>

#include <gtest/gtest.h>

namespace gantry::test {
namespace {

Error refused(const std::string& text) {
    try {
        detail::parse_input(text);
    } catch (const Error& e) {
        return e;
    }
    ADD_FAILURE() << text << " was taken";
    return {GANTRY_OK, ""};
}

TEST(Input, has_whole_numbers_to_the_last_digit) {
    for (const std::string text :
         {R"({"a":[18446744073709551615,-9223372036854775808,9007199254740993]})",
          R"({"b":[1,2],"ean":"12345678901234567890123"})", "18446744073709551615", "[]"}) {
        EXPECT_EQ(detail::parse_input(text).dump(), text);
    }
    EXPECT_EQ(detail::parse_input("12345678901234567890123.5").dump(), "1.2345678901234568e+22");
    EXPECT_EQ(detail::parse_input("1e300"), 1e300);
}

TEST(Input, with_a_whole_number_of_more_than_64_bits_is_refused_by_its_name) {
    for (const std::string number :
         {"18446744073709551616", "-9223372036854775809", "1000000000000000000000000000000"}) {
        const auto e = refused(R"({"a":{"x":1},"products":[{},[1,2],{"metadata":{"k":"y","big":)" +
                               number + "}}]}");
        EXPECT_EQ(e.code(), GANTRY_E_INVALID_DATA);
        EXPECT_EQ(e.flags(), GANTRY_EF_NOT_APPLIED);
        EXPECT_EQ(e.details(),
                  (json{{"field", "input.products[2].metadata.big"}, {"value", number}}));
        EXPECT_EQ(e.message().find("input.products[2].metadata.big is " + number), 0U);
    }
    EXPECT_EQ(refused("18446744073709551616").details().at("field"), "input");
}

TEST(Input, that_is_no_json_is_told_as_before) {
    EXPECT_THROW(detail::parse_input("[12345678901234567890"), json::parse_error);
}

}  // namespace
}  // namespace gantry::test
