// What this ERP keeps of a product and what it refuses: one table of fields, one check per type.
#pragma once

#include <gantry/json.hpp>

namespace erp_ledger {

using gantry::json;

/// The table as `describe` shows it: name, type, max_length, writable, required, unit.
json described_fields();

/// Lays `changes` over `data`, an object of the fields that have a value: null takes a field away.
/// Returns the names that are no field, sorted. Throws Error REJECTED, NOT_APPLIED, with details
/// {field, found, limit or expected}, when a rule is broken; `data` is then half changed.
json apply_changes(const json& changes, json& data);

}  // namespace erp_ledger
