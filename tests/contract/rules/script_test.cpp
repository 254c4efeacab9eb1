// Each host answers the odd calls of script.json as that says: then all do it alike.
#include "play.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace gantry::test {
namespace {

const std::vector<std::pair<int, std::string>> kCodes = {{GANTRY_OK, "ok"},
                                                         {GANTRY_E_UNAVAILABLE, "UNAVAILABLE"},
                                                         {GANTRY_E_REJECTED, "REJECTED"},
                                                         {GANTRY_E_UNSUPPORTED, "UNSUPPORTED"},
                                                         {GANTRY_E_INVALID_DATA, "INVALID_DATA"},
                                                         {GANTRY_E_TOO_LARGE, "TOO_LARGE"},
                                                         {GANTRY_E_DEADLINE, "DEADLINE"},
                                                         {GANTRY_E_STALE, "STALE"},
                                                         {GANTRY_E_MISUSE, "MISUSE"}};

// "200", "ok", "MISUSE NOT_APPLIED"
std::string in_words(const json& went) {
    if (went.contains("status")) return went["status"].dump();
    std::string text = went.dump();
    for (const auto& [code, name] : kCodes) {
        if (went.value("code", 0) == code) text = name;
    }
    const auto flags = went.value("flags", 0U);
    if ((flags & GANTRY_EF_MAYBE_APPLIED) != 0) text += " MAYBE_APPLIED";
    if ((flags & GANTRY_EF_NOT_APPLIED) != 0) text += " NOT_APPLIED";
    return text;
}

// "$255" is so many letters, as a part of a key.
json filled_in(json value) {
    if (value.is_structured()) {
        for (auto& part : value) part = filled_in(part);
    }
    if (!value.is_string()) return value;
    auto text = value.get<std::string>();
    const auto at = text.find("$25");
    if (at == std::string::npos) return value;
    return text.substr(0, at) + std::string(std::stoul(text.substr(at + 1)), 'k');
}

std::vector<json> entries() {
    std::ifstream file(GANTRY_SCRIPT);
    return filled_in(json::parse(file)).get<std::vector<json>>();
}

std::string name_of(const json& entry) {
    std::string name;
    for (const char c : entry.at("it").get<std::string>()) {
        name += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
    }
    return name;
}

class Script : public testing::TestWithParam<json> {};

TEST_P(Script, is_played_as_written) {
    const json& entry = GetParam();
    const auto played = play({entry.value("in", "step"),
                              {{"do", entry.at("do")}},
                              std::chrono::milliseconds(entry.value("timeout_ms", 60'000))});
    std::vector<std::string> heard;
    for (const auto& went : played.did) heard.push_back(in_words(went));
    EXPECT_EQ(heard, entry.at("hears").get<std::vector<std::string>>());
    EXPECT_EQ(played.arrived, entry.value("arrives", std::vector<std::string>{}));
    if (const auto ends = entry.value("ends", "ok"); ends != "?") {
        EXPECT_EQ(in_words(played.ended), ends);
    }
}

INSTANTIATE_TEST_SUITE_P(That, Script, testing::ValuesIn(entries()),
                         [](const auto& info) { return name_of(info.param); });

}  // namespace
}  // namespace gantry::test
