// What the ledger's tests share: a ledger in a folder of its own.
#pragma once

#include <optional>
#include <string>

#include "ledger.hpp"
#include "sql/test/support.hpp"

namespace erp_ledger {

using plugin_sql::Database;
using plugin_sql::error_from;
using plugin_sql::expect_refused;

class LedgerTest : public plugin_sql::FolderTest {
protected:
    LedgerTest() { ledger_.emplace(options()); }

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

private:
    std::optional<Ledger> ledger_;
};

}  // namespace erp_ledger
