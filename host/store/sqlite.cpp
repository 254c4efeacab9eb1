// Statements are prepared once per connection; errors are told apart by what a caller can do.
#include "store/sqlite.hpp"

#include <gantry/json.hpp>

#include <sqlite3.h>

#include <cerrno>

namespace gantry::host {
namespace {

constexpr int kBusyMs = 5000;

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

SqliteConnection::SqliteConnection(const std::string& file, Mode mode)
    : database_(file,
                mode == Mode::kWrite ? SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE
                                     : SQLite::OPEN_READONLY,
                kBusyMs) {}

Prepared SqliteConnection::prepare(const char* sql) {
    auto it = statements_.find(sql);
    if (it == statements_.end()) it = statements_.try_emplace(sql, database_, sql).first;
    it->second.tryReset();  // its last use may have failed; that was said then
    it->second.clearBindings();
    return Prepared(it->second);
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
        case SQLITE_NOMEM:
            return {GANTRY_E_UNAVAILABLE, message};
        default:
            return {GANTRY_E_INTERNAL, message};
    }
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

void bind_word(SQLite::Statement& s, int at, std::string_view literal) {
    s.bindNoCopy(at, literal.data());
}

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

}  // namespace gantry::host
