// What the ledger's tests share: a ledger in a folder of its own, and the error of a refused call.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <optional>
#include <string>

#include "ledger.hpp"

namespace erp_ledger {

class LedgerTest : public testing::Test {
protected:
    LedgerTest() { ledger_.emplace(options()); }
    ~LedgerTest() override {
        ledger_.reset();
        std::filesystem::remove_all(folder_);
    }

    json options() const { return {{"database", "sqlite:" + (folder_ / "data/erp.db").string()}}; }

    Ledger& ledger() { return *ledger_; }
    void reopen() {
        ledger_.reset();
        ledger_.emplace(options());
    }

    json write(const std::string& key, const std::string& id, const json& data) {
        return ledger().update(key, {{"id", id}, {"data", data}, {"create", true}});
    }
    json snapshot(const std::string& id) { return ledger().snapshot({{"id", id}}); }
    json data_of(const std::string& id) { return ledger().retrieve({{"id", id}}).at("data"); }

    const std::filesystem::path folder_ = [] {
        std::string name = (std::filesystem::temp_directory_path() / "erp-ledger-XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
        return std::filesystem::path(name);
    }();

private:
    std::optional<Ledger> ledger_;
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

inline void expect_refused(const gantry::Error& e, gantry_status code) {
    EXPECT_EQ(e.code(), code) << e.message();
    EXPECT_EQ(e.flags(), GANTRY_EF_NOT_APPLIED) << e.message();
}

}  // namespace erp_ledger
