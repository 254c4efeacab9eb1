// No timer: the batch grows by itself while the previous one is being synced.
#include "store/writer.hpp"

#include <algorithm>
#include <iterator>

namespace gantry::host {

Writer::Writer(BatchSink& sink, Settings settings)
    : sink_(sink), settings_(settings), thread_([this] { work(); }) {}

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
            std::vector<WriteItem> batch(
                std::make_move_iterator(taken.begin() + static_cast<std::ptrdiff_t>(from)),
                std::make_move_iterator(taken.begin() + static_cast<std::ptrdiff_t>(to)));
            auto outcomes = sink_.commit(batch);
            for (std::size_t i = 0; i < batch.size(); ++i) {
                if (batch[i].done) batch[i].done(std::move(outcomes[i]));
            }
            from = to;
        }
        taken.clear();
    }
}

}  // namespace gantry::host
