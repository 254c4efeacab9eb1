// Threads that groups and their members share.
#include "base/fair_pool.hpp"
#include "support/until.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <condition_variable>
#include <stdexcept>

namespace gantry::host {
namespace {

using test::until;

// Tasks that stay until they are let go.
class Tasks {
public:
    explicit Tasks(std::size_t threads = 8)
        : pool_({threads, true, [](const std::string&) {}}), threads_(pool_) {}
    ~Tasks() {
        let_go();
        pool_.stop();
    }

    void add(const std::string& group, const std::string& member) { add(group, member, client_); }
    void add(const std::string& group, const std::string& member,
             const std::shared_ptr<const void>& client) {
        threads_.submit({group, member, client, [this, name = group + member] {
                             std::unique_lock lock(mutex_);
                             began_.push_back(name);
                             let_go_.wait(lock, [this] { return open_ || may_go_ > 0; });
                             if (!open_) --may_go_;
                         }});
    }
    void add_throwing(const std::string& group, const std::string& member) {
        threads_.submit({group, member, client_, [] { throw std::runtime_error("broken"); }});
    }
    std::size_t waiting() const { return threads_.waiting(); }
    void let_one_go() {
        const std::lock_guard lock(mutex_);
        ++may_go_;
        let_go_.notify_one();
    }
    void let_go() {
        const std::lock_guard lock(mutex_);
        open_ = true;
        let_go_.notify_all();
    }
    long began(const std::string& name) {
        const std::lock_guard lock(mutex_);
        return std::count(began_.begin(), began_.end(), name);
    }
    std::size_t began() {
        const std::lock_guard lock(mutex_);
        return began_.size();
    }
    std::vector<std::string> order() {
        const std::lock_guard lock(mutex_);
        return began_;
    }

private:
    std::mutex mutex_;
    std::condition_variable let_go_;
    bool open_ = false;
    int may_go_ = 0;
    std::vector<std::string> began_;
    const std::shared_ptr<const void> client_ = std::make_shared<int>(0);
    Pool pool_;
    FairPool threads_;
};

}  // namespace

TEST(FairPool, one_member_has_a_quarter_of_the_threads) {
    Tasks tasks;
    for (int i = 0; i < 20; ++i) tasks.add("/slow ", "a");
    EXPECT_TRUE(until([&] { return tasks.began("/slow a") == 2; }));
    tasks.add("/slow ", "b");
    tasks.add("/other ", "a");
    EXPECT_TRUE(until([&] { return tasks.began() == 4; }));
    EXPECT_EQ(tasks.began("/slow a"), 2);
}

TEST(FairPool, one_group_leaves_some_whoever_its_members_are) {
    Tasks tasks;
    for (int i = 0; i < 20; ++i) tasks.add("/slow ", std::to_string(i));
    EXPECT_TRUE(until([&] { return tasks.began() == 6; }));
    tasks.add("/other ", "a");
    EXPECT_TRUE(until([&] { return tasks.began("/other a") == 1; }));
    EXPECT_EQ(tasks.began(), 7U);
}

TEST(FairPool, members_take_turns_however_many_each_has_waiting) {
    Tasks tasks(1);
    for (int i = 0; i < 20; ++i) tasks.add("/slow ", "a");
    EXPECT_TRUE(until([&] { return tasks.began() == 1; }));
    for (int i = 0; i < 3; ++i) tasks.add("/slow ", "b");
    tasks.let_go();
    EXPECT_TRUE(until([&] { return tasks.began() == 23; }));
    const auto order = tasks.order();
    const std::vector<std::string> first(order.begin(), order.begin() + 7);
    const std::string a = "/slow a", b = "/slow b";
    EXPECT_EQ(first, (std::vector<std::string>{a, a, b, a, b, a, b}));
}

TEST(FairPool, groups_that_run_equally_little_take_turns) {
    Tasks tasks(1);
    tasks.add("/a ", "x");
    EXPECT_TRUE(until([&] { return tasks.began() == 1; }));
    for (const char* group : {"/a ", "/b ", "/c "}) {
        for (int i = 0; i < 3; ++i) tasks.add(group, "x");
    }
    tasks.let_go();
    EXPECT_TRUE(until([&] { return tasks.began() == 10; }));
    const std::string a = "/a x", b = "/b x", c = "/c x";
    EXPECT_EQ(tasks.order(), (std::vector<std::string>{a, a, b, c, a, b, c, a, b, c}));
}

TEST(FairPool, a_task_whose_client_has_gone_is_dropped) {
    Tasks tasks;
    auto client = std::make_shared<int>(0);
    for (int i = 0; i < 2; ++i) tasks.add("/slow ", "a");
    EXPECT_TRUE(until([&] { return tasks.began() == 2; }));
    tasks.add("/gone ", "a", client);
    EXPECT_TRUE(until([&] { return tasks.began("/gone a") == 1; }));
    for (int i = 0; i < 5; ++i) tasks.add("/slow ", "a", client);
    client.reset();
    tasks.add("/slow ", "a");
    tasks.let_go();
    EXPECT_TRUE(until([&] { return tasks.began("/slow a") == 3; }));
    EXPECT_EQ(tasks.began(), 4U);
}

TEST(FairPool, tasks_whose_client_has_gone_are_dropped_where_many_wait) {
    Tasks tasks;
    auto client = std::make_shared<int>(0);
    for (int i = 0; i < 2; ++i) tasks.add("/slow ", "a");
    EXPECT_TRUE(until([&] { return tasks.began() == 2; }));
    for (int i = 0; i < 999; ++i) tasks.add("/slow ", "a", client);
    EXPECT_EQ(tasks.waiting(), 999U);
    tasks.add("/slow ", "a");
    client.reset();
    tasks.add("/slow ", "a");
    EXPECT_EQ(tasks.waiting(), 2U);
}

TEST(FairPool, work_that_throws_gives_its_thread_back) {
    Tasks tasks;
    for (int i = 0; i < 20; ++i) tasks.add_throwing("/broken ", "a");
    tasks.add("/broken ", "a");
    EXPECT_TRUE(until([&] { return tasks.began() == 1; }));
}

TEST(FairPool, the_group_that_runs_least_is_next) {
    Tasks tasks;
    for (int group = 0; group < 2; ++group) {
        for (int i = 0; i < 20; ++i) {
            tasks.add("/slow" + std::to_string(group) + " ", std::to_string(i));
        }
    }
    EXPECT_TRUE(until([&] { return tasks.began() == 8; }));
    tasks.add("/other ", "a");
    tasks.let_one_go();
    EXPECT_TRUE(until([&] { return tasks.began() == 9; }));
    EXPECT_EQ(tasks.began("/other a"), 1) << "the others waited before";
}

}  // namespace gantry::host
