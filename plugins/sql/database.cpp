// A plugin's database behind SOCI, opened, checked, brought up to date, used by one thread at a
// time.
#include "sql/database.hpp"

#include <filesystem>

#include "schema.hpp"

namespace plugin_sql {

namespace {

using gantry::Error;

Error unusable(std::string message) {
    return {GANTRY_E_CONFIG, std::move(message), GANTRY_EF_NOT_APPLIED};
}

std::unique_ptr<Backend> backend_of(const std::string& url, const std::string& plugin) {
    constexpr std::string_view kSqlite = "sqlite:";
    if (url.starts_with(kSqlite) && url.size() > kSqlite.size()) {
        return sqlite_backend(url.substr(kSqlite.size()));
    }
    if (url.starts_with("postgres://") || url.starts_with("postgresql://")) {
        return postgresql_backend(url, plugin);
    }
    const auto scheme = url.substr(0, url.find(':') + 1);  // the rest may hold a password
    throw unusable("database is \"" + scheme + "…\"; " + plugin +
                   " takes sqlite:PATH, like sqlite:data/" + plugin +
                   ".db, or postgres://USER:PASSWORD@HOST/DATABASE");
}

void execute_all(soci::session& sql, const Backend& backend, std::string_view script) {
    constexpr std::string_view kEnd = ";\n";
    std::size_t from = 0;
    for (auto end = script.find(kEnd); end != std::string_view::npos;
         end = script.find(kEnd, from)) {
        from = end + kEnd.size();
        if (script.substr(from).starts_with(' ')) continue;  // within a trigger
        sql << backend.adapted(std::string(script.substr(0, end)));
        script.remove_prefix(from);
        from = 0;
    }
}

}  // namespace

Database::Database(const std::string& url, const Schema& schema, std::chrono::milliseconds patience)
    : schema_(schema), backend_(backend_of(url, std::string(schema.plugin))), patience_(patience) {
    try {
        open();
        prepare();
    } catch (const std::filesystem::filesystem_error& e) {
        throw unusable(std::string("cannot make the folder of the database: ") + e.what());
    } catch (const soci::soci_error& e) {
        throw Error(backend_->is_configuration(e) ? GANTRY_E_CONFIG : GANTRY_E_UNAVAILABLE,
                    "cannot use " + backend_->place() + ": " + e.get_error_message(),
                    GANTRY_EF_NOT_APPLIED);
    }
}

void Database::open() {
    backend_->open(sql_, patience_);
    lost_ = false;
}

void Database::prepare() {
    if (backend_->has_tables(sql_)) version_of_ours();
    backend_->settle(sql_);
    write([&](soci::session&) {
        // Somebody may have filled it meanwhile.
        bring_up(backend_->has_tables(sql_) ? version_of_ours() : 0);
        return true;
    });
}

// Throws Error CONFIG unless it is the plugin's, and of a version it knows.
std::size_t Database::version_of_ours() {
    const std::string plugin(schema_.plugin);
    std::string owner = "something else";
    int version = 0;
    if (backend_->has_table(sql_, "plugin_schema")) {
        sql_ << "SELECT plugin, version FROM plugin_schema", soci::into(owner), soci::into(version);
    }
    if (owner != plugin) {
        throw unusable(backend_->place() + " is a database of " + owner + "; give " + plugin +
                       " a file of its own");
    }
    const auto known = schema_.versions.size();
    if (version < 1 || static_cast<std::size_t>(version) > known) {
        throw unusable(backend_->place() + " has schema " + std::to_string(version) + "; this " +
                       plugin + " knows " + std::to_string(known) +
                       ": use the version that made it, or a newer one");
    }
    return static_cast<std::size_t>(version);
}

void Database::bring_up(std::size_t version) {
    const auto newest = schema_.versions.size();
    if (version == newest) return;
    if (version == 0) {
        execute_all(sql_, *backend_, kSchemaText);
        const std::string plugin(schema_.plugin);
        sql_ << "INSERT INTO plugin_schema (plugin, version) VALUES (:plugin, 0)",
            soci::use(plugin);
    }
    for (; version < newest; ++version) {
        execute_all(sql_, *backend_, backend_->text_of(schema_.versions[version]));
    }
    sql_ << "UPDATE plugin_schema SET version = " + std::to_string(newest);
}

void Database::commit() {
    try {
        sql_ << "COMMIT";
    } catch (const soci::soci_error& e) {
        const bool certain = backend_->is_undone(e, sql_);
        throw error_of(e, certain ? GANTRY_EF_NOT_APPLIED : GANTRY_EF_MAYBE_APPLIED);
    }
}

void Database::rollback() noexcept {
    try {
        sql_ << "ROLLBACK";
    } catch (const soci::soci_error&) {  // it has rolled back already, or the connection is gone
    }
}

Error Database::error_of(const soci::soci_error& e, std::uint32_t flags) {
    lost_ = lost_ || backend_->is_lost(sql_);
    const auto code = lost_ && backend_->is_refused_login(e) ? GANTRY_E_AUTH
                      : lost_ || backend_->is_passing(e)     ? GANTRY_E_UNAVAILABLE
                                                             : GANTRY_E_INTERNAL;
    return {code, "the database of " + std::string(schema_.plugin) + ": " + e.get_error_message(),
            flags};
}

void Database::ping() {
    const auto ask = [this](soci::session& sql) {
        return backend_->has_table(sql, "plugin_schema");
    };
    try {
        read(ask);
    } catch (const Error& e) {
        if (e.code() != GANTRY_E_UNAVAILABLE) throw;
        read(ask);  // a connection that was found lost is made again
    }
}

void Database::copy_to(const std::string& file) {
    const std::lock_guard lock(mutex_);
    try {
        if (lost_) open();
        backend_->copy_to(sql_, file);
    } catch (const soci::soci_error& e) {
        throw error_of(e, GANTRY_EF_NOT_APPLIED);
    }
}

gantry::json backup_to(Database& database, const gantry::json& input, const std::string& option) {
    const std::string name = option + ".db";
    const auto file = std::filesystem::path(input.at("directory").get<std::string>()) / name;
    if (std::filesystem::exists(file)) {
        throw Error(GANTRY_E_REJECTED, file.string() + " is there already", GANTRY_EF_NOT_APPLIED);
    }
    database.copy_to(file.string());
    return {{"files", {{{"file", name}, {"option", option}}}}};
}

std::optional<std::string> duplicate_column(const soci::soci_error& e) {
    auto column = sqlite_duplicate(e);
    return column ? column : postgresql_duplicate(e);
}

}  // namespace plugin_sql
