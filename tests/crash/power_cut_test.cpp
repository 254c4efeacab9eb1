// The power goes at any moment of a store's life, and the disk forgets what was not synced: what
// was acknowledged is there at the next start. GANTRY_MUTANT=fsync takes the fsync of a commit out;
// then the same test has to find losses.
#include "base/fault.hpp"
#include "support/forgetful_vfs.hpp"
#include "support/sanitizers.hpp"
#include "support/seed.hpp"
#include "support/store_rows.hpp"
#include "support/temp_dir.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <gtest/gtest.h>

#include <array>
#include <latch>
#include <set>

namespace gantry::test::power_cut_test {
namespace {

constexpr int kCuts = test::kSanitized ? 40 : 200;
constexpr int kCutsOfOneStore = 10;
constexpr std::size_t kBytes = 1'500;

bool is_mutant() { return host::fault::without("fsync"); }

class Disk {
public:
    explicit Disk(unsigned seed) : random_(seed) {}

    int lost = 0;
    int acknowledged = 0;

    // One life of the store that ends with a cut, and the next start.
    void cut(int number) {
        if (number % kCutsOfOneStore == 0) renew();
        // Some lives are long enough for checkpoints; some end while the store is being made.
        constexpr std::array<int, 4> kLongest = {40, 400, 1'200, 4'000};
        disk_.cut_at(draw(random_, 1, kLongest.at(random_() % kLongest.size())));
        try {
            const auto store = open_store(file());
            for (int i = 0; i < 150 && !disk_.is_off(); ++i) burst(*store);
        } catch (const Error&) {
            EXPECT_TRUE(disk_.is_off()) << "a store that only a cut keeps from opening";
        }
        disk_.cut();
        disk_.power_on(random_);
        look(number);
    }

private:
    std::string file() const { return *dir_ / "g.db"; }

    void renew() {
        dir_.emplace();
        whole_.clear();
    }

    // A few writes at once, as a group commit has them.
    void burst(host::Store& store) {
        const int size = draw(random_, 1, 8);
        std::latch done(size);
        std::mutex mutex;
        for (int i = 0; i < size; ++i) {
            const int number = next_++;
            store.post(new_run(number, kBytes), [&, number](const host::Outcome& outcome) {
                if (std::holds_alternative<host::Committed>(outcome)) {
                    const std::lock_guard lock(mutex);
                    whole_.insert(number);
                    ++acknowledged;
                }
                done.count_down();
            });
        }
        done.wait();
    }

    void look(int number) {
        std::map<int, bool> found;
        try {
            found = numbered_runs(*open_store(file()), kBytes);
        } catch (const std::exception& e) {
            EXPECT_TRUE(is_mutant()) << "after cut " << number << ": " << e.what();
            lost += static_cast<int>(whole_.size());
            return renew();
        }
        for (auto run = whole_.begin(); run != whole_.end();) {
            const auto at = found.find(*run);
            const bool kept = at != found.end() && at->second;
            lost += kept ? 0 : 1;
            run = kept ? std::next(run) : whole_.erase(run);
        }
        SQLite::Database database(file(), SQLite::OPEN_READONLY);
        EXPECT_EQ(database.execAndGet("PRAGMA quick_check").getString(), "ok")
            << "after cut " << number;
    }

    std::mt19937 random_;
    ForgetfulDisk disk_;
    std::optional<TempDir> dir_;
    std::set<int> whole_;  // acknowledged and not yet found lost
    int next_ = 0;
};

TEST(PowerCut, loses_no_acknowledged_run_at_two_hundred_moments) {
    Disk disk(seed());
    for (int i = 0; i < kCuts; ++i) disk.cut(i);
    std::cout << kCuts << " cuts, " << disk.acknowledged << " runs acknowledged, " << disk.lost
              << " lost\n";
    EXPECT_GT(disk.acknowledged, kCuts);
    if (is_mutant()) {
        EXPECT_GT(disk.lost, 0) << "without fsync it must bite";
    } else {
        EXPECT_EQ(disk.lost, 0);
    }
}

}  // namespace
}  // namespace gantry::test::power_cut_test
