// What is behind a store. A file has connections of its own for reads; ":memory:" has one, on the
// writer's thread, and reads go there.
#pragma once

#include "store/sqlite.hpp"
#include "store/store.hpp"

#include <future>

namespace gantry::host {

class Store::Impl {
public:
    Impl(const std::string& file, std::unique_ptr<LockFile> lock, Metrics* metrics,
         const WrapSink& wrap)
        : lock_(std::move(lock)), write_(file, SqliteConnection::Mode::kWrite), sink_(write_) {
        write_.migrate();
        if (lock_) look_up_.emplace(file);
        if (lock_) scan_.emplace(file);
        if (wrap) wrapped_ = wrap(sink_);
        writer_.emplace(wrapped_ ? *wrapped_ : sink_, Writer::Settings{}, metrics);
    }

    void post(Mutation mutation, Done done) {
        writer_->post({std::move(mutation), std::move(done), {}});
    }

    /// Runs `fn(connection)` where look-ups belong and returns what it returns.
    template <typename Fn>
    auto read(Fn fn) {
        return look_up_ ? look_up_->run(fn) : on_writer(fn);
    }

    /// The same for what goes through many rows: the look-ups of runs under way do not wait for it.
    template <typename Fn>
    auto scan(Fn fn) {
        return scan_ ? scan_->run(fn) : on_writer(fn);
    }

    /// Runs `fn(connection)` on the writer's thread, between two batches.
    template <typename Fn>
    auto on_writer(Fn fn) {
        using Result = decltype(fn(write_));
        std::promise<Result> promise;
        WriteItem item;
        item.read = [&] {
            try {
                if constexpr (std::is_void_v<Result>) {
                    guarded(fn, write_);
                    promise.set_value();
                } else {
                    promise.set_value(guarded(fn, write_));
                }
            } catch (...) {
                promise.set_exception(std::current_exception());
            }
        };
        writer_->post(std::move(item));
        return promise.get_future().get();
    }

    /// Runs `fn(connection)` on the writer's thread without anybody waiting. It throws nothing.
    void later(std::function<void(SqliteConnection&)> fn) {
        WriteItem item;
        item.read = [this, fn = std::move(fn)] { fn(write_); };
        writer_->post(std::move(item));
    }

    std::size_t waiting() const { return writer_->waiting(); }

    LockFile* lock() { return lock_.get(); }

private:
    template <typename Fn>
    static auto guarded(Fn& fn, SqliteConnection& connection) {
        try {
            return fn(connection);
        } catch (const SQLite::Exception& e) {
            throw error_of(e, connection.database(), "the store cannot be read");
        }
    }

    struct Reader {
        explicit Reader(const std::string& file)
            : connection(file, SqliteConnection::Mode::kRead) {}

        template <typename Fn>
        auto run(Fn& fn) {
            const std::lock_guard lock(mutex);
            return guarded(fn, connection);
        }

        std::mutex mutex;
        SqliteConnection connection;
    };

    std::unique_ptr<LockFile> lock_;
    SqliteConnection write_;
    SqliteSink sink_;
    std::unique_ptr<BatchSink> wrapped_;
    std::optional<Reader> look_up_;
    std::optional<Reader> scan_;
    std::optional<Writer> writer_;  // last: it ends first
};

}  // namespace gantry::host
