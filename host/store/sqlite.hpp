// The SQLite file: its connections, statements and schema.
#pragma once

#include "store/mutation.hpp"
#include "store/writer.hpp"

#include <SQLiteCpp/SQLiteCpp.h>

#include <map>

namespace gantry::host {

/// A connection with its prepared statements. One thread at a time.
class SqliteConnection {
public:
    enum class Mode { kWrite, kRead };

    /// `file` is a path or ":memory:".
    SqliteConnection(const std::string& file, Mode mode);

    /// Makes the schema, or brings an older one up to date, each version in one transaction; from
    /// then on, with WAL and synchronous=FULL, a commit is on the disk. Throws Error of class
    /// CONFIG when it is newer than this program or another program's file, which is left
    /// untouched.
    void migrate();

    /// The statement for this text, reset and without bindings.
    SQLite::Statement& prepare(const char* sql);

    SQLite::Database& database() { return database_; }

private:
    SQLite::Database database_;
    std::map<const char*, SQLite::Statement> statements_;  // by the address of the literal
};

/// The error that says what a failed statement of this database means to a caller.
Error error_of(const SQLite::Exception& e, SQLite::Database& database, std::string_view doing);

RunRow read_run(SQLite::Statement& row);
StepRow read_step(SQLite::Statement& row);

/// Columns in the order read_run and read_step expect them.
extern const char* const kRunColumns;
extern const char* const kStepColumns;

void bind(SQLite::Statement& s, int at, const std::optional<std::string>& text);
void bind(SQLite::Statement& s, int at, const std::optional<std::int64_t>& number);

/// Applies batches of mutations on the writer's connection.
class SqliteSink : public BatchSink {
public:
    explicit SqliteSink(SqliteConnection& connection) : connection_(connection) {}
    std::vector<Outcome> commit(std::vector<WriteItem>& batch) override;

private:
    Outcome apply(const Mutation& mutation);
    Outcome accept(const RunRow& run);
    Outcome alone(const Mutation& mutation);

    SqliteConnection& connection_;
};

}  // namespace gantry::host
