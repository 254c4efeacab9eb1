// A plugin's database: a SQLite file behind SOCI, opened, checked, used by one thread at a time.
#include "sql/database.hpp"

#include <soci/sqlite3/soci-sqlite3.h>

#include <filesystem>

#include "schema.hpp"

namespace plugin_sql {

namespace {

using gantry::Error;

Error unusable(std::string message) {
    return {GANTRY_E_CONFIG, std::move(message), GANTRY_EF_NOT_APPLIED};
}

std::string path_of(const std::string& url, const std::string& plugin) {
    constexpr std::string_view kScheme = "sqlite:";
    if (!url.starts_with(kScheme) || url.size() == kScheme.size()) {
        throw unusable("database is \"" + url + "\"; " + plugin +
                       " takes sqlite:PATH, like sqlite:data/" + plugin + ".db");
    }
    std::string path = url.substr(kScheme.size());
    if (path.find('"') != std::string::npos) {  // SOCI quotes the path in its connection string
        throw unusable("database is " + path + "; the path must not contain a quote");
    }
    return path;
}

void execute_all(soci::session& sql, std::string_view script) {
    constexpr std::string_view kEnd = ";\n";
    for (auto end = script.find(kEnd); end != std::string_view::npos; end = script.find(kEnd)) {
        sql << std::string(script.substr(0, end));
        script.remove_prefix(end + kEnd.size());
    }
}

// SQLite's primary result code; 0 when `e` is an error of SOCI itself.
int code_of(const soci::soci_error& e) {
    const auto* sqlite = dynamic_cast<const soci::sqlite3_soci_error*>(&e);
    return sqlite == nullptr ? 0 : sqlite->result() & 0xFF;
}

bool is_passing(const soci::soci_error& e) {
    const int code = code_of(e);
    return code == SQLITE_BUSY || code == SQLITE_LOCKED || code == SQLITE_FULL;
}

}  // namespace

Database::Database(const std::string& url, const Schema& schema, std::chrono::milliseconds patience)
    : schema_(schema) {
    const std::string path = path_of(url, std::string(schema_.plugin));
    try {
        const auto folder = std::filesystem::path(path).parent_path();
        if (!folder.empty()) std::filesystem::create_directories(folder);
        open(path, patience);
    } catch (const std::filesystem::filesystem_error& e) {
        throw unusable(std::string("cannot make the folder of the database: ") + e.what());
    } catch (const soci::soci_error& e) {
        throw Error(is_passing(e) ? GANTRY_E_UNAVAILABLE : GANTRY_E_CONFIG,
                    "cannot use " + path + ": " + e.get_error_message(), GANTRY_EF_NOT_APPLIED);
    }
}

void Database::open(const std::string& path, std::chrono::milliseconds patience) {
    sql_.open(soci::sqlite3, "db=\"" + path + "\"");
    sql_ << "PRAGMA busy_timeout = " + std::to_string(patience.count());
    if (count_tables("1 = 1") > 0) refuse_unless_ours(path);  // before WAL, which changes the file
    sql_ << "PRAGMA journal_mode = WAL";
    sql_ << "PRAGMA synchronous = FULL";
    sql_ << "PRAGMA foreign_keys = ON";
    write([&](soci::session&) {
        if (count_tables("1 = 1") == 0) {
            create_tables();
        } else {
            refuse_unless_ours(path);  // somebody may have filled it meanwhile
        }
        return true;
    });
}

void Database::refuse_unless_ours(const std::string& path) {
    const std::string plugin(schema_.plugin);
    std::string owner = "something else";
    int version = 0;
    if (count_tables("name = 'plugin_schema'") > 0) {
        sql_ << "SELECT plugin, version FROM plugin_schema", soci::into(owner), soci::into(version);
    }
    if (owner != plugin) {
        throw unusable(path + " is a database of " + owner + "; give " + plugin +
                       " a file of its own");
    }
    if (version != schema_.version) {
        throw unusable(path + " has schema " + std::to_string(version) + "; this " + plugin +
                       " knows " + std::to_string(schema_.version) +
                       ": use the version that made it, or a newer one");
    }
}

int Database::count_tables(const std::string& condition) {
    int tables = 0;
    sql_ << "SELECT count(*) FROM sqlite_master WHERE " + condition, soci::into(tables);
    return tables;
}

void Database::create_tables() {
    execute_all(sql_, kSchemaText);
    execute_all(sql_, schema_.text);
    const std::string plugin(schema_.plugin);
    sql_ << "INSERT INTO plugin_schema (plugin, version) VALUES (:plugin, :version)",
        soci::use(plugin), soci::use(schema_.version);
}

void Database::commit() {
    try {
        sql_ << "COMMIT";
    } catch (const soci::soci_error& e) {
        // A failed fsync may have reached the disk; a busy or full one and a foreign key have not.
        const bool certain = is_passing(e) || code_of(e) == SQLITE_CONSTRAINT;
        throw error_of(e, certain ? GANTRY_EF_NOT_APPLIED : GANTRY_EF_MAYBE_APPLIED);
    }
}

void Database::rollback() noexcept {
    try {
        sql_ << "ROLLBACK";
    } catch (const soci::soci_error&) {  // SQLite has rolled back already
    }
}

Error Database::error_of(const soci::soci_error& e, std::uint32_t flags) const {
    return {is_passing(e) ? GANTRY_E_UNAVAILABLE : GANTRY_E_INTERNAL,
            "the database of " + std::string(schema_.plugin) + ": " + e.get_error_message(), flags};
}

// "UNIQUE constraint failed: table.column, table.column"; the last column is the one that counts.
std::optional<std::string> duplicate_column(const soci::soci_error& e) {
    const std::string text = e.get_error_message();
    const auto found = text.find("UNIQUE constraint failed: ");
    const auto dot = text.rfind('.');
    if (found == std::string::npos || dot == std::string::npos || dot < found) return std::nullopt;
    const auto end = text.find_first_not_of("abcdefghijklmnopqrstuvwxyz_", dot + 1);
    return text.substr(dot + 1, end == std::string::npos ? end : end - dot - 1);
}

}  // namespace plugin_sql
