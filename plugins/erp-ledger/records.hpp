// The rows of the ledger: one record per product, and the log of its changes.
#pragma once

#include <soci/soci.h>

#include <gantry/json.hpp>
#include <optional>
#include <string>

namespace erp_ledger {

using gantry::json;

struct Record {
    long long number = 0;
    json data;  // the fields that have a value
    std::string created_at;

    /// "L-00001", the ERP's own id of the record.
    std::string erp_number() const;

    /// A tag of the content: equal content under one number has an equal tag, whenever written.
    std::string version() const;
};

std::optional<Record> find_record(soci::session& sql, const std::string& id);

/// A record of `data` under the next number, created now.
Record insert_record(soci::session& sql, const std::string& id, json data);

/// Puts `record` in the place of the one that exists for `id`.
void replace_record(soci::session& sql, const std::string& id, const Record& record);

void delete_record(soci::session& sql, const std::string& id);

/// At most `limit` changes after number `since`, oldest first, as listProductErpChanges answers.
json list_changes(soci::session& sql, long long since, int limit);

}  // namespace erp_ledger
