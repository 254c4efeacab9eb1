// The file of the plugin `ledger`: many threads write, each waits until it is durable, and they
// share commits.
#pragma once

#include "support/ledger_schema.hpp"

#include <SQLiteCpp/SQLiteCpp.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <functional>
#include <future>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>

namespace ledger {

inline std::int64_t now() {
    return std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// One connection on one thread, which writes all that waits in one transaction.
class Book {
public:
    using Work = std::function<void(SQLite::Database&)>;

    explicit Book(const std::string& file) : database_(opened(file)) {
        database_.exec("PRAGMA journal_mode=WAL");
        database_.exec("PRAGMA synchronous=FULL");
        database_.exec(gantry::test::kLedgerSchema);
        thread_ = std::thread([this] { run(); });
    }
    ~Book() {
        {
            const std::lock_guard lock(mutex_);
            stopping_ = true;
        }
        wake_.notify_one();
        thread_.join();
    }
    Book(const Book&) = delete;
    Book& operator=(const Book&) = delete;

    /// Durable when it returns; `work` throws nothing that is its own. [any]
    void write(Work work) {
        const auto item = std::make_shared<Item>();
        item->work = std::move(work);
        {
            const std::lock_guard lock(mutex_);
            queue_.push_back(item);
        }
        wake_.notify_one();
        item->done.get_future().get();
    }

private:
    struct Item {
        Work work;
        std::promise<void> done;
    };

    static SQLite::Database opened(const std::filesystem::path& file) {
        if (file.has_parent_path()) std::filesystem::create_directories(file.parent_path());
        return {file.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, 10'000};
    }

    void run() {
        std::unique_lock lock(mutex_);
        for (;;) {
            wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
            if (queue_.empty()) return;
            const auto batch = std::exchange(queue_, {});
            lock.unlock();
            commit(batch);
            lock.lock();
        }
    }

    void commit(const std::deque<std::shared_ptr<Item>>& batch) {
        try {
            SQLite::Transaction transaction(database_, SQLite::TransactionBehavior::IMMEDIATE);
            for (const auto& item : batch) item->work(database_);
            transaction.commit();
        } catch (...) {
            for (const auto& item : batch) item->done.set_exception(std::current_exception());
            return;
        }
        for (const auto& item : batch) item->done.set_value();
    }

    SQLite::Database database_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::shared_ptr<Item>> queue_;
    bool stopping_ = false;
    std::thread thread_;
};

using Text = std::optional<std::string>;

template <typename Value>
void bind_one(SQLite::Statement& s, int at, const Value& value) {
    s.bind(at, value);
}
inline void bind_one(SQLite::Statement& s, int at, const Text& value) {
    if (value) s.bind(at, *value);  // NULL when it is not bound
}

template <typename... Values>
void exec(SQLite::Database& database, const char* sql, const Values&... values) {
    SQLite::Statement s(database, sql);
    int at = 0;
    (bind_one(s, ++at, values), ...);
    s.exec();
}

inline Text text(SQLite::Database& database, const char* sql, const std::string& value) {
    SQLite::Statement s(database, sql);
    s.bind(1, value);
    if (!s.executeStep() || s.getColumn(0).isNull()) return std::nullopt;
    return s.getColumn(0).getString();
}

}  // namespace ledger
