// slice against nlohmann on generated documents, and its rules one by one.
#include "base/json_text.hpp"

#include <gantry/json.hpp>

#include <gtest/gtest.h>

#include <random>

namespace gantry::host {
namespace {

using namespace std::string_literals;

std::string refusal(std::string_view text, const JsonPath& path) {
    try {
        static_cast<void>(slice(text, path));
    } catch (const Error& e) {
        EXPECT_EQ(e.code(), GANTRY_E_INVALID_DATA);
        return e.message();
    }
    return "";
}

TEST(Slice, gives_the_raw_text_of_the_value) {
    const auto* const text =
        R"( { "steps" : { "x" : [ 1 , { "y" : "a\"]}" } , 1.50 ] } , "n":null } )";
    EXPECT_EQ(slice(text, {"steps"s, "x"s, 1, "y"s}), R"("a\"]}")");
    EXPECT_EQ(slice(text, {"steps"s, "x"s, 2}), "1.50");
    EXPECT_EQ(slice(text, {"steps"s, "x"s, -1}), "1.50");
    EXPECT_EQ(slice(text, {"steps"s, "x"s, -3}), "1");
    EXPECT_EQ(slice(text, {"steps"s, "x"s}), R"([ 1 , { "y" : "a\"]}" } , 1.50 ])");
    EXPECT_EQ(slice(" 5 ", {}), "5");
}

TEST(Slice, what_is_not_there_is_null) {
    const auto* const text = R"({"a": [1, 2], "n": null, "e": [], "o": {}})";
    for (const JsonPath& path : std::vector<JsonPath>{{"zzz"s},
                                                      {"a"s, 2},
                                                      {"a"s, -3},
                                                      {"n"s, "x"s, 3, "y"s},
                                                      {"n"s, 0},
                                                      {"e"s, 0},
                                                      {"e"s, -1},
                                                      {"o"s, "x"s},
                                                      {"o"s, "x"s, "y"s}}) {
        EXPECT_EQ(slice(text, path), "null") << to_text(path);
    }
}

TEST(Slice, a_part_that_cannot_be_is_refused_and_says_where) {
    const auto* const text = R"({"steps": {"x-1": "text", "b": true, "n": 5, "a": [1], "o": {}}})";
    EXPECT_EQ(refusal(text, {"steps"s, "x-1"s, "y"s}),
              R"(cannot take member "y" of a string at .steps["x-1"])");
    EXPECT_EQ(refusal(text, {"steps"s, "b"s, "y"s}),
              R"(cannot take member "y" of a boolean at .steps.b)");
    EXPECT_EQ(refusal(text, {"steps"s, "n"s, 0}), "cannot take element 0 of a number at .steps.n");
    EXPECT_EQ(refusal(text, {"steps"s, "a"s, "y"s}),
              R"(cannot take member "y" of an array at .steps.a)");
    EXPECT_EQ(refusal(text, {"steps"s, "o"s, -1}),
              "cannot take element -1 of an object at .steps.o");
    EXPECT_EQ(refusal("[[1]]", {0, "y"s}), R"(cannot take member "y" of an array at .[0])");
    EXPECT_EQ(refusal("3", {"y"s}), R"(cannot take member "y" of a number at .)");
}

TEST(Slice, the_last_of_duplicate_members_counts) {
    EXPECT_EQ(slice(R"({"a": 1, "b": 2, "\u0061": 3})", {"a"s}), "3");
    EXPECT_EQ(slice(R"({"a": {"x": 1}, "a": null})", {"a"s, "x"s}), "null");
}

TEST(Slice, names_are_compared_decoded) {
    EXPECT_EQ(slice(R"({"\u00e9\n\"": 1})", {"é\n\""s}), "1");
    EXPECT_EQ(slice(R"({"\ud83d\ude00": 2})", {"😀"s}), "2");
    EXPECT_EQ(slice(R"({"a\\u0062": 3, "ab": 4})", {"ab"s}), "4");
    EXPECT_EQ(slice(R"({"": 5})", {""s}), "5");
}

TEST(Slice, text_that_nobody_checked_is_refused_within_bounds) {
    const std::string text = R"({"a": [1, "x\"y", {"b": 2}], "c": "d"})";
    for (std::size_t n = 0; n < text.size(); ++n) {
        const std::string cut = text.substr(0, n);  // its own buffer, so that ASan sees the end
        try {
            static_cast<void>(slice(cut, {"a"s, -1, "b"s}));
        } catch (const Error& e) {
            EXPECT_EQ(e.code(), GANTRY_E_INVALID_DATA);
        }
    }
}

class Generator {
public:
    explicit Generator(unsigned seed) : random_(seed) {}

    unsigned below(unsigned n) { return random_() % n; }
    std::string name() { return names_[below(static_cast<unsigned>(names_.size()))]; }

    json value(int depth) {
        switch (below(depth > 0 ? 8 : 5)) {
            case 0:
                return nullptr;
            case 1:
                return below(2) == 0;
            case 2:
                return static_cast<int>(below(2000)) - 1000;
            case 3:
                return below(1000) / 8.0;
            case 4:
                return name() + name();
            case 5: {
                json out = json::array();
                for (auto n = below(5); n > 0; --n) out.push_back(value(depth - 1));
                return out;
            }
            default: {
                json out = json::object();
                for (auto n = below(6); n > 0; --n) out[name()] = value(depth - 1);
                return out;
            }
        }
    }

    JsonPath path() {
        JsonPath out;
        for (auto n = below(5); n > 0; --n) {
            if (below(3) == 0) {
                out.emplace_back(static_cast<std::int64_t>(below(9)) - 4);
            } else {
                out.emplace_back(name());
            }
        }
        return out;
    }

private:
    std::mt19937 random_;
    std::vector<std::string> names_ = {"a",  "b", "c",   "",   "é", "x\"y",
                                       "\\", "😀", "[{,", "}]", "\n"};
};

/// The rules of slice, on the tree; nothing where slice must refuse.
std::optional<json> reference(json value, const JsonPath& path) {
    for (const auto& part : path) {
        if (value.is_null()) return value;
        json next = nullptr;
        if (const auto* name = std::get_if<std::string>(&part)) {
            if (!value.is_object()) return std::nullopt;
            if (value.contains(*name)) next = value[*name];
        } else {
            if (!value.is_array()) return std::nullopt;
            const auto size = static_cast<std::int64_t>(value.size());
            auto index = std::get<std::int64_t>(part);
            if (index < 0) index += size;
            if (index >= 0 && index < size) next = value[static_cast<std::size_t>(index)];
        }
        value = next;
    }
    return value;
}

TEST(Slice, agrees_with_a_tree_on_generated_documents_and_paths) {
    const auto seed = std::random_device{}();
    std::cout << "seed " << seed << '\n';
    Generator generator(seed);
    int answered = 0;
    for (int i = 0; i < 500; ++i) {
        const auto document = generator.value(4);
        for (const auto& text : {document.dump(), document.dump(3), document.dump(-1, ' ', true)}) {
            ASSERT_FALSE(find_json_fault(text)) << text;
            for (int j = 0; j < 10; ++j) {
                const auto path = generator.path();
                const auto expected = reference(document, path);
                if (!expected) {
                    EXPECT_NE(refusal(text, path), "") << text << to_text(path) << " seed " << seed;
                    continue;
                }
                ++answered;
                EXPECT_EQ(json::parse(slice(text, path)), *expected)
                    << text << " " << to_text(path) << " seed " << seed;
            }
        }
    }
    EXPECT_GT(answered, 1000);
}

}  // namespace
}  // namespace gantry::host
