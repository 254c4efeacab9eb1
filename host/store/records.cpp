// Plain rows; what is erased takes all that is its own with it, and gives its turn up.
#include "store/records.hpp"

#include "store/turns.hpp"

namespace gantry::host {

void put_definition(SqliteConnection& c, const DefinitionRow& definition, std::int64_t now) {
    // 1 def_hash 2 name 3 body 4 created_at
    const auto s = c.prepare(
        "INSERT INTO definition (def_hash, name, body, created_at)"
        " VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING");
    s->bindNoCopy(1, definition.hash);
    s->bindNoCopy(2, definition.workflow);
    s->bindNoCopy(3, definition.body);
    s->bind(4, now);
    s->exec();
}

std::optional<DefinitionRow> definition(SqliteConnection& c, const std::string& hash) {
    // 1 def_hash
    const auto s = c.prepare("SELECT def_hash, name, body FROM definition WHERE def_hash = ?1");
    s->bindNoCopy(1, hash);
    if (!s->executeStep()) return std::nullopt;
    return DefinitionRow{s->getColumn(0).getString(), s->getColumn(1).getString(),
                         s->getColumn(2).getString()};
}

std::vector<EventRow> events(SqliteConnection& c, const std::string& run_id) {
    // 1 run_id
    const auto s =
        c.prepare("SELECT seq, at, kind, detail FROM event WHERE run_id = ?1 ORDER BY at, seq");
    s->bindNoCopy(1, run_id);
    std::vector<EventRow> rows;
    while (s->executeStep()) {
        rows.push_back({s->getColumn(0).getInt64(), s->getColumn(1).getInt64(),
                        s->getColumn(2).getString(), s->getColumn(3).getString()});
    }
    return rows;
}

std::vector<FieldRow> fields(SqliteConnection& c, const std::string& run_id) {
    // 1 run_id
    const auto s = c.prepare(
        "SELECT field, value FROM run_field"
        " WHERE run = (SELECT accepted FROM run WHERE run_id = ?1) ORDER BY field");
    s->bindNoCopy(1, run_id);
    std::vector<FieldRow> rows;
    while (s->executeStep()) {
        rows.push_back({s->getColumn(0).getString(), s->getColumn(1).getString()});
    }
    return rows;
}

void put_event(SqliteConnection& c, const std::string& run_id, const EventRow& event) {
    // 1 run_id 2 seq 3 at 4 kind 5 detail 6 how many there may be
    const auto s = c.prepare(
        "INSERT INTO event (run_id, seq, at, kind, detail) SELECT ?1, ?2, ?3, ?4, ?5"
        " WHERE (SELECT count(*) FROM (SELECT 1 FROM event WHERE run_id = ?1 LIMIT ?6)) < ?6"
        " ON CONFLICT DO NOTHING");
    s->bindNoCopy(1, run_id);
    s->bind(2, event.seq);
    s->bind(3, event.at);
    s->bindNoCopy(4, event.kind);
    s->bindNoCopy(5, event.detail);
    s->bind(6, event.stays ? kKeptEvents : kToldEvents);
    s->exec();
}

std::vector<std::string> unreverted(SqliteConnection& c, const std::string& run_id) {
    // 1 run_id. In the order of the key: any other would read what stands behind payloads.
    const auto s = c.prepare(
        "SELECT path FROM step WHERE run_id = ?1 AND side = 'compensate' AND status = 'failed'"
        " ORDER BY path");
    s->bindNoCopy(1, run_id);
    std::vector<std::string> paths;
    while (s->executeStep()) paths.push_back(s->getColumn(0).getString());
    return paths;
}

std::size_t erase(SqliteConnection& c, RunStatus status, std::int64_t before, std::int64_t limit,
                  std::int64_t now) {
    SQLite::Transaction transaction(c.database(), SQLite::TransactionBehavior::IMMEDIATE);
    std::size_t erased = 0;
    std::vector<std::pair<std::string, std::string>> turns;
    {
        // 1 status 2 before 3 limit. One that is owned is being retried.
        const auto s = c.prepare(
            "DELETE FROM run WHERE accepted IN (SELECT accepted FROM run WHERE status = ?1"
            "   AND finished_at < ?2 AND owner IS NULL ORDER BY finished_at LIMIT ?3)"
            " RETURNING name, turn");
        bind_word(*s, 1, to_string(status));
        s->bind(2, before);
        s->bind(3, limit);
        for (; s->executeStep(); ++erased) {
            if (auto turn = text_or_null(*s, 1)) {
                turns.emplace_back(s->getColumn(0).getString(), std::move(*turn));
            }
        }
    }
    for (const auto& [workflow, turn] : turns) settle_turn(c, workflow, turn, now);
    transaction.commit();
    return erased;
}

std::optional<std::int64_t> oldest(SqliteConnection& c, RunStatus status) {
    // 1 status
    const auto s = c.prepare(
        "SELECT finished_at FROM run WHERE finished_at IS NOT NULL AND status = ?1"
        " ORDER BY finished_at LIMIT 1");
    bind_word(*s, 1, to_string(status));
    if (!s->executeStep()) return std::nullopt;
    return s->getColumn(0).getInt64();
}

std::optional<std::int64_t> newest(SqliteConnection& c) {
    // Each from the end of an index, but for the runs that are open.
    std::string sql =
        "SELECT max(at) FROM (SELECT max(updated_at) AS at FROM run WHERE status IN"
        " ('invoking', 'waiting', 'compensating', 'paused')";
    for (const auto over : {RunStatus::kDone, RunStatus::kReverted, RunStatus::kFailed}) {
        const auto of = " FROM run WHERE status = '" + std::string(to_string(over)) + "'";
        sql += " UNION ALL SELECT max(created_at)" + of;
        sql += " UNION ALL SELECT max(finished_at)" + of + " AND finished_at IS NOT NULL";
    }
    SQLite::Statement s(c.database(), sql + ")");
    s.executeStep();
    return number_or_null(s, 0);
}

std::string note(SqliteConnection& c, const std::string& key) {
    // 1 key
    const auto s = c.prepare("SELECT value FROM meta WHERE key = ?1");
    s->bindNoCopy(1, key);
    return s->executeStep() ? s->getColumn(0).getString() : "";
}

void put_note(SqliteConnection& c, const std::string& key, const std::string& value) {
    // 1 key 2 value
    const auto s = c.prepare(
        "INSERT INTO meta (key, value) VALUES (?1, ?2)"
        " ON CONFLICT (key) DO UPDATE SET value = ?2");
    s->bindNoCopy(1, key);
    s->bindNoCopy(2, value);
    s->exec();
}

}  // namespace gantry::host
