// No timer: the batch grows by itself while the previous one is being synced.
#include "store/writer.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>

namespace gantry::host {

Writer::Writer(BatchSink& sink, Settings settings, Metrics* metrics)
    : sink_(sink), settings_(settings), metrics_(metrics), thread_([this] { work(); }) {}

Writer::~Writer() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    waiting_.notify_one();
    thread_.join();
}

void Writer::post(WriteItem item) {
    const std::lock_guard lock(mutex_);
    queue_.push_back(std::move(item));
    if (queue_.size() == 1) waiting_.notify_one();
}

std::size_t Writer::waiting() const {
    const std::lock_guard lock(mutex_);
    return queue_.size();
}

void Writer::work() {
    std::vector<WriteItem> taken;
    for (;;) {
        {
            std::unique_lock lock(mutex_);
            waiting_.wait(lock, [this] { return !queue_.empty() || stopping_; });
            if (queue_.empty()) return;
            taken.swap(queue_);
        }
        for (std::size_t from = 0; from < taken.size();) {
            if (taken[from].read) {
                taken[from++].read();
                continue;
            }
            const auto last = std::min(taken.size(), from + settings_.batch);
            std::size_t to = from;
            while (to < last && !taken[to].read) ++to;
            commit({std::make_move_iterator(taken.begin() + static_cast<std::ptrdiff_t>(from)),
                    std::make_move_iterator(taken.begin() + static_cast<std::ptrdiff_t>(to))});
            from = to;
        }
        taken.clear();
    }
}

void Writer::commit(std::vector<WriteItem> batch) {
    using std::chrono::steady_clock;
    const auto began = steady_clock::now();
    auto outcomes = sink_.commit(batch);
    if (metrics_ != nullptr) {
        const std::chrono::duration<double> took = steady_clock::now() - began;
        metrics_->committed(batch.size(), took.count());
        for (const auto& outcome : outcomes) {
            if (std::holds_alternative<Stale>(outcome)) metrics_->stale_write();
        }
    }
    for (std::size_t i = 0; i < batch.size(); ++i) {
        if (batch[i].done) batch[i].done(std::move(outcomes[i]));
    }
}

}  // namespace gantry::host
