// What the ledger remembers of the writes it was asked for: answers by key, and steps undone.
#pragma once

#include <soci/soci.h>

#include <gantry/error.hpp>
#include <optional>
#include <string>

namespace erp_ledger {

using gantry::json;

/// A write as it was asked for. Without a key nothing is remembered of it.
struct Request {
    Request(std::string_view idempotency_key, std::string_view method_name, const json& input);

    std::string key;
    std::string scope;  // what `key` shares with its step's compensation
    std::string method;
    std::string input_hash;
};

/// The answer recorded for the request's key. Throws MISUSE when it was given for other input.
std::optional<json> recorded_answer(soci::session& sql, const Request& request);

/// `version` is what was written for product `id`; empty for a restore.
void record_answer(soci::session& sql, const Request& request, const std::string& id,
                   const std::string& version, const json& answer);

/// The version last written for product `id` under the scope; nothing when no write arrived.
std::optional<std::string> last_written(soci::session& sql, const std::string& scope,
                                        const std::string& id);

/// From now on writes of this scope to product `id` are refused.
void leave_tombstone(soci::session& sql, const std::string& scope, const std::string& id);

/// Throws REJECTED, NOT_APPLIED when the request's step was undone for product `id`.
void refuse_if_undone(soci::session& sql, const Request& request, const std::string& id);

}  // namespace erp_ledger
