// A plugin's database: a SQLite file behind SOCI, opened, checked, used by one thread at a time.
// What is SQLite's own stands here and nowhere else.
#pragma once

#include <soci/soci.h>

#include <chrono>
#include <gantry/error.hpp>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace plugin_sql {

/// The tables of a plugin; those of the journal come besides.
struct Schema {
    std::string_view plugin;  // the owner, as messages name it
    int version;
    std::string_view text;  // statements, each ended by a semicolon that ends a line
};

/// Thread-safe: one session under one mutex. Errors of SQLite leave as gantry::Error: UNAVAILABLE
/// when the file is busy, locked or full, else INTERNAL; NOT_APPLIED unless a commit broke midway.
class Database {
public:
    static constexpr std::chrono::milliseconds kPatience{5000};

    /// `url` is "sqlite:PATH"; the file and its folder are made when missing. Waits `patience` for
    /// another process that holds the file. `schema`'s texts outlive the database. Throws Error
    /// CONFIG when the file cannot be used or is not the plugin's or of another version; such a
    /// file stays as it is.
    Database(const std::string& url, const Schema& schema,
             std::chrono::milliseconds patience = kPatience);

    /// Runs `body` on one state of the data, whatever others write meanwhile.
    template <typename Body>
    auto read(Body&& body) {
        return transaction("BEGIN", std::forward<Body>(body));
    }

    /// Runs `body` in one transaction: durable when this returns, nothing of it when it throws.
    template <typename Body>
    auto write(Body&& body) {
        // SOCI's own begin() is deferred, and two readers that turn writers cannot both win.
        return transaction("BEGIN IMMEDIATE", std::forward<Body>(body));
    }

private:
    template <typename Body>
    auto transaction(const char* begin, Body&& body) {
        const std::lock_guard lock(mutex_);
        try {
            sql_ << begin;
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

    gantry::Error error_of(const soci::soci_error& e, std::uint32_t flags) const;
    void open(const std::string& path, std::chrono::milliseconds patience);
    void refuse_unless_ours(const std::string& path);
    int count_tables(const std::string& condition);
    void create_tables();
    void commit();
    void rollback() noexcept;

    const Schema schema_;
    std::mutex mutex_;
    soci::session sql_;
};

/// The column whose value exists already; nothing when `e` is another error.
std::optional<std::string> duplicate_column(const soci::soci_error& e);

}  // namespace plugin_sql
