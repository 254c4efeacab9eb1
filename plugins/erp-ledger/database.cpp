// The ledger's SQLite file behind SOCI: opened, checked, and used by one thread at a time.
#include "database.hpp"

#include <soci/sqlite3/soci-sqlite3.h>

#include <filesystem>
#include <string_view>

#include "schema.hpp"

namespace erp_ledger {

namespace {

constexpr int kSchemaVersion = 1;
constexpr int kApplicationId = 0x474C4447;  // "GLDG": marks the file as ours

using gantry::Error;

std::string path_of(const std::string& url) {
    constexpr std::string_view kScheme = "sqlite:";
    if (!url.starts_with(kScheme) || url.size() == kScheme.size()) {
        throw Error(
            GANTRY_E_CONFIG,
            "database is \"" + url + "\"; erp-ledger takes sqlite:PATH, like sqlite:data/erp.db");
    }
    std::string path = url.substr(kScheme.size());
    if (path.find('"') != std::string::npos) {  // SOCI quotes the path in its connection string
        throw Error(GANTRY_E_CONFIG, "database is " + path + "; the path must not contain a quote");
    }
    return path;
}

int pragma(soci::session& sql, const std::string& name) {
    int value = 0;
    sql << "PRAGMA " + name, soci::into(value);
    return value;
}

void execute_all(soci::session& sql, std::string_view script) {
    constexpr std::string_view kEnd = ";\n";
    for (auto end = script.find(kEnd); end != std::string_view::npos; end = script.find(kEnd)) {
        sql << std::string(script.substr(0, end));
        script.remove_prefix(end + kEnd.size());
    }
}

bool is_passing(const soci::soci_error& e) {
    const auto* sqlite = dynamic_cast<const soci::sqlite3_soci_error*>(&e);
    if (sqlite == nullptr) return false;
    const int code = sqlite->result() & 0xFF;
    return code == SQLITE_BUSY || code == SQLITE_LOCKED || code == SQLITE_FULL;
}

}  // namespace

Database::Database(const std::string& url, std::chrono::milliseconds patience) {
    const std::string path = path_of(url);
    try {
        const auto folder = std::filesystem::path(path).parent_path();
        if (!folder.empty()) std::filesystem::create_directories(folder);
        open(path, patience);
    } catch (const std::filesystem::filesystem_error& e) {
        throw Error(GANTRY_E_CONFIG,
                    std::string("cannot make the folder of the database: ") + e.what());
    } catch (const soci::soci_error& e) {
        const auto code = is_passing(e) ? GANTRY_E_UNAVAILABLE : GANTRY_E_CONFIG;
        throw Error(code, "cannot use " + path + ": " + e.get_error_message(),
                    GANTRY_EF_NOT_APPLIED);
    }
}

void Database::open(const std::string& path, std::chrono::milliseconds patience) {
    sql_.open(soci::sqlite3, "db=\"" + path + "\"");
    sql_ << "PRAGMA busy_timeout = " + std::to_string(patience.count());
    if (!is_empty()) refuse_unless_ours(path);  // before WAL, which changes the file
    sql_ << "PRAGMA journal_mode = WAL";
    sql_ << "PRAGMA synchronous = FULL";
    begin();
    try {
        if (is_empty()) create_schema();
        commit();
    } catch (...) {
        rollback();
        throw;
    }
}

void Database::refuse_unless_ours(const std::string& path) {
    if (pragma(sql_, "application_id") != kApplicationId) {
        throw Error(GANTRY_E_CONFIG,
                    path + " is a database of something else; give erp-ledger a file of its own");
    }
    const int version = pragma(sql_, "user_version");
    if (version != kSchemaVersion) {
        throw Error(GANTRY_E_CONFIG, path + " has schema " + std::to_string(version) +
                                         "; this erp-ledger knows " +
                                         std::to_string(kSchemaVersion) +
                                         ": use the version that made it, or a newer one");
    }
}

bool Database::is_empty() {
    int tables = 0;
    sql_ << "SELECT count(*) FROM sqlite_master", soci::into(tables);
    return tables == 0;
}

void Database::create_schema() {
    execute_all(sql_, kSchema);
    sql_ << "PRAGMA application_id = " + std::to_string(kApplicationId);
    sql_ << "PRAGMA user_version = " + std::to_string(kSchemaVersion);
}

// IMMEDIATE: SOCI's own begin() is deferred, and two readers that turn writers cannot both win.
void Database::begin() { sql_ << "BEGIN IMMEDIATE"; }

void Database::commit() {
    try {
        sql_ << "COMMIT";
    } catch (const soci::soci_error& e) {
        // A failed fsync may have reached the disk; a busy or full one has not.
        throw error_of(e, is_passing(e) ? GANTRY_EF_NOT_APPLIED : GANTRY_EF_MAYBE_APPLIED);
    }
}

void Database::rollback() noexcept {
    try {
        sql_ << "ROLLBACK";
    } catch (const soci::soci_error&) {  // SQLite has rolled back already
    }
}

gantry::Error Database::error_of(const soci::soci_error& e, std::uint32_t flags) {
    return {is_passing(e) ? GANTRY_E_UNAVAILABLE : GANTRY_E_INTERNAL,
            "the ledger's database: " + e.get_error_message(), flags};
}

}  // namespace erp_ledger
