// Both files are attached, read-only, to a database in memory that keeps what was seen.
#include "support/ledger.hpp"

#include "support/ledger_invariants.hpp"

namespace gantry::test {
namespace {

std::string replaced(std::string text, const std::string& what, const std::string& with) {
    for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size()) {
        text.replace(at, what.size(), with);
    }
    return text;
}

// A file name as a URI takes it.
std::string escaped(const std::filesystem::path& file) {
    std::string out = "file:";
    for (const char c : file.string()) {
        out += c == '%' ? "%25" : c == '?' ? "%3f" : c == '#' ? "%23" : std::string(1, c);
    }
    return out + "?mode=ro";
}

std::int64_t number(SQLite::Database& database, const std::string& sql) {
    return database.execAndGet(sql).getInt64();
}

}  // namespace

// One unchanging view of both files.
class LedgerOracle::Attached {
public:
    Attached(SQLite::Database& memory, const std::filesystem::path& ledger,
             const std::filesystem::path& store)
        : memory_(memory) {
        try {
            attach("ledger", ledger);
            attach("store", store);
            memory_.exec("BEGIN");
        } catch (...) {
            detach();
            throw;
        }
    }
    ~Attached() {
        memory_.tryExec("COMMIT");
        detach();
    }
    Attached(const Attached&) = delete;
    Attached& operator=(const Attached&) = delete;

private:
    void attach(const char* name, const std::filesystem::path& file) {
        SQLite::Statement s(memory_, std::string("ATTACH ?1 AS ") + name);
        s.bind(1, escaped(file));
        s.exec();
    }
    void detach() {
        for (const auto* name : {"ledger", "store"}) {
            memory_.tryExec(std::string("DETACH ") + name);
        }
    }

    SQLite::Database& memory_;
};

LedgerOracle::LedgerOracle(std::filesystem::path ledger, std::filesystem::path store)
    : ledger_(std::move(ledger)),
      store_(std::move(store)),
      memory_(":memory:", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE | SQLite::OPEN_URI, 10'000) {
    memory_.exec(kSeenSchema);
}

void LedgerOracle::acknowledged(const std::string& run_or_key) {
    const std::lock_guard lock(mutex_);
    SQLite::Statement s(memory_, "INSERT OR IGNORE INTO acknowledged VALUES (?1)");
    s.bind(1, run_or_key);
    s.exec();
}

std::vector<std::string> LedgerOracle::check() {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> found;
    std::string name = "I8";
    try {
        const Attached attached(memory_, ledger_, store_);
        const bool old = number(memory_,
                                "SELECT count(*) FROM pragma_table_info('run', 'store')"
                                " WHERE name = 'wake_at'") == 0;
        for (const auto& invariant : kInvariants) {
            name = invariant.name;
            auto sql = replaced(invariant.sql, "WAKE", old ? "NULL" : "wake_at");
            SQLite::Statement s(memory_, replaced(sql, "WAITS", old ? "NULL" : "waits_for"));
            while (s.executeStep()) found.push_back(name + " " + s.getColumn(0).getString());
        }
        memory_.exec(kRemember);
    } catch (const SQLite::Exception& e) {
        found.push_back(name + " cannot be checked: " + e.what());
    }
    return found;
}

LedgerOracle::Counts LedgerOracle::counts() {
    const std::lock_guard lock(mutex_);
    const Attached attached(memory_, ledger_, store_);
    return {number(memory_, "SELECT count(*) FROM store.run"),
            number(memory_, "SELECT count(*) FROM ledger.call"),
            number(memory_, "SELECT count(applied) FROM ledger.effect"),
            number(memory_, "SELECT count(undone) FROM ledger.effect"),
            number(memory_, "SELECT count(*) FROM store.run WHERE status = 'waiting'")};
}

std::string LedgerOracle::state(const std::string& run_or_key) {
    const std::lock_guard lock(mutex_);
    const Attached attached(memory_, ledger_, store_);
    SQLite::Statement s(memory_, "SELECT status FROM store.run WHERE run_id = ?1 OR idem_key = ?1");
    s.bind(1, run_or_key);
    return s.executeStep() ? s.getColumn(0).getString() : "";
}

std::int64_t LedgerOracle::open_runs() {
    const std::lock_guard lock(mutex_);
    const Attached attached(memory_, ledger_, store_);
    return number(memory_,
                  "SELECT count(*) FROM store.run"
                  " WHERE status NOT IN ('done','reverted','failed','paused')");
}

std::string LedgerOracle::open_rows() {
    const std::lock_guard lock(mutex_);
    const Attached attached(memory_, ledger_, store_);
    std::string lines;
    SQLite::Statement rows(memory_, R"sql(
        SELECT printf('run %s of %s: %s, owner %s, fence %d, crashes %d, waits for %s, wake_at %s, written %s',
                      run_id, name, status, owner, fence, crashes, waits_for, wake_at, updated_at)
          FROM store.run WHERE status NOT IN ('done','reverted','failed','paused')
        UNION ALL
        SELECT printf('  step %s/%s %s: attempt %d, wake_at %s, %s', run_id, path, side, attempt,
                      step.wake_at, step.error)
          FROM store.step JOIN store.run USING (run_id)
         WHERE step.status = 'started' AND run.status NOT IN ('done','reverted','failed','paused'))sql");
    while (rows.executeStep()) lines += rows.getColumn(0).getString() + "\n";
    return lines;
}

}  // namespace gantry::test
