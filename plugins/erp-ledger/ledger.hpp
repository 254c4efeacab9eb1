// The embedded ERP: gantry.erp/1 on a SQLite file, each write one transaction with its key.
#pragma once

#include <functional>
#include <string_view>

#include "database.hpp"
#include "journal.hpp"
#include "records.hpp"

namespace erp_ledger {

/// All functions may be called on any thread and take and give what sdk/interfaces/erp.v1.json and
/// DESIGN 6 say. `key` is the idempotency key: the same key and input again is the same answer and
/// no second effect; empty means none. Input that has not the shape is INVALID_DATA, NOT_APPLIED.
class Ledger {
public:
    /// `options`: {"database": "sqlite:PATH", "company": "1000"}. Throws Error CONFIG.
    explicit Ledger(const json& options);

    json describe() const;
    json retrieve(const json& input);
    json update(std::string_view key, const json& input);
    json create(std::string_view key, const json& input);
    json snapshot(const json& input);
    json restore(std::string_view key, const json& input);
    json changes(const json& input);

private:
    struct Outcome {
        std::string id;
        std::string version;  // what was written; empty for a restore
        json answer;
        std::optional<gantry::Error> refused{};  // thrown after the commit, which keeps a tombstone
    };
    using Effect = std::function<Outcome(soci::session&, const Request&)>;

    json once(std::string_view key, std::string_view method, const json& input,
              const Effect& effect);
    Outcome restored(soci::session& sql, const Request& request, const json& input) const;

    Database database_;
    json system_;
};

}  // namespace erp_ledger
