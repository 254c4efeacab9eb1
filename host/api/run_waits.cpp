#include "api/run_waits.hpp"

#include <algorithm>
#include <utility>

namespace gantry::host {

std::optional<RunWaits::Id> RunWaits::add(const std::string& caller, std::function<void()> end) {
    std::optional<One> gives_way;
    std::unique_lock lock(mutex_);
    if (over_) return std::nullopt;
    if (all_.size() >= most_) gives_way = take(longest_of_most());
    const auto id = ++last_;
    all_.emplace(id, One{caller, std::move(end)});
    ++of_caller_[caller];
    lock.unlock();
    if (gives_way) gives_way->end();
    return id;
}

void RunWaits::remove(Id wait) {
    std::optional<One> dropped;  // what it holds may end with it, without the lock
    const std::lock_guard lock(mutex_);
    if (const auto one = all_.find(wait); one != all_.end()) dropped = take(one);
}

void RunWaits::end_all() {
    std::unique_lock lock(mutex_);
    over_ = true;
    const auto all = std::exchange(all_, {});
    of_caller_.clear();
    lock.unlock();
    for (const auto& [wait, one] : all) one.end();
}

RunWaits::One RunWaits::take(All::iterator one) {
    const auto count = of_caller_.find(one->second.caller);
    if (--count->second == 0) of_caller_.erase(count);
    return std::move(all_.extract(one).mapped());
}

RunWaits::All::iterator RunWaits::longest_of_most() {
    const auto most =
        std::max_element(of_caller_.begin(), of_caller_.end(),
                         [](const auto& a, const auto& b) { return a.second < b.second; });
    return std::find_if(all_.begin(), all_.end(),
                        [&](const auto& one) { return one.second.caller == most->first; });
}

}  // namespace gantry::host
