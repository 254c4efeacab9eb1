// What differs between the databases: how one is opened, how a transaction begins, what its errors
// mean. SQLite's own stands in sqlite.cpp, PostgreSQL's in postgresql.cpp, and nowhere else.
#pragma once

#include <soci/soci.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace plugin_sql {

/// What brings a database from one version of its tables to the next: statements, each ended by a
/// semicolon that ends a line and is not followed by an indented one.
struct Version {
    constexpr Version(const char* both) : sqlite(both), postgresql(both) {}
    constexpr Version(const char* for_sqlite, const char* for_postgresql)
        : sqlite(for_sqlite), postgresql(for_postgresql) {}

    std::string_view sqlite;
    std::string_view postgresql;
};

class Backend {
public:
    virtual ~Backend() = default;

    /// Opens `sql`, also again after the connection was lost; changes nothing in the data. Throws
    /// Error CONFIG or soci_error.
    virtual void open(soci::session& sql, std::chrono::milliseconds patience) = 0;
    /// Settings that change a file, made once it is known to be ours.
    virtual void settle(soci::session& sql) = 0;

    virtual void begin_read(soci::session& sql) = 0;
    /// No other write of this plugin's database begins until this one has ended.
    virtual void begin_write(soci::session& sql) = 0;

    virtual bool has_tables(soci::session& sql) = 0;
    virtual bool has_table(soci::session& sql, const std::string& name) = 0;
    virtual std::string_view text_of(const Version& version) const = 0;
    /// A statement of such a text as this database takes it.
    virtual std::string adapted(std::string statement) const = 0;

    /// Busy, full, restarting: it may work later.
    virtual bool is_passing(const soci::soci_error& e) const = 0;
    /// The database cannot be used as it is configured.
    virtual bool is_configuration(const soci::soci_error& e) const = 0;
    /// The server does not let this user in: it does not pass, runs wait for a person.
    virtual bool is_refused_login(const soci::soci_error& e) const = 0;
    /// The session is of no use any more.
    virtual bool is_lost(soci::session& sql) = 0;
    /// A COMMIT that ended with `e` has certainly changed nothing.
    virtual bool is_undone(const soci::soci_error& e, soci::session& sql) = 0;

    /// Copies all of it, as it is at one moment, into a new file. Throws Error UNSUPPORTED where it
    /// is no file, soci_error.
    virtual void copy_to(soci::session& sql, const std::string& file) = 0;

    /// For people; without a password.
    virtual std::string place() const = 0;
};

/// "sqlite:PATH"; `path` is what stands behind the colon.
std::unique_ptr<Backend> sqlite_backend(const std::string& path);
/// The column whose value exists already; nothing when `e` is another error, or another database's.
std::optional<std::string> sqlite_duplicate(const soci::soci_error& e);

/// "postgres://…". Its tables stand in a schema named as the plugin. Throws Error CONFIG for a URL
/// that libpq would read otherwise than it is meant.
std::unique_ptr<Backend> postgresql_backend(const std::string& url, const std::string& plugin);
std::optional<std::string> postgresql_duplicate(const soci::soci_error& e);

}  // namespace plugin_sql
