// check_json: what is JSON and what is not, compared with nlohmann where the two must agree.
#include "base/json_text.hpp"

#include <gantry/json.hpp>

#include <gtest/gtest.h>

#include <random>

namespace gantry::host {
namespace {

std::string fault(std::string_view text, std::size_t max_bytes = 1 << 20) {
    try {
        check_json(text, max_bytes);
        return "";
    } catch (const Error& e) {
        EXPECT_EQ(e.code(), text.size() > max_bytes ? GANTRY_E_TOO_LARGE : GANTRY_E_INVALID_DATA);
        EXPECT_EQ(e.flags(), 0u);
        return e.message();
    }
}

std::string nested(std::size_t n, char open, char close) {
    return std::string(n, open) + std::string(n, close);
}

TEST(CheckJson, accepts_values_of_every_kind) {
    for (const auto* text : {"null", " true ", "\tfalse\r\n", "0", "-0", "-12.5e-3", "1E+2",
                             "123456789012345678901234", "\"\"", "\"a\\n\\u00e9\\ud83d\\ude00\\/\"",
                             "\"äöü€😀 and eight more\"", "[]", "[1, [2], {}]", "{}",
                             "{\"a\": {\"b\": [1, 2]}, \"a\": 2}", "1e-400",
                             "0e999999999999999999999", "1e308", "\"\\u0000\""}) {
        EXPECT_EQ(fault(text), "") << text;
    }
}

TEST(CheckJson, names_byte_and_reason) {
    EXPECT_EQ(fault(""), "no valid JSON: byte 0 (the end): expected a value");
    EXPECT_EQ(fault("[1,]"), "no valid JSON: byte 3: expected a value");
    EXPECT_EQ(fault("{\"a\" 1}"), "no valid JSON: byte 5: expected \":\"");
    EXPECT_EQ(fault("{} x"), "no valid JSON: byte 3: expected the end of the text");
    EXPECT_EQ(fault("[1}"), "no valid JSON: byte 2: expected \",\" or \"]\"");
    EXPECT_EQ(fault("01"), "no valid JSON: byte 0: a number must not begin with a zero");
}

TEST(CheckJson, depth_is_limited_and_ten_thousand_levels_harm_nothing) {
    EXPECT_EQ(fault(nested(200, '[', ']')), "");
    EXPECT_EQ(fault(nested(201, '[', ']')), "no valid JSON: byte 200: nested too deep");
    EXPECT_EQ(fault(nested(10'000, '[', ']')), "no valid JSON: byte 200: nested too deep");
    std::string objects;
    for (int i = 0; i < 10'000; ++i) objects += "{\"a\":";
    EXPECT_EQ(fault(objects), "no valid JSON: byte 1000: nested too deep");
    EXPECT_TRUE(find_json_fault("[]", 0));
    EXPECT_FALSE(find_json_fault("1", 0));
    EXPECT_TRUE(find_json_fault(nested(1001, '[', ']'), 5'000));
}

TEST(CheckJson, every_truncation_is_refused) {
    const std::string text =
        R"({"a": ["x\u00e9\ud83d\ude00", -1.5e3, true, null], "b": {"ü": "é"}})";
    ASSERT_EQ(fault(text), "");
    for (std::size_t n = 0; n < text.size(); ++n) {
        EXPECT_NE(fault(std::string_view(text).substr(0, n)), "") << n;
    }
}

TEST(CheckJson, bad_utf8_is_refused_wherever_it_stands) {
    for (const std::string bad :
         {"\x80", "\xC0\xAF", "\xC3", "\xE0\x80\xAF", "\xED\xA0\x80", "\xE2\x82",
          "\xF0\x80\x80\x80", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF"}) {
        for (std::size_t before = 0; before < 20; ++before) {
            const auto text = "\"" + std::string(before, 'x') + bad + "yyyyyyyyyy\"";
            EXPECT_EQ(fault(text),
                      "no valid JSON: byte " + std::to_string(before + 1) + ": not UTF-8");
        }
        EXPECT_NE(fault(bad), "");
    }
}

TEST(CheckJson, lone_surrogates_are_refused) {
    for (const auto* text : {R"("\ud800")", R"("\udc00")", R"("\ud800\ud800")", R"("\ud800x")",
                             R"("\ud800\n")", R"("\ude00\ud83d")"}) {
        EXPECT_NE(fault(text).find("lone surrogate"), std::string::npos) << text;
    }
}

TEST(CheckJson, numbers_beyond_a_double_are_refused_and_small_ones_are_not) {
    const std::string zeros(400, '0');
    for (const auto& text :
         {std::string("1e400"), std::string("-1e309"), "1" + zeros, "1" + zeros + ".5",
          std::string("1e99999999999999999999"), "0." + zeros + "1e800"}) {
        EXPECT_EQ(fault(text), "no valid JSON: byte 0: the number is beyond a double") << text;
    }
    for (const auto& text : {"1" + zeros + "e-400", "0." + zeros + "1", "0." + zeros + "1e401",
                             std::string("1e-99999999999999999999"), "0" + ("." + zeros) + "e9"}) {
        EXPECT_EQ(fault(text), "") << text;
        EXPECT_TRUE(json::accept(text)) << text;
    }
}

TEST(CheckJson, control_characters_and_nul_are_refused) {
    using namespace std::string_view_literals;
    EXPECT_NE(fault("\"a\0b\""sv), "");
    EXPECT_NE(fault("\0"sv), "");
    EXPECT_NE(fault("1\0"sv), "");
    EXPECT_NE(fault("[1\0]"sv), "");
    EXPECT_NE(fault("\"\\\0\""sv), "");
    EXPECT_NE(fault("\"a\nb\""), "");
    EXPECT_NE(fault("\"01234567\x1F\""), "");
    EXPECT_EQ(fault("\"\x7F\""), "");
}

TEST(CheckJson, size_is_looked_at_first) {
    EXPECT_EQ(fault("[1]", 3), "");
    EXPECT_EQ(fault("[11]", 3), "found 4 bytes of JSON, at most 3 are allowed");
}

TEST(CheckJson, agrees_with_nlohmann_on_damaged_texts) {
    const auto seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const std::string good =
        R"({"a":[1,-2.5e+3,"x\u00e9\\\"y",true,false,null,{}],"b":{"ü":"\ud83d\ude00"}})";
    const std::string palette = "{}[]\",:\\/u0123456789abcdefEtrnl+-. \n\x01\x7F\xC3\xA9\xF0";
    for (int i = 0; i < 20'000; ++i) {
        auto text = good;
        for (unsigned n = random() % 3 + 1; n > 0; --n) {
            const auto at = random() % text.size();
            switch (random() % 3) {
                case 0:
                    text[at] = palette[random() % palette.size()];
                    break;
                case 1:
                    text.erase(at, 1);
                    break;
                default:
                    text.insert(at, 1, palette[random() % palette.size()]);
            }
        }
        ASSERT_EQ(!find_json_fault(text), json::accept(text)) << text;
    }
}

TEST(Canonical, sorts_members_and_leaves_no_blanks) {
    EXPECT_EQ(canonical(json::parse(R"({ "b": [1, 2.5], "a": {"d": null, "c": "é"} })")),
              R"({"a":{"c":"é","d":null},"b":[1,2.5]})");
    EXPECT_THROW(canonical(json("\xFF")), Error);
}

TEST(ParseJson, the_last_of_duplicate_members_counts) {
    EXPECT_EQ(parse(R"({"a": 1, "a": 2})"), json({{"a", 2}}));
    EXPECT_THROW(parse("{"), Error);
    EXPECT_THROW(parse(nested(201, '[', ']')), Error);
    EXPECT_THROW(parse("[1, 2]", 3), Error);
}

}  // namespace
}  // namespace gantry::host
