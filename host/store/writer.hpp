// Group commit: one thread takes all that is waiting, writes it in one transaction, and completes
// it. Where it has nothing to do, and who posts carries on, that one writes itself.
#pragma once

#include "base/metrics.hpp"
#include "store/mutation.hpp"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace gantry::host {

/// One thing to write, and who waits for it. `read` instead of a mutation: runs on the writer's
/// thread between two batches.
struct WriteItem {
    std::shared_ptr<const Mutation> mutation;
    Done done;
    std::function<void()> read;
};

/// Writes a batch durably; gives one outcome per item. A run stands in it once. Throws nothing.
/// Owned by the store.
class BatchSink {
public:
    virtual ~BatchSink() = default;
    virtual std::vector<Outcome> commit(std::vector<WriteItem>& batch) = 0;
};

class Writer {
public:
    struct Settings {
        /// Mutations in one transaction at the most.
        std::size_t batch = 512;
        /// Bytes of payload in one at the most; a mutation that is larger goes alone.
        std::size_t bytes = std::size_t{8} * 1024 * 1024;
    };

    /// `sink` and `metrics`, which may be null, outlive the writer.
    Writer(BatchSink& sink, Settings settings, Metrics* metrics = nullptr);
    /// Writes what is waiting, then joins. Every post() has returned before.
    ~Writer();
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    /// [any] Items of one caller are written in the order posted.
    void post(WriteItem item);

    /// [any] How many nobody has begun to write.
    std::size_t waiting() const;
    /// [any] For how long nothing was written although something waits or is being written.
    std::chrono::steady_clock::duration still_for() const;

private:
    void work();
    void lead();
    /// Writes them in one transaction and completes them.
    void commit(std::vector<WriteItem> batch);
    /// How many of `taken` from `from` on go into one transaction.
    std::size_t batch_of(const std::vector<WriteItem>& taken, std::size_t from) const;
    /// `left` of what was taken are not begun, one thing is; `busy`: or nothing is left at all.
    void moved(std::size_t left, bool busy);

    BatchSink& sink_;
    const Settings settings_;
    Metrics* const metrics_;
    mutable std::mutex mutex_;
    std::condition_variable waiting_;
    std::vector<WriteItem> queue_;
    std::size_t taken_ = 0;  // of those taken from the queue: not begun
    bool busy_ = false;
    std::chrono::steady_clock::time_point moved_at_;  // while it is busy: the last progress
    bool led_ = false;  // somebody writes, or is about to, in the thread's place
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace gantry::host
