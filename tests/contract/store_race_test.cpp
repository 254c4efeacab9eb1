// Turns under races: several threads drive runs of three values, writes are sent twice and late,
// and hosts give up what they hold. No turn has two holders, none is left over, all runs end.
#include "contract/store_suite.hpp"
#include "support/seed.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <thread>

namespace gantry::host {
namespace {

constexpr int kThreads = 4;
constexpr int kRunsEach = 40;
constexpr std::array<const char*, 3> kTurns = {"mug", "cup", "jug"};

class Race {
public:
    explicit Race(Store& store) : store_(store) {}

    void drive(unsigned seed, int thread) {
        std::mt19937 random(seed + static_cast<unsigned>(thread));
        for (int i = 0; i < kRunsEach; ++i) {
            const auto id = std::to_string(random()) + "-" + std::to_string(thread);
            auto begun = with_turn(accept(id, id, store_.host()), kTurns.at(random() % 3));
            const auto outcome = send(begun, random);
            if (committed(outcome)) go_on(begun.run, random);
            take_up(random);
        }
        const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(60);
        while (ended_ < kThreads * kRunsEach && std::chrono::steady_clock::now() < limit) {
            take_up(random);
        }
    }

    std::atomic<int> two_holders{0};
    std::atomic<int> ended_{0};

private:
    // Now and then twice; and what was sent before comes late.
    Outcome send(const Mutation& mutation, std::mt19937& random) {
        auto outcome = post(store_, mutation);
        if (random() % 4 == 0) post(store_, mutation);
        const std::lock_guard lock(mutex_);
        sent_.push_back(mutation);
        store_.post(sent_[random() % sent_.size()], {});
        return outcome;
    }

    void take_up(std::mt19937& random) {
        for (const auto& claimed : claim_due(store_, true, 3).runs) {
            if (!claimed.holds_turn) ++two_holders;  // nothing here is due without it
            go_on(claimed.run, random);
        }
    }

    // From here to its end it holds the turn.
    void go_on(RunRow run, std::mt19937& random) {
        auto& held = held_.at(place(*run.turn));
        if (held.exchange(true)) ++two_holders;
        Mutation write;
        write.run = std::move(run);
        write.run.status = RunStatus::kInvoking;
        write.run.waits_for.reset();
        ++write.run.revision;
        if (!committed(send(write, random))) ++two_holders;
        held = false;
        if (random() % 8 == 0) {  // it parks, and is due at once
            ++write.run.revision;
            write.run.owner.reset();
            write.run.wake_at = store_.now();
        } else {
            write = ending(write);
            ++ended_;
        }
        if (!committed(send(write, random))) ++two_holders;
    }

    static std::size_t place(const std::string& turn) {
        return static_cast<std::size_t>(std::find(kTurns.begin(), kTurns.end(), turn) -
                                        kTurns.begin());
    }

    Store& store_;
    std::array<std::atomic<bool>, 3> held_{};
    std::mutex mutex_;
    std::vector<Mutation> sent_;
};

TEST_P(StoreContract, turns_stand_races_and_writes_that_come_twice_or_late) {
    const unsigned seed = test::seed();
    Race race(*store_);
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) threads.emplace_back([&, i] { race.drive(seed, i); });
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(race.two_holders, 0);
    RunFilter done;
    done.status = {RunStatus::kDone};
    EXPECT_EQ(store_->count(done), kThreads * kRunsEach);
    EXPECT_TRUE(store_->unaccounted(std::chrono::milliseconds(0)).empty());
    for (const char* turn : kTurns) {
        EXPECT_TRUE(committed(post(*store_, with_turn(accept(turn), turn)))) << "it is free";
    }
}

}  // namespace
}  // namespace gantry::host
