// The threads of a pool, in turns: what is slow keeps what is not from nothing.
#pragma once

#include "base/pool.hpp"

#include <list>
#include <map>
#include <memory>
#include <optional>

namespace gantry::host {

/// Tasks are of a group, and within it of a member: of a route and a caller, or of a workflow. The
/// group that runs least is next, of several the one whose last turn was longest ago, and so it is
/// with its members. A member has
/// a quarter of the threads at the most, and a group begins only while fewer of its tasks run than
/// three times the threads that are idle, so that of 16 threads a slow group has 12, a second one 3
/// and a third the last one.
class FairPool {
    static constexpr std::size_t kDropAt = 1000;

public:
    struct Task {
        std::string group;
        std::string member;
        /// Expired: nobody is left to whom it matters, and `work` is not called.
        std::optional<std::weak_ptr<const void>> client;
        std::function<void()> work;
    };

    /// `pool` outlives it, and is stopped before it goes.
    explicit FairPool(Pool& pool) : pool_(pool) {}
    FairPool(const FairPool&) = delete;
    FairPool& operator=(const FairPool&) = delete;

    /// Beyond a thousand that wait, those whose client has gone are dropped as they double. [any]
    void submit(Task task);

    /// Tasks that wait. [any]
    std::size_t waiting() const;

    Pool& pool() const { return pool_; }

private:
    struct Member {
        std::string name;
        std::size_t running = 0;
        std::deque<Task> waiting = {};
    };
    struct Group {
        std::size_t running = 0;
        std::size_t waiting = 0;
        std::uint64_t turn = 0;          // its last one, or when it came
        std::list<Member> members = {};  // those that run or wait; whose turn is next stands first
    };
    using Groups = std::map<std::string, Group>;

    static bool is_before(const Group& one, const Group& other);

    // Under mutex_.
    void drop_gone();
    std::list<Member>::iterator next_of(Group& group) const;
    bool begin_one();

    void run(Groups::iterator group, std::list<Member>::iterator member, const Task& task);
    void over(Groups::iterator group, std::list<Member>::iterator member);

    Pool& pool_;
    mutable std::mutex mutex_;
    Groups groups_;  // those that run or wait
    std::uint64_t last_turn_ = 0;
    std::size_t running_ = 0;
    std::size_t waiting_ = 0;
    std::size_t drop_at_ = kDropAt;  // so many wait: it is looked whose client has gone
};

}  // namespace gantry::host
