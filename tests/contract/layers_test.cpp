// The arrows of the house: each layer includes only what stands before it.
#include "support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace {

const std::vector<std::string> kLayers = {"base", "store", "flow", "plugin", "check", "api"};

std::size_t rank_of(const std::string& layer) {
    const auto it = std::find(kLayers.begin(), kLayers.end(), layer);
    return static_cast<std::size_t>(it - kLayers.begin());  // beyond the last: main
}

std::vector<std::string> wrong_arrows(const std::filesystem::path& host) {
    std::vector<std::string> wrong;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(host)) {
        const auto extension = entry.path().extension();
        if (extension != ".hpp" && extension != ".cpp") continue;
        const auto relative = std::filesystem::relative(entry.path(), host);
        const auto own = rank_of(relative.begin()->string());
        std::ifstream file(entry.path());
        for (std::string line; std::getline(file, line);) {
            if (!line.starts_with("#include \"")) continue;
            const auto included = line.substr(10, line.find('"', 10) - 10);
            const auto other = rank_of(included.substr(0, included.find('/')));
            if (other > own) wrong.push_back(relative.string() + " includes " + included);
        }
    }
    return wrong;
}

TEST(Layers, no_layer_includes_one_to_its_right) {
    EXPECT_EQ(wrong_arrows(GANTRY_HOST_DIR), std::vector<std::string>{});
}

TEST(Layers, an_arrow_to_the_right_is_found) {
    const gantry::test::TempDir dir;
    std::filesystem::create_directories(dir / "base");
    std::ofstream(dir / "base/bad.cpp") << "#include \"flow/saga.hpp\"\n";
    const auto wrong = wrong_arrows(dir.path());
    ASSERT_EQ(wrong.size(), 1U);
    EXPECT_EQ(wrong.front(), "base/bad.cpp includes flow/saga.hpp");
}

}  // namespace
