// A store that was put back alone, that vanished or was replaced is noticed; a kill is not taken
// for one.
#include "base/fault.hpp"
#include "contract/store_suite.hpp"
#include "store/stamp.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

namespace gantry::host {
namespace {

namespace fs = std::filesystem;

class StoreStamp : public testing::Test {
protected:
    std::unique_ptr<Store> open() const { return Store::open("sqlite:" + file().string(), "test"); }
    fs::path file() const { return dir_ / "data/g.db"; }

    void accept_one(Store& store, const std::string& id) const {
        store.put_definition({"hash", "w", "{}"});
        ASSERT_TRUE(committed(post(store, accept(id))));
    }

    // As `cp` does it while no host runs.
    void keep() const {
        fs::copy_file(file(), dir_ / "kept.db", fs::copy_options::overwrite_existing);
    }
    void put_back() const {
        fs::copy_file(dir_ / "kept.db", file(), fs::copy_options::overwrite_existing);
        for (const char* part : {"-wal", "-shm"}) fs::remove(file().string() + part);
    }

    std::string refusal() const {
        try {
            open();
            return "";
        } catch (const Error& e) {
            EXPECT_EQ(e.error_class(), GANTRY_CLASS_CONFIG);
            return e.message();
        }
    }

    test::TempDir dir_;
};

TEST_F(StoreStamp, a_store_that_was_put_back_alone_has_its_open_runs_paused) {
    accept_one(*open(), "r1");
    keep();
    accept_one(*open(), "r2");
    put_back();
    {
        const auto store = open();
        EXPECT_NE(store->finding().find("not the newest one"), std::string::npos)
            << store->finding();
        EXPECT_FALSE(store->run("r2"));
        const auto run = store->run("r1");
        ASSERT_TRUE(run);
        EXPECT_EQ(run->status, RunStatus::kPaused);
        EXPECT_EQ(run->waits_for.value_or("").find("restored: "), 0U)
            << run->waits_for.value_or("");
        EXPECT_FALSE(run->owner);
        EXPECT_FALSE(run->wake_at);
        const auto events = store->events("r1");
        ASSERT_FALSE(events.empty());
        EXPECT_EQ(events.back().kind, "restored");
        EXPECT_TRUE(store->unaccounted(std::chrono::milliseconds(0)).empty());
    }
    EXPECT_EQ(open()->finding(), "") << "it is told once";
}

TEST_F(StoreStamp, a_pause_that_a_person_asked_for_stays_theirs_also_where_the_run_still_stopped) {
    accept_one(*open(), "r1");
    SQLite::Database(file().string(), SQLite::OPEN_READWRITE)
        .exec("UPDATE run SET wanted = 'pause' WHERE run_id = 'r1'");
    keep();
    accept_one(*open(), "r2");
    put_back();
    const auto run = open()->run("r1");
    ASSERT_TRUE(run);
    EXPECT_EQ(run->status, RunStatus::kPaused);
    EXPECT_EQ(run->waits_for, "person: paused");
}

TEST_F(StoreStamp, another_store_in_its_place_is_noticed) {
    accept_one(*open(), "r1");
    keep();
    fs::remove_all(dir_ / "data");
    accept_one(*open(), "theirs");
    for (int i = 0; i < 3; ++i) open();
    put_back();
    const auto store = open();
    EXPECT_NE(store->finding().find("not the one that stood here"), std::string::npos)
        << store->finding();
    EXPECT_EQ(store->run("r1")->status, RunStatus::kPaused);
}

TEST_F(StoreStamp, one_without_a_number_beside_it_is_taken_as_it_is) {
    accept_one(*open(), "r1");
    fs::remove(stamp_file(file()));
    const auto store = open();
    EXPECT_EQ(store->finding(), "");
    EXPECT_EQ(store->run("r1")->status, RunStatus::kInvoking);
    EXPECT_TRUE(fs::exists(stamp_file(file())));
}

TEST_F(StoreStamp, a_folder_that_was_moved_as_a_whole_is_taken_as_it_is) {
    accept_one(*open(), "r1");
    fs::rename(dir_ / "data", dir_ / "elsewhere");
    const auto store = Store::open("sqlite:" + (dir_ / "elsewhere/g.db").string(), "test");
    EXPECT_EQ(store->finding(), "");
    EXPECT_EQ(store->run("r1")->status, RunStatus::kInvoking);
}

TEST_F(StoreStamp, a_store_that_is_gone_is_not_made_anew_in_silence) {
    accept_one(*open(), "r1");
    fs::remove(file());
    EXPECT_NE(refusal().find("g.db.stamp"), std::string::npos) << refusal();
    EXPECT_FALSE(fs::exists(file()));
    fs::remove(stamp_file(file()));
    EXPECT_EQ(refusal(), "");
}

#ifdef GANTRY_FAULTS
// Each process ends by SIGKILL: between the two writes of a number at the start, at the end, or
// somewhere else.
TEST_F(StoreStamp, a_kill_at_any_moment_is_not_taken_for_a_store_that_was_put_back) {
    accept_one(*open(), "r1");
    for (const char* faults :
         {"stamp.between:1:kill", "stamp.between:2:kill", "accept.before:1:kill",
          "stamp.between:1:kill", "stamp.between:2:kill"}) {
        const pid_t child = fork();
        if (child == 0) {
            fault::arm(faults);
            {
                const auto store = open();
                store->put_note("written", faults);
                store->raise_stamp();
            }
            ::kill(getpid(), SIGKILL);
        }
        int status = 0;
        ASSERT_EQ(waitpid(child, &status, 0), child);
        ASSERT_TRUE(WIFSIGNALED(status)) << faults;
        const auto store = open();
        EXPECT_EQ(store->finding(), "") << faults;
        EXPECT_EQ(store->run("r1")->status, RunStatus::kInvoking) << faults;
    }
}
#endif

TEST_F(StoreStamp, what_is_written_into_a_deleted_file_is_not_answered_for) {
    const auto store = open();
    accept_one(*store, "r1");
    EXPECT_EQ(store->lost(), "");
    fs::remove_all(dir_ / "data");
    EXPECT_NE(store->lost().find("was deleted"), std::string::npos) << store->lost();
    const auto outcome = post(*store, accept("r2"));
    ASSERT_TRUE(std::holds_alternative<Error>(outcome));
    EXPECT_EQ(std::get<Error>(outcome).code(), GANTRY_E_UNAVAILABLE);
    EXPECT_THROW(store->put_note("a", "b"), Error);
    // What is left beside it keeps the next one from beginning with an empty store.
    store->raise_stamp();
    EXPECT_NE(refusal().find("g.db.stamp"), std::string::npos) << refusal();
}

TEST_F(StoreStamp, a_file_or_wal_that_was_replaced_is_as_good_as_deleted_until_it_is_back) {
    for (const char* part : {"", "-wal"}) {
        const auto store = open();
        accept_one(*store, std::string("r") + part);
        const fs::path path = file().string() + part;
        fs::rename(path, dir_ / "away");
        { std::ofstream(path) << "another"; }
        EXPECT_NE(store->lost().find("replaced"), std::string::npos) << store->lost();
        EXPECT_THROW(store->put_note("a", "b"), Error);
        fs::rename(dir_ / "away", path);
        EXPECT_EQ(store->lost(), "");
        EXPECT_NO_THROW(store->put_note("a", "b"));
    }
}

TEST_F(StoreStamp, a_copy_has_what_was_committed_before_it) {
    const auto store = open();
    accept_one(*store, "r1");
    store->copy_to((dir_ / "copy.db").string());
    ASSERT_TRUE(committed(post(*store, accept("r2"))));
    const auto copy = Store::open("sqlite:" + (dir_ / "copy.db").string(), "test");
    EXPECT_TRUE(copy->run("r1"));
    EXPECT_FALSE(copy->run("r2"));
    EXPECT_THROW(Store::open("memory:", "test")->copy_to((dir_ / "no.db").string()), Error);
}

}  // namespace
}  // namespace gantry::host
