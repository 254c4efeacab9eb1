// No timer: the batch grows by itself while the previous one is being synced.
#include "store/writer.hpp"

#include "base/carry_on.hpp"
#include "base/may_block.hpp"
#include "base/pool.hpp"

#include <iterator>
#include <string_view>
#include <unordered_set>

namespace gantry::host {
namespace {

std::size_t size(const std::optional<std::string>& text) { return text ? text->size() : 0; }

std::size_t payload(const Mutation& mutation) {
    const RunRow& run = mutation.run;
    std::size_t bytes = run.pins.size() + run.input.size() + size(run.output) + size(run.error);
    for (const auto& step : mutation.steps) {
        bytes += size(step.result) + size(step.undo_input) + size(step.input) + size(step.error);
    }
    for (const auto& event : mutation.events) bytes += event.detail.size();
    return bytes;
}

}  // namespace

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
    bool wakes = false;
    {
        const std::lock_guard lock(mutex_);
        const bool may_lead = !busy_ && !item.read;
        queue_.push_back(std::move(item));
        if (!busy_) moved_at_ = std::chrono::steady_clock::now();
        busy_ = true;
        led_ = led_ || (may_lead && CarryOn::leave([this] { lead(); }));
        wakes = !led_ && queue_.size() == 1;
    }
    if (wakes) waiting_.notify_one();
}

// On the thread of who posted when nothing else was to be written. Where more has come than one
// mutation it is the writer's: that makes groups.
void Writer::lead() {
    std::vector<WriteItem> only;
    {
        const std::lock_guard lock(mutex_);
        if (queue_.size() == 1 && !queue_.front().read) only.swap(queue_);
        moved_at_ = std::chrono::steady_clock::now();
    }
    if (!only.empty()) {
        const MayNotBlock writes("who writes in the writer's place");
        commit(std::move(only));
    }
    const std::lock_guard lock(mutex_);
    led_ = false;
    moved_at_ = std::chrono::steady_clock::now();
    busy_ = !queue_.empty();
    // Under the lock: once that is free the writer may end, and be gone.
    if (busy_ || stopping_) waiting_.notify_one();
}

std::size_t Writer::waiting() const {
    const std::lock_guard lock(mutex_);
    return queue_.size() + taken_;
}

std::chrono::steady_clock::duration Writer::still_for() const {
    const std::lock_guard lock(mutex_);
    if (!busy_) return {};
    return std::chrono::steady_clock::now() - moved_at_;
}

void Writer::moved(std::size_t left, bool busy) {
    const std::lock_guard lock(mutex_);
    taken_ = left;
    moved_at_ = std::chrono::steady_clock::now();
    busy_ = busy || !queue_.empty();
}

std::size_t Writer::batch_of(const std::vector<WriteItem>& taken, std::size_t from) const {
    std::unordered_set<std::string_view> runs;
    std::size_t bytes = 0;
    std::size_t to = from;
    for (; to < taken.size() && to - from < settings_.batch && !taken[to].read; ++to) {
        bytes += payload(*taken[to].mutation);
        if (to > from && bytes > settings_.bytes) break;
        if (!runs.insert(taken[to].mutation->run.id).second) break;
    }
    return to - from;
}

void Writer::work() {
    const MayNotBlock writes("the store's writer");
    std::vector<WriteItem> taken;
    for (;;) {
        {
            std::unique_lock lock(mutex_);
            waiting_.wait(lock, [this] { return !led_ && (!queue_.empty() || stopping_); });
            if (queue_.empty()) return;
            taken.swap(queue_);
            taken_ = taken.size();
        }
        for (std::size_t from = 0; from < taken.size();) {
            const auto many = taken[from].read ? 1 : batch_of(taken, from);
            const auto begin = taken.begin() + static_cast<std::ptrdiff_t>(from);
            from += many;
            moved(taken.size() - from, true);
            if (begin->read) {
                begin->read();
            } else {
                const Pool::Together outcomes;
                commit({std::make_move_iterator(begin),
                        std::make_move_iterator(begin + static_cast<std::ptrdiff_t>(many))});
            }
        }
        taken.clear();
        moved(0, false);
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
            if (std::holds_alternative<Error>(outcome)) metrics_->store_error();
        }
    }
    for (std::size_t i = 0; i < batch.size(); ++i) {
        if (batch[i].done) batch[i].done(std::move(outcomes[i]));
    }
}

}  // namespace gantry::host
