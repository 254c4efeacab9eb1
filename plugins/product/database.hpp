// The product database: a SQLite file behind SOCI, opened, checked, used by one thread at a time.
// What is SQLite's own stands here and nowhere else.
#pragma once

#include <soci/soci.h>

#include <chrono>
#include <gantry/error.hpp>
#include <mutex>
#include <optional>
#include <string>

namespace catalogue {

/// Thread-safe: one session under one mutex. Errors of SQLite leave as gantry::Error: UNAVAILABLE
/// when the file is busy, locked or full, else INTERNAL; NOT_APPLIED unless a commit broke midway.
class Database {
public:
    static constexpr std::chrono::milliseconds kPatience{5000};

    /// `url` is "sqlite:PATH"; the file and its folder are made when missing. Waits `patience` for
    /// another process that holds the file. Throws Error CONFIG when the file cannot be used or
    /// belongs to something else.
    explicit Database(const std::string& url, std::chrono::milliseconds patience = kPatience);

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

    static gantry::Error error_of(const soci::soci_error& e, std::uint32_t flags);
    void open(const std::string& path, std::chrono::milliseconds patience);
    void refuse_unless_ours(const std::string& path);
    int count_tables(const std::string& condition);
    void create_schema();
    void commit();
    void rollback() noexcept;

    std::mutex mutex_;
    soci::session sql_;
};

/// The column whose value exists already; nothing when `e` is another error.
std::optional<std::string> duplicate_column(const soci::soci_error& e);

}  // namespace catalogue
