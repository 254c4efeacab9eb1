// A SQLite file of the plugin's own.
#include <soci/sqlite3/soci-sqlite3.h>

#include <filesystem>
#include <gantry/error.hpp>

#include "sql/backend.hpp"
#include "sql/letters.hpp"

namespace plugin_sql {

namespace {

using gantry::Error;

// SQLite's primary result code; 0 when `e` is an error of SOCI itself.
int code_of(const soci::soci_error& e) {
    const auto* sqlite = dynamic_cast<const soci::sqlite3_soci_error*>(&e);
    return sqlite == nullptr ? 0 : sqlite->result() & 0xFF;
}

// lower() of letters of any script; SQLite's own knows A to Z.
void lower(sqlite_api::sqlite3_context* context, int, sqlite_api::sqlite3_value** values) {
    using namespace sqlite_api;  // where SOCI has it; its macros look there
    const auto* text = sqlite3_value_text(values[0]);
    if (text == nullptr) return;  // of null is null
    const auto& letters = *static_cast<Letters*>(sqlite3_user_data(context));
    const auto result = letters.lower(reinterpret_cast<const char*>(text));
    sqlite3_result_text(context, result.data(), static_cast<int>(result.size()), SQLITE_TRANSIENT);
}

class Sqlite : public Backend {
public:
    explicit Sqlite(std::string path) : path_(std::move(path)) {
        if (path_.find('"') == std::string::npos) return;
        // SOCI quotes the path in its connection string.
        throw Error(GANTRY_E_CONFIG, "database is " + path_ + "; the path must not contain a quote",
                    GANTRY_EF_NOT_APPLIED);
    }

    void open(soci::session& sql, std::chrono::milliseconds patience) override {
        const auto folder = std::filesystem::path(path_).parent_path();
        if (!folder.empty()) std::filesystem::create_directories(folder);
        sql.open(soci::sqlite3, "db=\"" + path_ + "\"");
        auto* connection = static_cast<soci::sqlite3_session_backend*>(sql.get_backend())->conn_;
        sqlite_api::sqlite3_create_function(connection, "lower", 1,
                                            SQLITE_UTF8 | SQLITE_DETERMINISTIC, &letters_, &lower,
                                            nullptr, nullptr);
        sql << "PRAGMA busy_timeout = " + std::to_string(patience.count());
        sql << "PRAGMA foreign_keys = ON";
        sql << "PRAGMA journal_size_limit = 16777216";  // else a log that grew once stays so
        sql << "PRAGMA case_sensitive_like = ON";       // as the other database has it
    }

    void settle(soci::session& sql) override {
        sql << "PRAGMA journal_mode = WAL";
        sql << "PRAGMA synchronous = FULL";
    }

    void begin_read(soci::session& sql) override { sql << "BEGIN"; }
    // SOCI's own begin() is deferred, and two readers that turn writers cannot both win.
    void begin_write(soci::session& sql) override { sql << "BEGIN IMMEDIATE"; }

    bool has_tables(soci::session& sql) override { return count(sql, "1 = 1") > 0; }
    bool has_table(soci::session& sql, const std::string& name) override {
        return count(sql, "name = '" + name + "'") > 0;
    }
    std::string_view text_of(const Version& version) const override { return version.sqlite; }
    std::string adapted(std::string statement) const override { return statement; }

    bool is_passing(const soci::soci_error& e) const override {
        const int code = code_of(e);
        return code == SQLITE_BUSY || code == SQLITE_LOCKED || code == SQLITE_FULL;
    }
    bool is_configuration(const soci::soci_error& e) const override { return !is_passing(e); }
    bool is_refused_login(const soci::soci_error&) const override { return false; }
    bool is_lost(soci::session&) override { return false; }
    // A failed fsync may have reached the disk; a busy or full one and a foreign key have not.
    bool is_undone(const soci::soci_error& e, soci::session&) override {
        return is_passing(e) || code_of(e) == SQLITE_CONSTRAINT;
    }

    void copy_to(soci::session& sql, const std::string& file) override {
        using namespace sqlite_api;
        if (path_.starts_with(":")) {
            throw Error(GANTRY_E_UNSUPPORTED, "its data is in memory only", GANTRY_EF_NOT_APPLIED);
        }
        auto* source = static_cast<soci::sqlite3_session_backend*>(sql.get_backend())->conn_;
        sqlite3* target = nullptr;
        int result = sqlite3_open_v2(file.c_str(), &target,
                                     SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
        if (result == SQLITE_OK) {
            auto* backup = sqlite3_backup_init(target, "main", source, "main");
            if (backup != nullptr) {
                sqlite3_backup_step(backup, -1);
                sqlite3_backup_finish(backup);
            }
            result = sqlite3_errcode(target);  // that of all three
        }
        const std::string why = sqlite3_errstr(result);
        sqlite3_close(target);
        if (result == SQLITE_OK) return;
        throw Error(GANTRY_E_UNAVAILABLE, "cannot copy " + path_ + " to " + file + ": " + why,
                    GANTRY_EF_NOT_APPLIED);
    }

    std::string place() const override { return path_; }

private:
    static int count(soci::session& sql, const std::string& condition) {
        int tables = 0;
        sql << "SELECT count(*) FROM sqlite_master WHERE " + condition, soci::into(tables);
        return tables;
    }

    const std::string path_;
    Letters letters_;
};

}  // namespace

std::unique_ptr<Backend> sqlite_backend(const std::string& path) {
    return std::make_unique<Sqlite>(path);
}

// "UNIQUE constraint failed: table.column, table.column"; the last column is the one that counts.
std::optional<std::string> sqlite_duplicate(const soci::soci_error& e) {
    const std::string text = e.get_error_message();
    const auto found = text.find("UNIQUE constraint failed: ");
    const auto dot = text.rfind('.');
    if (found == std::string::npos || dot == std::string::npos || dot < found) return std::nullopt;
    const auto end = text.find_first_not_of("abcdefghijklmnopqrstuvwxyz_", dot + 1);
    return text.substr(dot + 1, end == std::string::npos ? end : end - dot - 1);
}

}  // namespace plugin_sql
