// What the tests of plugins with a database share: a folder of their own, the error of a refusal.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <gantry/json.hpp>
#include <stdexcept>
#include <string>

namespace plugin_sql {

/// Removes its folder when all that a derived test holds is gone.
class FolderTest : public testing::Test {
protected:
    ~FolderTest() override { std::filesystem::remove_all(folder_); }

    const std::filesystem::path folder_ = [] {
        std::string name = (std::filesystem::temp_directory_path() / "plugin-XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
        return std::filesystem::path(name);
    }();
};

/// The Error that `body` throws; fails the test when it throws none.
template <typename Body>
gantry::Error error_from(Body&& body) {
    try {
        body();
    } catch (const gantry::Error& e) {
        return e;
    }
    ADD_FAILURE() << "nothing was thrown";
    return {GANTRY_OK, ""};
}

inline void expect_refused(const gantry::Error& e, gantry_status code,
                           const std::string& text = "") {
    EXPECT_EQ(e.code(), code) << e.message();
    EXPECT_EQ(e.flags(), GANTRY_EF_NOT_APPLIED) << e.message();
    EXPECT_NE(e.message().find(text), std::string::npos) << e.message();
}

}  // namespace plugin_sql
