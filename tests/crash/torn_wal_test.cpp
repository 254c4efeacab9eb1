// A WAL that is cut off or flipped anywhere: the store opens and holds the commits before that
// place, all of each and none after.
#include "support/process.hpp"
#include "support/sanitizers.hpp"
#include "support/seed.hpp"
#include "support/store_rows.hpp"
#include "support/temp_dir.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace gantry::test::torn_wal_test {
namespace {

constexpr int kPlaces = kSanitized ? 60 : 300;
constexpr int kAfter = 50;  // commits, some 600 pages: before the WAL begins anew once more
constexpr std::size_t kBytes = 1'500;
constexpr std::size_t kHeader = 32;  // of a WAL; each use of the file has another one

/// A store of numbered commits, copied while it was open.
struct Copy {
    std::string database;
    std::string wal;
    int first = 0;                  // commits before this one are in the database
    std::vector<std::size_t> ends;  // where in the WAL each commit from `first` on ends; or empty

    int commits_before(std::size_t place) const {
        const auto past = std::upper_bound(ends.begin(), ends.end(), place);
        return first + static_cast<int>(past - ends.begin());
    }
};

// `checkpointed`: the WAL has been carried over once and begun anew, with older frames behind the
// new ones.
Copy make_copy(bool checkpointed) {
    const TempDir dir;
    const std::string file = dir / "g.db";
    const auto store = open_store(file);
    Copy copy;
    std::string header = read_text(file + "-wal").substr(0, kHeader);
    int left = checkpointed ? 1'000'000 : 80;
    for (int number = 0; left > 0; ++number, --left) {
        EXPECT_TRUE(write(*store, new_run(number, kBytes)));
        copy.ends.push_back(std::filesystem::file_size(file + "-wal"));
        const auto wal = read_text(file + "-wal");
        if (wal.substr(0, kHeader) == header) continue;
        header = wal.substr(0, kHeader);
        copy.first = number;
        copy.ends.clear();  // the file no longer grows: where they end is not seen
        left = kAfter;
    }
    copy.database = read_text(file);
    copy.wal = read_text(file + "-wal");
    return copy;
}

class TornWal : public testing::Test {
protected:
    // Opens the copy with this WAL; how many commits it holds, which are the first ones.
    int commits_with(const Copy& copy, const std::string& wal) {
        const TempDir dir;
        const std::string file = dir / "g.db";
        write_text(file, copy.database);
        write_text(file + "-wal", wal);
        const auto found = numbered_runs(*open_store(file), kBytes);
        int expected = 0;
        for (const auto& [number, whole] : found) {
            EXPECT_EQ(number, expected++) << "a gap";
            EXPECT_TRUE(whole) << number;
        }
        SQLite::Database database(file, SQLite::OPEN_READONLY);
        EXPECT_EQ(database.execAndGet("PRAGMA quick_check").getString(), "ok");
        return expected;
    }

    std::string torn(const Copy& copy, std::size_t place) {
        auto wal = copy.wal;
        if (random_() % 2 == 0) {
            wal.resize(place);
        } else {
            wal[place] = static_cast<char>(wal[place] ^ (1 << draw(random_, 0, 7)));
        }
        return wal;
    }

    std::mt19937 random_{seed()};
};

TEST_F(TornWal, of_a_young_store_keeps_exactly_the_commits_before_the_place) {
    const auto copy = make_copy(false);
    ASSERT_EQ(commits_with(copy, copy.wal), 80);
    for (int i = 0; i < kPlaces / 2; ++i) {
        const auto place = draw<std::size_t>(random_, 0, copy.wal.size() - 1);
        SCOPED_TRACE(place);
        ASSERT_EQ(commits_with(copy, torn(copy, place)), copy.commits_before(place));
    }
}

TEST_F(TornWal, that_was_begun_anew_keeps_the_commits_of_the_database_and_an_unbroken_part) {
    const auto copy = make_copy(true);
    const int all = commits_with(copy, copy.wal);
    ASSERT_EQ(all, copy.first + kAfter);
    int shortened = 0;
    for (int i = 0; i < kPlaces / 2; ++i) {
        const auto place = draw<std::size_t>(random_, 0, copy.wal.size() - 1);
        SCOPED_TRACE(place);
        const int held = commits_with(copy, torn(copy, place));
        ASSERT_GE(held, copy.first);
        ASSERT_LE(held, all);
        shortened += held < all ? 1 : 0;
    }
    std::cout << kPlaces / 2 << " places, " << shortened << " in the part in use\n";
    EXPECT_GT(shortened, 0);
}

}  // namespace
}  // namespace gantry::test::torn_wal_test
