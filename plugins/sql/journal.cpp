// What is remembered, for thirty days at least, of writes that came with a key: answers, versions
// written and undos.
#include "sql/journal.hpp"

#include <gantry/rules/limits.hpp>
#include <gantry/service.hpp>

#include "sql/iso_time.hpp"
#include "sql/sha256.hpp"

namespace plugin_sql {

using gantry::Error;
using soci::into;
using soci::use;

namespace {

using Clock = std::chrono::system_clock;

constexpr auto kKept = std::chrono::hours(24 * 30);
constexpr int kWritesBetweenPrunes = 64;
constexpr int kPruneBatch = 200;
constexpr auto kMostAnswer = gantry::rules::kPayload.bytes;  // a step of that answer is done, too

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
                    GANTRY_EF_NOT_APPLIED, {{"key_used", request.key}, {"method", method}});
    }
    return json::parse(answer);
}

// Before the commit: what cannot be answered is not done.
void refuse_too_large(const std::string& answer) {
    if (answer.size() <= kMostAnswer) return;
    throw Error(GANTRY_E_TOO_LARGE,
                "the answer would have " + std::to_string(answer.size()) + " bytes, at most " +
                    std::to_string(kMostAnswer) +
                    " are allowed; nothing was changed. Ask for less of the answer where the "
                    "method lets you (\"relations\"), or change less at once",
                GANTRY_EF_NOT_APPLIED, {{"size", answer.size()}, {"limit", kMostAnswer}});
}

void record_answer(soci::session& sql, const Request& request, const std::string& text) {
    if (request.key.empty()) return;
    sql << "INSERT INTO request (key, method, input_hash, output, recorded_at) "
           "VALUES (:key, :method, :hash, :output, :now)",
        use(request.key), use(request.method), use(request.input_hash), use(text), use(request.now);
}

// Forgets a small number of the entries that meet the condition.
void prune(soci::session& sql, const std::string& table, const std::string& column,
           const std::string& condition) {
    sql << "DELETE FROM " + table + " WHERE " + condition + " AND " + column + " IN (SELECT " +
               column + " FROM " + table + " WHERE " + condition + " LIMIT " +
               std::to_string(kPruneBatch) + ")";
}

// The page before the current one has entries that are young.
int oldest_page(soci::session& sql) { return current_page(sql) - 1; }

// A page is full when an entry on it was recorded before `time`.
void turn_page(soci::session& sql, const std::string& time) {
    sql << "UPDATE journal_page SET number = number + 1 WHERE EXISTS (SELECT 1 FROM written WHERE "
           "page = number AND recorded_at < :time)",
        use(time);
}

}  // namespace

Request::Request(std::string_view idempotency_key, std::string_view method_name, const json& input)
    : key(idempotency_key),
      scope(gantry::key_scope(idempotency_key)),
      method(method_name),
      input_hash(sha256_hex(input.dump())),
      now(iso_time(Clock::now())) {}

Journal::Journal(Database& database, std::vector<std::string> own_tables, Prune own)
    : database_(database), own_tables_(std::move(own_tables)), own_(own) {}

json Journal::once(std::string_view key, std::string_view method, const json& input,
                   const Effect& effect) {
    const Request request(key, method, input);
    Outcome outcome = database_.write([&](soci::session& sql) {
        if (auto answer = recorded_answer(sql, request)) return Outcome{std::move(*answer)};
        Outcome made = effect({sql, request});
        if (!made.refused) {
            const auto text = made.answer.dump();
            refuse_too_large(text);
            record_answer(sql, request, text);
        }
        prune_now_and_then(sql);
        return made;
    });
    if (outcome.refused) throw *outcome.refused;
    return std::move(outcome.answer);
}

void Journal::prune_now_and_then(soci::session& sql) {
    if (writes_++ % kWritesBetweenPrunes != 0) return;
    const std::string time = iso_time(Clock::now() - kKept);
    const std::string is_old = "recorded_at < '" + time + "'";
    prune(sql, "request", "key", is_old);
    prune(sql, "tombstone", "scope", is_old);
    for (const auto& table : own_tables_) prune(sql, table, "scope", is_old);
    turn_page(sql, time);
    prune(sql, "written", "scope", "page < " + std::to_string(oldest_page(sql)));
    if (own_ != nullptr) own_(sql, time);
}

void record_written(const Write& write, const std::string& id, const json& version) {
    const Request& request = write.request;
    if (request.scope.empty()) return;
    const auto text = version.is_null() ? std::string() : version.get<std::string>();
    auto known = version.is_null() ? soci::i_null : soci::i_ok;
    write.sql << "INSERT INTO written (scope, product_id, version, recorded_at, page) "
                 "VALUES (:scope, :id, :version, :now, (SELECT number FROM journal_page)) "
                 "ON CONFLICT (scope, product_id) DO UPDATE SET version = excluded.version, "
                 "recorded_at = excluded.recorded_at, "
                 "page = excluded.page",
        use(request.scope), use(id), use(text, known), use(request.now);
}

std::optional<json> last_written(const Write& write, const std::string& id) {
    std::string version;
    soci::indicator known = soci::i_ok;
    write.sql << "SELECT version FROM written WHERE scope = :scope AND product_id = :id",
        use(write.request.scope), use(id), into(version, known);
    if (!write.sql.got_data()) return std::nullopt;
    return known == soci::i_null ? json() : json(version);
}

int current_page(soci::session& sql) {
    int number = 0;
    sql << "SELECT number FROM journal_page", into(number);
    return number;
}

bool is_remembered(const Write& write, const json& snapshot) {
    return snapshot.value("page", 0) >= oldest_page(write.sql);
}

void leave_tombstone(const Write& write, const std::string& id) {
    const Request& request = write.request;
    if (request.scope.empty()) return;  // it would refuse writes without a key
    write.sql << "INSERT INTO tombstone (scope, product_id, recorded_at) "
                 "VALUES (:scope, :id, :now) ON CONFLICT (scope, product_id) DO NOTHING",
        use(request.scope), use(id), use(request.now);
}

void refuse_if_undone(const Write& write, const std::string& id) {
    const Request& request = write.request;
    int undone = 0;
    write.sql << "SELECT count(*) FROM tombstone WHERE scope = :scope AND product_id = :id",
        use(request.scope), use(id), into(undone);
    if (undone == 0) return;
    throw Error(GANTRY_E_REJECTED,
                "this step was already undone: " + request.scope + " for product " + id +
                    "; its late write is refused",
                GANTRY_EF_NOT_APPLIED, {{"scope", request.scope}, {"id", id}});
}

}  // namespace plugin_sql
