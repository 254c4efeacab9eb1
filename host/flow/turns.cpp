// A queue per key, kept only while somebody holds it.
#include "flow/turns.hpp"

namespace gantry::host {
namespace {

std::string key_of(const RunRow& run) { return run.workflow + " " + *run.turn; }

}  // namespace

bool Turns::take(const RunRow& run) {
    const std::lock_guard lock(mutex_);
    return queues_.try_emplace(key_of(run), Queue{run.id, {}}).first->second.holder == run.id;
}

bool Turns::enter(const RunRow& run) {
    const std::lock_guard lock(mutex_);
    auto& queue = queues_.try_emplace(key_of(run), Queue{run.id, {}}).first->second;
    if (queue.holder == run.id) return true;
    queue.waiting.push_back(run.id);
    return false;
}

std::optional<std::string> Turns::leave(const RunRow& run) {
    const std::lock_guard lock(mutex_);
    const auto it = queues_.find(key_of(run));
    if (it == queues_.end()) return std::nullopt;
    auto& queue = it->second;
    if (queue.holder != run.id) {
        std::erase(queue.waiting, run.id);
        return std::nullopt;
    }
    if (queue.waiting.empty()) {
        queues_.erase(it);
        return std::nullopt;
    }
    queue.holder = std::move(queue.waiting.front());
    queue.waiting.pop_front();
    return queue.holder;
}

}  // namespace gantry::host
