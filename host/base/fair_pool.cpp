#include "base/fair_pool.hpp"

#include <algorithm>
#include <tuple>

namespace gantry::host {
namespace {

constexpr std::size_t kTimesIdle = 3;

bool is_gone(const FairPool::Task& task) { return task.client && task.client->expired(); }

}  // namespace

void FairPool::submit(Task task) {
    const std::lock_guard lock(mutex_);
    if (waiting_ >= drop_at_) drop_gone();
    const auto [at, is_new] = groups_.try_emplace(task.group);
    auto& group = at->second;
    if (is_new) group.turn = ++last_turn_;
    auto member = std::find_if(group.members.begin(), group.members.end(),
                               [&](const Member& one) { return one.name == task.member; });
    if (member == group.members.end()) {
        member = group.members.insert(group.members.end(), {task.member});
    }
    member->waiting.push_back(std::move(task));
    ++group.waiting;
    ++waiting_;
    while (begin_one()) {
    }
}

void FairPool::drop_gone() {
    for (auto& [name, group] : groups_) {
        for (auto& member : group.members) {
            const auto gone = std::erase_if(member.waiting, is_gone);
            group.waiting -= gone;
            waiting_ -= gone;
        }
        std::erase_if(group.members,
                      [](const Member& one) { return one.running == 0 && one.waiting.empty(); });
    }
    std::erase_if(groups_, [](const auto& one) { return one.second.members.empty(); });
    drop_at_ = std::max(kDropAt, 2 * waiting_);
}

// Its members' end: none may begin.
std::list<FairPool::Member>::iterator FairPool::next_of(Group& group) const {
    const auto most = std::max<std::size_t>(pool_.threads() / 4, 1);
    const auto idle = pool_.threads() - running_;
    if (group.waiting == 0 || group.running >= kTimesIdle * idle) return group.members.end();
    return std::find_if(group.members.begin(), group.members.end(), [&](const Member& one) {
        return !one.waiting.empty() && one.running < most;
    });
}

bool FairPool::is_before(const Group& one, const Group& other) {
    return std::tie(one.running, one.turn) < std::tie(other.running, other.turn);
}

bool FairPool::begin_one() {
    auto best = groups_.end();
    std::list<Member>::iterator member;
    for (auto group = groups_.begin(); group != groups_.end(); ++group) {
        if (best != groups_.end() && !is_before(group->second, best->second)) continue;
        const auto next = next_of(group->second);
        if (next == group->second.members.end()) continue;
        best = group;
        member = next;
    }
    if (best == groups_.end()) return false;
    auto& group = best->second;
    auto task = std::make_shared<const Task>(std::move(member->waiting.front()));
    member->waiting.pop_front();
    --group.waiting;
    --waiting_;
    ++member->running;
    ++group.running;
    group.turn = ++last_turn_;
    ++running_;
    group.members.splice(group.members.end(), group.members, member);
    pool_.submit([this, best, member, task = std::move(task)] { run(best, member, *task); });
    return true;
}

void FairPool::run(Groups::iterator group, std::list<Member>::iterator member, const Task& task) {
    try {
        if (!is_gone(task)) task.work();
    } catch (...) {
        over(group, member);
        throw;  // the pool tells it
    }
    over(group, member);
}

void FairPool::over(Groups::iterator group, std::list<Member>::iterator member) {
    const std::lock_guard lock(mutex_);
    --running_;
    --group->second.running;
    if (--member->running == 0 && member->waiting.empty()) group->second.members.erase(member);
    if (group->second.members.empty()) groups_.erase(group);
    while (begin_one()) {
    }
}

std::size_t FairPool::waiting() const {
    const std::lock_guard lock(mutex_);
    return waiting_;
}

}  // namespace gantry::host
