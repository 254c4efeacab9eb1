// What stands beside the runs: their events and signals, the host's own notes, and retention.
#include "store/store_impl.hpp"

namespace gantry::host {

std::vector<EventRow> Store::events(const std::string& run_id) {
    return impl_->read([&](SqliteConnection& c) {
        auto& s = c.prepare("SELECT at, kind, detail FROM event WHERE run_id = ?1 ORDER BY seq");
        s.bind(1, run_id);
        std::vector<EventRow> rows;
        while (s.executeStep()) {
            rows.push_back({s.getColumn(0).getInt64(), s.getColumn(1).getString(),
                            s.getColumn(2).getString()});
        }
        return rows;
    });
}

std::vector<SignalRow> Store::signals(const std::string& run_id) {
    return impl_->read([&](SqliteConnection& c) {
        auto& s = c.prepare(
            "SELECT signal_id, name, payload, created_at FROM signal"
            " WHERE run_id = ?1 AND consumed_at IS NULL ORDER BY created_at, signal_id");
        s.bind(1, run_id);
        std::vector<SignalRow> rows;
        while (s.executeStep()) {
            rows.push_back({s.getColumn(0).getString(), s.getColumn(1).getString(),
                            s.getColumn(2).getString(), s.getColumn(3).getInt64()});
        }
        return rows;
    });
}

bool Store::put_signal(const std::string& run_id, const SignalRow& signal) {
    if (!run(run_id)) {
        throw Error(GANTRY_E_NOT_FOUND, "Run with id: " + run_id + " was not found",
                    GANTRY_EF_NOT_APPLIED);
    }
    return impl_->on_writer([&](SqliteConnection& c) {
        auto& s = c.prepare(
            "INSERT INTO signal (run_id, signal_id, name, payload, created_at)"
            " VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING");
        s.bind(1, run_id);
        s.bind(2, signal.id);
        s.bind(3, signal.name);
        s.bind(4, signal.payload);
        s.bind(5, signal.created_at);
        SQLite::Transaction transaction(c.database(), SQLite::TransactionBehavior::IMMEDIATE);
        const bool fresh = s.exec() == 1;
        if (fresh) {  // whoever waits for it is due, also after a crash that comes now
            auto& due = c.prepare(
                "UPDATE run SET wake_at = ?2 WHERE run_id = ?1 AND owner IS NULL"
                " AND status = 'waiting' AND waits_for >= 'signal:' AND waits_for < 'signal;'");
            due.bind(1, run_id);
            due.bind(2, signal.created_at);
            due.exec();
        }
        transaction.commit();
        return fresh;
    });
}

bool Store::has_signal(const std::string& run_id, const std::string& signal_id) {
    return impl_->read([&](SqliteConnection& c) {
        auto& s = c.prepare("SELECT 1 FROM signal WHERE run_id = ?1 AND signal_id = ?2");
        s.bind(1, run_id);
        s.bind(2, signal_id);
        const bool there = s.executeStep();
        s.reset();  // else it would hold on to this state of the store
        return there;
    });
}

std::map<std::string, std::int64_t> Store::waiting() {
    return impl_->scan([&](SqliteConnection& c) {
        auto& s = c.prepare(
            "SELECT substr(waits_for, 1, instr(waits_for || ':', ':') - 1) AS kind, count(*)"
            " FROM run WHERE waits_for IS NOT NULL AND finished_at IS NULL GROUP BY kind");
        std::map<std::string, std::int64_t> counts;
        while (s.executeStep()) counts[s.getColumn(0).getString()] = s.getColumn(1).getInt64();
        return counts;
    });
}

std::size_t Store::erase(RunStatus status, std::int64_t before, std::int64_t limit) {
    return impl_->on_writer([&](SqliteConnection& c) {
        auto& s = c.prepare(
            "DELETE FROM run WHERE run_id IN (SELECT run_id FROM run WHERE finished_at < ?2"
            " AND status = ?1 ORDER BY finished_at LIMIT ?3)");
        s.bind(1, std::string(to_string(status)));
        s.bind(2, before);
        s.bind(3, limit);
        return static_cast<std::size_t>(s.exec());
    });
}

std::optional<std::int64_t> Store::oldest(RunStatus status) {
    return impl_->scan([&](SqliteConnection& c) -> std::optional<std::int64_t> {
        auto& s = c.prepare(
            "SELECT finished_at FROM run WHERE finished_at IS NOT NULL AND status = ?1"
            " ORDER BY finished_at LIMIT 1");
        s.bind(1, std::string(to_string(status)));
        std::optional<std::int64_t> found;
        if (s.executeStep()) found = s.getColumn(0).getInt64();
        s.reset();
        return found;
    });
}

std::string Store::note(const std::string& key) {
    return impl_->read([&](SqliteConnection& c) -> std::string {
        auto& s = c.prepare("SELECT value FROM meta WHERE key = ?1");
        s.bind(1, key);
        std::string value;
        if (s.executeStep()) value = s.getColumn(0).getString();
        s.reset();
        return value;
    });
}

void Store::put_note(const std::string& key, const std::string& value) {
    impl_->on_writer([&](SqliteConnection& c) {
        auto& s = c.prepare(
            "INSERT INTO meta (key, value) VALUES (?1, ?2)"
            " ON CONFLICT (key) DO UPDATE SET value = ?2");
        s.bind(1, key);
        s.bind(2, value);
        s.exec();
    });
}

}  // namespace gantry::host
