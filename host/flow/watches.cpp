// Two maps under one mutex.
#include "flow/watches.hpp"

#include "base/fault.hpp"

namespace gantry::host {

std::uint64_t Watches::add(const std::string& run_id, Runs::Watch when, Seen seen) {
    const std::lock_guard lock(mutex_);
    all_.emplace(++last_, One{run_id, when, std::move(seen)});
    of_run_[run_id].push_back(last_);
    return last_;
}

void Watches::remove(std::uint64_t id) {
    Seen dropped;  // what it holds is freed outside the lock
    const std::lock_guard lock(mutex_);
    const auto it = all_.find(id);
    if (it == all_.end()) return;
    auto& of_run = of_run_[it->second.run_id];
    std::erase(of_run, id);
    if (of_run.empty()) of_run_.erase(it->second.run_id);
    dropped = std::move(it->second.seen);
    all_.erase(it);
}

void Watches::tell(const Stand& stand) {
    const bool stopped = is_over(stand.run.status) || stand.run.status == RunStatus::kPaused;
    std::vector<Seen> told;
    {
        const std::lock_guard lock(mutex_);
        const auto it = of_run_.find(stand.run.id);
        if (it == of_run_.end()) return;
        std::erase_if(it->second, [&](std::uint64_t id) {
            const auto one = all_.find(id);
            if (!stopped && one->second.when == Runs::Watch::kStopped) return false;
            told.push_back(std::move(one->second.seen));
            all_.erase(one);
            return true;
        });
        if (it->second.empty()) of_run_.erase(it);
    }
    for (const auto& seen : told) seen(fault::without("stand") ? Stand{} : stand);
}

}  // namespace gantry::host
