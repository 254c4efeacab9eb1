// What `gantry check` says of a plugin, for the tests of the kit.
#pragma once

#include "support/process.hpp"
#include "support/temp_dir.hpp"

#include <gantry/json.hpp>

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace gantry::test {

using std::filesystem::path;

inline constexpr std::chrono::minutes kKitPatience{5};

inline const path kReference = path(GANTRY_MUTANTS) / "reference.so";
inline const path kReferenceContract = path(GANTRY_SOURCE) / "tests/contract/mutants/contract.json";

/// What `gantry check` says of a plugin.
struct Report {
    int exit_code = -1;
    json all;

    /// One line for each check that failed, crashed or did not end.
    std::map<std::string, std::string> failures() const {
        static const std::set<std::string> kFailed = {"fail", "crash", "timeout"};
        std::map<std::string, std::string> found;
        for (const auto& one : all.at("checks")) {
            if (kFailed.contains(one.at("status"))) found[one.at("id")] = one.dump();
        }
        return found;
    }

    /// How the check of this id ended.
    std::string status(const std::string& id) const {
        for (const auto& one : all.at("checks")) {
            if (one.at("id") == id) return one.at("status");
        }
        return "not made";
    }
};

inline Report check_with_kit(const path& plugin, const path& contract,
                             std::vector<std::string> more = {}) {
    const TempDir folder;
    std::vector<std::string> words = {GANTRY_PROGRAM, "check",           plugin,
                                      "--contract",   contract.string(), "--json"};
    words.insert(words.end(), more.begin(), more.end());
    Process process(words, folder.path(), folder.path() / "out", folder.path() / "err");
    EXPECT_TRUE(process.wait(kKitPatience)) << plugin;
    const auto text = read_text(folder.path() / "out");
    auto all = json::parse(text, nullptr, false);
    if (!all.is_object()) {
        throw std::runtime_error(plugin.string() + ": " + text + read_text(folder.path() / "err"));
    }
    return {process.exit_code().value_or(-1), std::move(all)};
}

}  // namespace gantry::test
