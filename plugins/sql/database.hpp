// A plugin's database behind SOCI, opened, checked, brought up to date, used by one thread at a
// time.
#pragma once

#include <gantry/error.hpp>
#include <gantry/json.hpp>
#include <mutex>
#include <span>

#include "sql/backend.hpp"

namespace plugin_sql {

/// The tables of a plugin; those of the journal come besides.
struct Schema {
    std::string_view plugin;            // the owner, as messages name it
    std::span<const Version> versions;  // the first one makes version 1
};

/// Thread-safe: one session under one mutex. Errors of the database leave as gantry::Error:
/// UNAVAILABLE when it is busy, full or gone, AUTH when it lets us in no more, else INTERNAL;
/// NOT_APPLIED unless a commit broke midway.
class Database {
public:
    static constexpr std::chrono::milliseconds kPatience{5000};

    /// `url` is "sqlite:PATH", the file and its folder are made when missing, or "postgres://…", in
    /// whose database a schema named as the plugin is made. Waits `patience` for another process
    /// that holds it. `schema`'s texts outlive the database. Throws Error CONFIG when it cannot be
    /// used or is not the plugin's or of a newer version; it stays as it is then.
    Database(const std::string& url, const Schema& schema,
             std::chrono::milliseconds patience = kPatience);

    /// Runs `body` on one state of the data, whatever others write meanwhile.
    template <typename Body>
    auto read(Body&& body) {
        return transaction(&Backend::begin_read, std::forward<Body>(body));
    }

    /// Runs `body` in one transaction: durable when this returns, nothing of it when it throws.
    template <typename Body>
    auto write(Body&& body) {
        return transaction(&Backend::begin_write, std::forward<Body>(body));
    }

    /// Returns when the database answers; throws as a transaction does.
    void ping();

    /// All of it, as it is between two transactions, in a new file. Throws Error UNSUPPORTED where
    /// it is in no file of its own, UNAVAILABLE.
    void copy_to(const std::string& file);

private:
    using Begin = void (Backend::*)(soci::session& sql);

    template <typename Body>
    auto transaction(Begin begin, Body&& body) {
        const std::lock_guard lock(mutex_);
        try {
            if (lost_) open();
            ((*backend_).*begin)(sql_);
            try {
                auto result = body(sql_);
                commit();
                return result;
            } catch (...) {
                rollback();
                throw;
            }
        } catch (const soci::soci_error& e) {
            throw error_of(e, GANTRY_EF_NOT_APPLIED);
        }
    }

    gantry::Error error_of(const soci::soci_error& e, std::uint32_t flags);
    void open();
    void prepare();
    std::size_t version_of_ours();
    void bring_up(std::size_t version);
    void commit();
    void rollback() noexcept;

    const Schema schema_;
    const std::unique_ptr<Backend> backend_;
    const std::chrono::milliseconds patience_;
    std::mutex mutex_;
    soci::session sql_;
    bool lost_ = false;  // the connection, since the last transaction
};

/// backupTo: {"directory"} → {"files"}, of the database that the plugin's `option` names. Nothing
/// that is there is overwritten: REJECTED.
gantry::json backup_to(Database& database, const gantry::json& input, const std::string& option);

/// The column whose value exists already; nothing when `e` is another error.
std::optional<std::string> duplicate_column(const soci::soci_error& e);

}  // namespace plugin_sql
