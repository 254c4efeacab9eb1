// A connection to the SQLite file, with its prepared statements.
#pragma once

#include <gantry/error.hpp>

#include <SQLiteCpp/SQLiteCpp.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace gantry::host {

/// A statement in use. Reset when this goes: it holds on to no state of the store.
class Prepared {
public:
    explicit Prepared(SQLite::Statement& statement) : statement_(statement) {}
    ~Prepared() { statement_.tryReset(); }
    Prepared(const Prepared&) = delete;
    Prepared& operator=(const Prepared&) = delete;

    SQLite::Statement* operator->() const { return &statement_; }
    SQLite::Statement& operator*() const { return statement_; }

private:
    SQLite::Statement& statement_;
};

/// One thread at a time. What fails throws SQLite::Exception.
class SqliteConnection {
public:
    enum class Mode { kWrite, kRead };

    /// `file` is a path or ":memory:".
    SqliteConnection(const std::string& file, Mode mode);

    /// The statement for this text, without bindings. The text lives as long as the connection and
    /// is found by its address; one statement is in use once at a time.
    Prepared prepare(const char* sql);

    SQLite::Database& database() { return database_; }

private:
    SQLite::Database database_;
    std::map<const char*, SQLite::Statement> statements_;
};

/// The error that says what a failed statement of this database means to a caller.
Error error_of(const SQLite::Exception& e, SQLite::Database& database, std::string_view doing);

/// What is bound outlives the statement's use.
void bind(SQLite::Statement& s, int at, const std::optional<std::string>& text);
void bind(SQLite::Statement& s, int at, const std::optional<std::int64_t>& number);
/// `literal` ends with a zero, as the words of the states do.
void bind_word(SQLite::Statement& s, int at, std::string_view literal);

std::optional<std::string> text_or_null(SQLite::Statement& row, int at);
std::optional<std::int64_t> number_or_null(SQLite::Statement& row, int at);

}  // namespace gantry::host
