// What is remembered of writes that came with a key: answers, versions written, rows made, undos.
#pragma once

#include <soci/soci.h>

#include <gantry/error.hpp>
#include <optional>
#include <string>

#include "ids.hpp"

namespace catalogue {

using gantry::json;

/// A write as it was asked for. Without a key nothing is remembered of it.
struct Request {
    Request(std::string_view idempotency_key, std::string_view method_name, const json& input);

    std::string key;
    std::string scope;  // what `key` shares with its step's compensation
    std::string method;
    std::string input_hash;
    std::string now;
};

/// What one write works with, inside its transaction.
struct Write {
    soci::session& sql;
    const Request& request;
    Ids& ids;
};

/// The answer recorded for the request's key. Throws MISUSE when it was given for other input.
std::optional<json> recorded_answer(soci::session& sql, const Request& request);

void record_answer(soci::session& sql, const Request& request, const json& answer);

/// The request's scope left product `id` at `version`; null: deleted.
void record_written(const Write& write, const std::string& id, const json& version);

/// What record_written was last told for the scope; nothing when no write of it arrived.
std::optional<json> last_written(const Write& write, const std::string& id);

/// The request's scope created a tag, type or collection.
void record_made(const Write& write, const std::string& entity_id);

/// From now on writes of this scope to product `id` are refused.
void leave_tombstone(const Write& write, const std::string& id);

/// Throws REJECTED, NOT_APPLIED when the request's step was undone for product `id`.
void refuse_if_undone(const Write& write, const std::string& id);

/// Forgets a small number of the entries recorded before `time`.
void prune(soci::session& sql, const std::string& time);

}  // namespace catalogue
