// The embedded ERP: gantry.erp/1 on a SQLite file, each write one transaction with its key.
#pragma once

#include <string_view>

#include "records.hpp"
#include "sql/journal.hpp"

namespace erp_ledger {

/// The ledger's own tables.
extern const plugin_sql::Schema kSchema;

/// All functions may be called on any thread and take and give what sdk/interfaces/erp.v1.json and
/// sdk/ERP.md say. `key` is the idempotency key: the same key and input again is the same answer
/// and no second effect; empty means none. Input that has not the shape is INVALID_DATA,
/// NOT_APPLIED.
class Ledger {
public:
    /// `options`: {"database": "sqlite:PATH", "company": "1000"}. Throws Error CONFIG.
    explicit Ledger(const json& options);

    /// Returns when the database answers; throws why it does not.
    void ping() { database_.ping(); }
    json describe() const;
    json retrieve(const json& input);
    json update(std::string_view key, const json& input);
    json create(std::string_view key, const json& input);
    json snapshot(const json& input);
    json restore(std::string_view key, const json& input);
    json changes(const json& input);
    json backup(const json& input);

private:
    json once(std::string_view key, std::string_view method, const json& input,
              const plugin_sql::Journal::Effect& effect);
    plugin_sql::Outcome restored(const plugin_sql::Write& write, const json& input) const;

    plugin_sql::Database database_;
    plugin_sql::Journal journal_;
    json system_;
};

}  // namespace erp_ledger
