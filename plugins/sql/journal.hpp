// What is remembered, for thirty days at least, of writes that came with a key: answers, versions
// written and undos.
#pragma once

#include <functional>
#include <vector>

#include "sql/database.hpp"

#include <gantry/json.hpp>

namespace plugin_sql {

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
};

struct Outcome {
    json answer;
    std::optional<gantry::Error> refused{};  // thrown after the commit, which keeps a tombstone
};

/// Thread-safe.
class Journal {
public:
    using Effect = std::function<Outcome(const Write&)>;

    /// Forgets what was recorded before a time.
    using Prune = void (*)(soci::session& sql, const std::string& time);

    /// `own_tables` have `scope` and `recorded_at` too and are pruned like the journal's, and what
    /// `own` prunes at the same times.
    explicit Journal(Database& database, std::vector<std::string> own_tables = {},
                     Prune own = nullptr);

    /// Runs `effect` in one transaction and records its answer, or gives the answer recorded for
    /// the key. Throws MISUSE when that was for other input, TOO_LARGE for an answer of more than
    /// 1 MiB, and what `effect` throws or refuses; nothing is changed and the key is free then.
    json once(std::string_view key, std::string_view method, const json& input,
              const Effect& effect);

    /// Part of each `once`; for a write that is none.
    void prune_now_and_then(soci::session& sql);

private:
    Database& database_;
    const std::vector<std::string> own_tables_;
    const Prune own_;
    int writes_ = 0;  // used within a write
};

/// The request's scope left product `id` at `version`; null: deleted.
void record_written(const Write& write, const std::string& id, const json& version);

/// What record_written was last told for the scope; nothing when no write of it arrived.
std::optional<json> last_written(const Write& write, const std::string& id);

/// The page that record_written fills now. It goes into a snapshot, for is_remembered.
int current_page(soci::session& sql);

/// Whether last_written still knows all that was written since `snapshot` was taken. Where it does
/// not, nothing known is not nothing written.
bool is_remembered(const Write& write, const json& snapshot);

/// From now on writes of this scope to product `id` are refused.
void leave_tombstone(const Write& write, const std::string& id);

/// Throws REJECTED, NOT_APPLIED when the request's step was undone for product `id`.
void refuse_if_undone(const Write& write, const std::string& id);

}  // namespace plugin_sql
