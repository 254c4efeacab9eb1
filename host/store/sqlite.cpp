// Opening, migrating and reading. Statements are prepared once per connection.
#include "store/sqlite.hpp"

#include "base/fault.hpp"

#include <gantry/json.hpp>

#include <sqlite3.h>

#include <cerrno>

namespace gantry::host {
namespace {

constexpr int kSchemaVersion = 2;
constexpr int kApplicationId = 0x476e7472;  // "Gntr", as file(1) shows it
// What makes each version out of the one before it.
constexpr const char* kVersions[kSchemaVersion] = {
#include "store/schema.sql.inc"
    ,
#include "store/migration_2.sql.inc"
};

constexpr int kBusyMs = 5000;

std::optional<std::string> text_or_null(SQLite::Statement& row, int at) {
    const auto column = row.getColumn(at);
    if (column.isNull()) return std::nullopt;
    return column.getString();
}

std::optional<std::int64_t> number_or_null(SQLite::Statement& row, int at) {
    const auto column = row.getColumn(at);
    if (column.isNull()) return std::nullopt;
    return column.getInt64();
}

// Why the last write of the WAL failed, as errno.
int wal_errno(SQLite::Database& database) {
    auto* const handle = database.getHandle();
    sqlite3_file* wal = nullptr;
    sqlite3_file_control(handle, "main", SQLITE_FCNTL_JOURNAL_POINTER, static_cast<void*>(&wal));
    int reason = 0;
    if (wal != nullptr && wal->pMethods != nullptr) {
        wal->pMethods->xFileControl(wal, SQLITE_FCNTL_LAST_ERRNO, &reason);
    }
    return reason;
}

// A quota and a limit on the size of files are a full disk too; SQLite takes only ENOSPC for one.
bool is_full(const SQLite::Exception& e, SQLite::Database& database) {
    if (e.getErrorCode() == SQLITE_FULL) return true;
    if (e.getExtendedErrorCode() != SQLITE_IOERR_WRITE) return false;
    const int reason = wal_errno(database);
    return reason == EFBIG || reason == EDQUOT;
}

}  // namespace

const char* const kRunColumns =
    "run_id, name, def_hash, pins, idem_key, status, input, output, error, owner, fence, crashes, "
    "created_at, updated_at, finished_at, wanted, wake_at, deadline_at, turn, waits_for, "
    "forked_from";
const char* const kStepColumns =
    "path, side, module, name, status, attempt, result, undo_input, error, started_at, "
    "finished_at, "
    "input, wake_at";

SqliteConnection::SqliteConnection(const std::string& file, Mode mode)
    : database_(file,
                mode == Mode::kWrite ? SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE
                                     : SQLite::OPEN_READONLY,
                kBusyMs) {}

void SqliteConnection::migrate() {
    const int version = database_.execAndGet("PRAGMA user_version").getInt();
    const int owner = database_.execAndGet("PRAGMA application_id").getInt();
    const bool empty = database_.execAndGet("SELECT count(*) FROM sqlite_master").getInt() == 0;
    if (owner != kApplicationId && !empty) {
        throw Error(GANTRY_E_CONFIG, "it is the database of another program, not a Gantry store");
    }
    database_.exec("PRAGMA journal_mode=WAL");
    database_.exec(fault::without("fsync") ? "PRAGMA synchronous=NORMAL"
                                           : "PRAGMA synchronous=FULL");
    database_.exec("PRAGMA foreign_keys=ON");
    if (version > kSchemaVersion) {
        throw Error(GANTRY_E_CONFIG, "the store has schema version " + std::to_string(version) +
                                         ", this program knows up to " +
                                         std::to_string(kSchemaVersion) +
                                         ": use the newer program that made it");
    }
    for (int next = version; next < kSchemaVersion; ++next) {
        SQLite::Transaction transaction(database_, SQLite::TransactionBehavior::IMMEDIATE);
        database_.exec(kVersions[next]);
        fault::at("migrate.middle");
        database_.exec("PRAGMA application_id = " + std::to_string(kApplicationId));
        database_.exec("PRAGMA user_version = " + std::to_string(next + 1));
        transaction.commit();
    }
}

SQLite::Statement& SqliteConnection::prepare(const char* sql) {
    auto it = statements_.find(sql);
    if (it == statements_.end()) {
        it = statements_.try_emplace(sql, database_, sql).first;
    }
    it->second.tryReset();  // its last use may have failed; that was said then
    it->second.clearBindings();
    return it->second;
}

Error error_of(const SQLite::Exception& e, SQLite::Database& database, std::string_view doing) {
    const std::string message = std::string(doing) + ": " + e.what();
    if (is_full(e, database)) {
        return {GANTRY_E_UNAVAILABLE, message, GANTRY_EF_NOT_APPLIED, {{"disk_full", true}}};
    }
    switch (e.getErrorCode()) {
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
        case SQLITE_IOERR:
        case SQLITE_CANTOPEN:
        case SQLITE_READONLY:
            return {GANTRY_E_UNAVAILABLE, message};
        default:
            return {GANTRY_E_INTERNAL, message};
    }
}

RunRow read_run(SQLite::Statement& row) {
    RunRow run;
    run.id = row.getColumn(0).getString();
    run.workflow = row.getColumn(1).getString();
    run.def_hash = row.getColumn(2).getString();
    run.pins = row.getColumn(3).getString();
    run.idem_key = text_or_null(row, 4);
    run.status = run_status(row.getColumn(5).getString()).value_or(RunStatus::kPaused);
    run.input = row.getColumn(6).getString();
    run.output = text_or_null(row, 7);
    run.error = text_or_null(row, 8);
    run.owner = text_or_null(row, 9);
    run.fence = row.getColumn(10).getInt64();
    run.crashes = row.getColumn(11).getInt64();
    run.created_at = row.getColumn(12).getInt64();
    run.updated_at = row.getColumn(13).getInt64();
    run.finished_at = number_or_null(row, 14);
    run.wanted = wanted_of(row.getColumn(15).getString());
    run.wake_at = number_or_null(row, 16);
    run.deadline_at = number_or_null(row, 17);
    run.turn = text_or_null(row, 18);
    run.waits_for = text_or_null(row, 19);
    run.forked_from = text_or_null(row, 20);
    return run;
}

StepRow read_step(SQLite::Statement& row) {
    StepRow step;
    step.path = row.getColumn(0).getString();
    step.side = side_of(row.getColumn(1).getString());
    step.module = row.getColumn(2).getString();
    step.name = row.getColumn(3).getString();
    step.status = step_status(row.getColumn(4).getString());
    step.attempt = row.getColumn(5).getInt64();
    step.result = text_or_null(row, 6);
    step.undo_input = text_or_null(row, 7);
    step.error = text_or_null(row, 8);
    step.started_at = row.getColumn(9).getInt64();
    step.finished_at = number_or_null(row, 10);
    step.input = text_or_null(row, 11);
    step.wake_at = number_or_null(row, 12);
    return step;
}

void bind(SQLite::Statement& s, int at, const std::optional<std::string>& text) {
    if (text) {
        s.bindNoCopy(at, *text);
    } else {
        s.bind(at);
    }
}

void bind(SQLite::Statement& s, int at, const std::optional<std::int64_t>& number) {
    if (number) {
        s.bind(at, *number);
    } else {
        s.bind(at);
    }
}

}  // namespace gantry::host
