// The product database: a SQLite file behind SOCI, opened, checked, used by one thread at a time.
#include "database.hpp"

#include <soci/sqlite3/soci-sqlite3.h>

#include <filesystem>
#include <string_view>

#include "schema.hpp"

namespace catalogue {

namespace {

constexpr int kSchemaVersion = 1;

using gantry::Error;

std::string path_of(const std::string& url) {
    constexpr std::string_view kScheme = "sqlite:";
    if (!url.starts_with(kScheme) || url.size() == kScheme.size()) {
        throw Error(GANTRY_E_CONFIG,
                    "database is \"" + url +
                        "\"; the product plugin takes sqlite:PATH, like sqlite:data/product.db",
                    GANTRY_EF_NOT_APPLIED);
    }
    std::string path = url.substr(kScheme.size());
    if (path.find('"') != std::string::npos) {  // SOCI quotes the path in its connection string
        throw Error(GANTRY_E_CONFIG, "database is " + path + "; the path must not contain a quote",
                    GANTRY_EF_NOT_APPLIED);
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
                    std::string("cannot make the folder of the database: ") + e.what(),
                    GANTRY_EF_NOT_APPLIED);
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
    write([this](soci::session&) {
        if (count_tables("1 = 1") == 0) create_schema();
        return true;
    });
}

void Database::refuse_unless_ours(const std::string& path) {
    if (count_tables("name = 'product_schema'") == 0) {
        throw Error(
            GANTRY_E_CONFIG,
            path + " is a database of something else; give the product plugin a file of its own",
            GANTRY_EF_NOT_APPLIED);
    }
    int version = 0;
    sql_ << "SELECT version FROM product_schema", soci::into(version);
    if (version != kSchemaVersion) {
        throw Error(GANTRY_E_CONFIG,
                    path + " has schema " + std::to_string(version) +
                        "; this product plugin knows " + std::to_string(kSchemaVersion) +
                        ": use the version that made it, or a newer one",
                    GANTRY_EF_NOT_APPLIED);
    }
}

int Database::count_tables(const std::string& condition) {
    int tables = 0;
    sql_ << "SELECT count(*) FROM sqlite_master WHERE " + condition, soci::into(tables);
    return tables;
}

void Database::create_schema() {
    execute_all(sql_, kSchema);
    sql_ << "INSERT INTO product_schema (version) VALUES (" + std::to_string(kSchemaVersion) + ")";
}

void Database::commit() {
    try {
        sql_ << "COMMIT";
    } catch (const soci::soci_error& e) {
        const auto* sqlite = dynamic_cast<const soci::sqlite3_soci_error*>(&e);
        const bool dangling = sqlite != nullptr && (sqlite->result() & 0xFF) == SQLITE_CONSTRAINT;
        // A failed fsync may have reached the disk; a busy or full one and a foreign key have not.
        throw error_of(e,
                       dangling || is_passing(e) ? GANTRY_EF_NOT_APPLIED : GANTRY_EF_MAYBE_APPLIED);
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
            "the product database: " + e.get_error_message(), flags};
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

}  // namespace catalogue
