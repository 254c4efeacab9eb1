// What the ledger remembers of the writes it was asked for: answers by key, and steps undone.
#include "journal.hpp"

#include <gantry/service.hpp>

#include "sha256.hpp"

namespace erp_ledger {

using gantry::Error;
using soci::into;
using soci::use;

Request::Request(std::string_view idempotency_key, std::string_view method_name, const json& input)
    : key(idempotency_key),
      scope(gantry::key_scope(idempotency_key)),
      method(method_name),
      input_hash(sha256_hex(input.dump())) {}

std::optional<json> recorded_answer(soci::session& sql, const Request& request) {
    if (request.key.empty()) return std::nullopt;
    std::string method;
    std::string hash;
    std::string answer;
    sql << "SELECT method, input_hash, output FROM request WHERE key = :key", use(request.key),
        into(method), into(hash), into(answer);
    if (!sql.got_data()) return std::nullopt;
    if (method != request.method || hash != request.input_hash) {
        throw Error(GANTRY_E_MISUSE,
                    "the key \"" + request.key + "\" was used for " + method +
                        " with other input; each write needs a key of its own",
                    GANTRY_EF_NOT_APPLIED, {{"key", request.key}, {"method", method}});
    }
    return json::parse(answer);
}

void record_answer(soci::session& sql, const Request& request, const std::string& id,
                   const std::string& version, const json& answer) {
    if (request.key.empty()) return;
    const std::string text = answer.dump();
    auto known = version.empty() ? soci::i_null : soci::i_ok;
    sql << "INSERT INTO request (key, scope, method, input_hash, product_id, version, output) "
           "VALUES (:key, :scope, :method, :hash, :id, :version, :output)",
        use(request.key), use(request.scope), use(request.method), use(request.input_hash), use(id),
        use(version, known), use(text);
}

std::optional<std::string> last_written(soci::session& sql, const std::string& scope,
                                        const std::string& id) {
    std::string version;
    sql << "SELECT version FROM request WHERE scope = :scope AND product_id = :id "
           "AND version IS NOT NULL ORDER BY seq DESC LIMIT 1",
        use(scope), use(id), into(version);
    if (!sql.got_data()) return std::nullopt;
    return version;
}

void leave_tombstone(soci::session& sql, const std::string& scope, const std::string& id) {
    if (scope.empty()) return;
    sql << "INSERT OR IGNORE INTO tombstone (scope, product_id) VALUES (:scope, :id)", use(scope),
        use(id);
}

void refuse_if_undone(soci::session& sql, const Request& request, const std::string& id) {
    int undone = 0;
    sql << "SELECT count(*) FROM tombstone WHERE scope = :scope AND product_id = :id",
        use(request.scope), use(id), into(undone);
    if (undone == 0) return;
    throw Error(GANTRY_E_REJECTED,
                "this step was already undone: " + request.scope + " for product " + id +
                    "; its late write is refused",
                GANTRY_EF_NOT_APPLIED, {{"scope", request.scope}, {"id", id}});
}

}  // namespace erp_ledger
