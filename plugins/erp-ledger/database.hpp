// The ledger's SQLite file behind SOCI: opened, checked, and used by one thread at a time.
#pragma once

#include <soci/soci.h>

#include <chrono>
#include <gantry/error.hpp>
#include <mutex>
#include <string>

namespace erp_ledger {

/// Thread-safe: one session under one mutex. Errors of SQLite leave as gantry::Error: UNAVAILABLE
/// when the file is busy, locked or full, else INTERNAL; NOT_APPLIED unless a commit broke midway.
class Database {
public:
    static constexpr std::chrono::milliseconds kPatience{5000};

    /// `url` is "sqlite:PATH"; the file and its folder are made when missing. Waits `patience` for
    /// another process that holds the file. Throws Error CONFIG when the file cannot be used or
    /// belongs to something else.
    explicit Database(const std::string& url, std::chrono::milliseconds patience = kPatience);

    template <typename Body>
    auto read(Body&& body) {
        const std::lock_guard lock(mutex_);
        return translated([&] { return body(sql_); });
    }

    /// Runs `body` in one transaction: durable when this returns, nothing of it when it throws.
    template <typename Body>
    auto write(Body&& body) {
        const std::lock_guard lock(mutex_);
        return translated([&] {
            begin();
            try {
                auto result = body(sql_);
                commit();
                return result;
            } catch (...) {
                rollback();
                throw;
            }
        });
    }

private:
    template <typename Body>
    static auto translated(Body&& body) {
        try {
            return body();
        } catch (const soci::soci_error& e) {
            throw error_of(e, GANTRY_EF_NOT_APPLIED);
        }
    }

    static gantry::Error error_of(const soci::soci_error& e, std::uint32_t flags);
    void open(const std::string& path, std::chrono::milliseconds patience);
    void refuse_unless_ours(const std::string& path);
    bool is_empty();
    void create_schema();
    void begin();
    void commit();
    void rollback() noexcept;

    std::mutex mutex_;
    soci::session sql_;
};

}  // namespace erp_ledger
