// The arrows of the house: each layer includes only what stands before it. And one name for each
// type: the program is linked as if two types of one name were one.
#include "support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
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

// The namespace after a line that opens or closes one; nothing within one without a name.
void enter_or_leave(const std::string& line, std::vector<std::string>& within) {
    if (line.starts_with("namespace ") && line.ends_with("{")) {
        const auto name = line.substr(9, line.size() - 10);  // " gantry::host ", " "
        within.push_back(name.size() < 3 ? "" : name.substr(1, name.size() - 2));
    } else if (line.starts_with("}  // namespace") && !within.empty()) {
        within.pop_back();
    }
}

// The name of the type that a line at the left edge defines; else empty.
std::string type_in(const std::string& line) {
    for (const std::string_view kind : {"enum class ", "struct ", "class "}) {
        if (!line.starts_with(kind) || line.ends_with(";")) continue;
        const auto rest = line.substr(kind.size());
        return rest.substr(0, rest.find_first_of(" <{("));
    }
    return {};
}

std::vector<std::string> types_of_one_name(const std::filesystem::path& host) {
    std::map<std::string, std::string> known;  // name → file
    std::vector<std::string> twice;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(host)) {
        const auto extension = entry.path().extension();
        if (extension != ".hpp" && extension != ".cpp") continue;
        const auto relative = std::filesystem::relative(entry.path(), host).string();
        std::vector<std::string> within;
        std::ifstream file(entry.path());
        for (std::string line; std::getline(file, line);) {
            enter_or_leave(line, within);
            const auto type = type_in(line);
            const bool hidden = std::find(within.begin(), within.end(), "") != within.end();
            if (type.empty() || hidden) continue;
            std::string name;
            for (const auto& space : within) name += space + "::";
            const auto [at, is_new] = known.emplace(name + type, relative);
            if (!is_new) twice.push_back(name + type + ": " + at->second + " and " + relative);
        }
    }
    return twice;
}

TEST(Names, no_two_types_of_the_host_have_one_name) {
    EXPECT_EQ(types_of_one_name(GANTRY_HOST_DIR), std::vector<std::string>{});
}

TEST(Names, two_types_of_one_name_are_found_unless_a_file_keeps_its_own_to_itself) {
    const gantry::test::TempDir dir;
    const auto put = [&](const char* name, const std::string& text) {
        std::ofstream(dir / name) << "namespace gantry::host {\n"
                                  << text << "}  // namespace gantry::host\n";
    };
    put("a.hpp", "struct Attempt {\n};\nclass Other;\n");
    put("b.hpp", "namespace {\nstruct Attempt {\n};\n}  // namespace\nclass Other;\n");
    EXPECT_EQ(types_of_one_name(dir.path()), std::vector<std::string>{});
    put("c.hpp", "namespace {\n}  // namespace\nclass Attempt : public Base {\n};\n");
    const auto twice = types_of_one_name(dir.path());
    ASSERT_EQ(twice.size(), 1U);
    EXPECT_TRUE(twice.front().starts_with("gantry::host::Attempt: ")) << twice.front();
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
