// Who goes on with a run: sweeping up after dead hosts, and claiming what is due. On the writer's
// thread, between two batches.
#include "store/store_impl.hpp"

namespace gantry::host {
namespace {

void own(SqliteConnection& c, RunRow& run, const std::string& owner) {
    auto& s =
        c.prepare("UPDATE run SET owner = ?2, fence = fence + 1, wake_at = NULL WHERE run_id = ?1");
    s.bindNoCopy(1, run.id);
    s.bindNoCopy(2, owner);
    s.exec();
    run.owner = owner;
    ++run.fence;
}

}  // namespace

void Store::suspect(const std::vector<std::string>& run_ids) {
    impl_->on_writer([&](SqliteConnection& c) {
        SQLite::Transaction transaction(c.database(), SQLite::TransactionBehavior::IMMEDIATE);
        for (const auto& id : run_ids) {
            auto& s = c.prepare(
                "UPDATE run SET crashes = crashes + 1"
                " WHERE run_id = ?1 AND owner IS NOT NULL");
            s.bind(1, id);
            s.exec();
        }
        transaction.commit();
    });
}

std::size_t Store::sweep(const std::string& owner, std::int64_t now, std::int64_t limit) {
    return impl_->on_writer([&](SqliteConnection& c) {
        auto& s = c.prepare(
            "UPDATE run SET owner = NULL, fence = fence + 1, wake_at = ?2"
            " WHERE run_id IN (SELECT run_id FROM run WHERE owner IS NOT NULL AND owner <> ?1"
            "   LIMIT ?3)");
        s.bind(1, owner);
        s.bind(2, now);
        s.bind(3, limit);
        return static_cast<std::size_t>(s.exec());
    });
}

void Store::claim_due(const std::string& owner, std::int64_t now, std::int64_t limit, bool suspects,
                      std::function<void(Due)> done) {
    impl_->later([owner, now, limit, suspects, done = std::move(done)](SqliteConnection& c) {
        Due due;
        try {
            SQLite::Transaction transaction(c.database(), SQLite::TransactionBehavior::IMMEDIATE);
            const auto take = [&](const char* which, std::int64_t most) {
                SQLite::Statement s(c.database(),
                                    std::string("SELECT ") + kRunColumns +
                                        " FROM run WHERE wake_at <= ?1 AND owner IS NULL"
                                        " AND finished_at IS NULL AND " +
                                        which + " ORDER BY wake_at LIMIT ?2");
                s.bind(1, now);
                s.bind(2, most);
                while (s.executeStep()) due.runs.push_back(read_run(s));
            };
            if (suspects) take("crashes > 0", 1);
            take("crashes = 0", limit);
            for (auto& run : due.runs) own(c, run, owner);
            // Suspects that are due are asked for when the one before them has passed.
            auto& next = c.prepare(
                "SELECT min(wake_at) FROM run WHERE wake_at IS NOT NULL AND owner IS NULL"
                " AND finished_at IS NULL"
                " AND (crashes = 0 OR wake_at > ?1)");
            next.bind(1, now);
            if (next.executeStep() && !next.getColumn(0).isNull()) {
                due.next = next.getColumn(0).getInt64();
            }
            next.reset();
            transaction.commit();
        } catch (const SQLite::Exception&) {
            due = {{}, {}, true};
        }
        done(std::move(due));
    });
}

void Store::claim(const std::string& run_id, const std::string& owner,
                  std::function<void(std::optional<RunRow>)> done) {
    impl_->later([run_id, owner, done = std::move(done)](SqliteConnection& c) {
        std::optional<RunRow> run;
        try {
            SQLite::Transaction transaction(c.database(), SQLite::TransactionBehavior::IMMEDIATE);
            SQLite::Statement s(c.database(), std::string("SELECT ") + kRunColumns +
                                                  " FROM run WHERE run_id = ?1 AND owner IS NULL"
                                                  " AND status NOT IN ('done','reverted')");
            s.bindNoCopy(1, run_id);
            while (s.executeStep()) run = read_run(s);
            if (run) own(c, *run, owner);
            transaction.commit();
        } catch (const SQLite::Exception&) {
            run.reset();
        }
        done(std::move(run));
    });
}

void Store::release(const std::string& owner, std::int64_t now) {
    impl_->on_writer([&](SqliteConnection& c) {
        auto& s = c.prepare("UPDATE run SET owner = NULL, wake_at = ?2 WHERE owner = ?1");
        s.bind(1, owner);
        s.bind(2, now);
        s.exec();
    });
}

void Store::wake(const std::string& kind, std::int64_t now) {
    impl_->on_writer([&](SqliteConnection& c) {
        auto& s = c.prepare(
            "UPDATE run SET wake_at = ?2 WHERE waits_for >= ?1 || ':' AND waits_for < ?1 || ';'"
            " AND owner IS NULL AND finished_at IS NULL");
        s.bind(1, kind);
        s.bind(2, now);
        s.exec();
    });
}

std::vector<RunRow> Store::turns() {
    return impl_->read([&](SqliteConnection& c) {
        auto& s = c.prepare(
            "SELECT run_id, name, turn, status, waits_for FROM run"
            " WHERE turn IS NOT NULL AND finished_at IS NULL ORDER BY run_id");
        std::vector<RunRow> rows;
        while (s.executeStep()) {
            RunRow& run = rows.emplace_back();
            run.id = s.getColumn(0).getString();
            run.workflow = s.getColumn(1).getString();
            run.turn = s.getColumn(2).getString();
            run.status = *run_status(s.getColumn(3).getString());
            if (!s.getColumn(4).isNull()) run.waits_for = s.getColumn(4).getString();
        }
        return rows;
    });
}

}  // namespace gantry::host
