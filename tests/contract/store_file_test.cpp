// What a store in a file adds: that it stays, that one host has it, and that it is nobody else's.
#include "contract/store_suite.hpp"
#include "store/lock_file.hpp"

#include <SQLiteCpp/SQLiteCpp.h>

#include <sys/stat.h>

#include <fstream>

namespace gantry::host {
namespace {

std::string where(const test::TempDir& dir) { return "sqlite:" + (dir / "g.db").string(); }

std::string refusal(const std::string& store) {
    try {
        Store::open(store, "second");
        return "";
    } catch (const Error& e) {
        EXPECT_EQ(e.error_class(), GANTRY_CLASS_CONFIG);
        return e.message();
    }
}

unsigned mode(const std::filesystem::path& path) {
    return static_cast<unsigned>(std::filesystem::status(path).permissions());
}

TEST(StoreFile, what_was_committed_is_there_after_reopening) {
    const test::TempDir dir;
    const std::string where = "sqlite:" + (dir / "sub/g.db").string();
    {
        const auto store = Store::open(where, "first");
        store->put_definition({"hash", "w", "{}"});
        ASSERT_TRUE(committed(post(*store, accept("r1"))));
    }
    EXPECT_TRUE(Store::open(where, "second")->run("r1"));
}

TEST(StoreFile, a_second_host_is_refused_and_told_who_has_it) {
    const test::TempDir dir;
    const std::string where = "sqlite:" + (dir / "g.db").string();
    const auto first = Store::open(where, "gantry serve");
    first->lock()->publish({4711, "gantry serve", "http://127.0.0.1:1", "secret"});
    try {
        Store::open(where, "second");
        FAIL() << "two hosts own one file";
    } catch (const Error& e) {
        EXPECT_EQ(e.error_class(), GANTRY_CLASS_CONFIG);
        EXPECT_NE(e.message().find("gantry serve"), std::string::npos) << e.message();
        EXPECT_NE(e.message().find("4711"), std::string::npos) << e.message();
        EXPECT_EQ(e.message().find("secret"), std::string::npos) << e.message();
    }
    const auto owner = LockFile::holder(dir / "g.db");
    ASSERT_TRUE(owner);
    EXPECT_EQ(owner->token, "secret");
    const auto mode = std::filesystem::status(dir / "g.db.lock").permissions();
    EXPECT_EQ(mode, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST(StoreFile, the_lock_goes_with_its_holder) {
    const test::TempDir dir;
    const std::string where = "sqlite:" + (dir / "g.db").string();
    Store::open(where, "first");
    EXPECT_FALSE(LockFile::holder(dir / "g.db"));
    EXPECT_NO_THROW(Store::open(where, "second"));
}

TEST(StoreFile, a_newer_schema_and_a_file_that_is_no_database_are_refused) {
    const test::TempDir dir;
    const std::string where = "sqlite:" + (dir / "g.db").string();
    Store::open(where, "first");
    {
        SQLite::Database db((dir / "g.db").string(), SQLite::OPEN_READWRITE);
        db.exec("PRAGMA user_version = 99");
    }
    EXPECT_THROW(Store::open(where, "second"), Error);
    {
        SQLite::Database other((dir / "other.db").string(),
                               SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
        other.exec("CREATE TABLE theirs (x)");
    }
    EXPECT_THROW(Store::open("sqlite:" + (dir / "other.db").string(), "third"), Error);
    {
        SQLite::Database other((dir / "other.db").string(), SQLite::OPEN_READONLY);
        EXPECT_EQ(other.execAndGet("SELECT count(*) FROM sqlite_master").getInt(), 1);
        EXPECT_EQ(other.execAndGet("PRAGMA journal_mode").getString(), "delete");
    }
    { std::ofstream(dir / "text.db") << std::string(4096, 'x'); }
    EXPECT_THROW(Store::open("sqlite:" + (dir / "text.db").string(), "third"), Error);
    EXPECT_THROW(Store::open("postgres:x", "fourth"), Error);
}

TEST(StoreFile, a_second_host_is_refused_when_somebody_has_deleted_the_lock_file) {
    const test::TempDir dir;
    auto first = Store::open(where(dir), "first");
    std::filesystem::remove(dir / "g.db.lock");
    EXPECT_NE(refusal(where(dir)).find("lock file was deleted"), std::string::npos);
    first.reset();
    EXPECT_EQ(refusal(where(dir)), "");
}

TEST(StoreFile, what_it_makes_is_its_owners_alone) {
    const test::TempDir dir;
    const auto store = Store::open("sqlite:" + (dir / "a/b/g.db").string(), "first");
    store->put_definition({"hash", "w", "{}"});
    for (const char* file : {"g.db", "g.db.lock", "g.db-wal", "g.db-shm"}) {
        EXPECT_EQ(mode(dir / "a/b" / file), 0600U) << file;
    }
    EXPECT_EQ(mode(dir / "a"), 0700U);
    EXPECT_EQ(mode(dir / "a/b"), 0700U);
}

TEST(StoreFile, a_file_that_others_may_read_is_closed_to_them) {
    const test::TempDir dir;
    Store::open(where(dir), "first");
    {
        SQLite::Database other((dir / "other.db").string(),
                               SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
        other.exec("CREATE TABLE theirs (x)");
    }
    for (const char* file : {"g.db", "g.db.lock", "other.db"}) {
        std::filesystem::permissions(dir / file, std::filesystem::perms(0666));
    }
    const auto store = Store::open(where(dir), "second");
    for (const char* file : {"g.db", "g.db.lock", "g.db-wal", "g.db-shm"}) {
        EXPECT_EQ(mode(dir / file), 0600U) << file;
    }
    EXPECT_NE(refusal("sqlite:" + (dir / "other.db").string()), "");
    EXPECT_EQ(mode(dir / "other.db"), 0666U) << "another program's file is left as it is";
}

TEST(StoreFile, links_are_not_followed) {
    const test::TempDir dir;
    Store::open(where(dir), "first");
    std::filesystem::create_symlink(dir / "g.db", dir / "link.db");
    EXPECT_NE(refusal("sqlite:" + (dir / "link.db").string()).find("it is a link"),
              std::string::npos);
    std::filesystem::remove(dir / "g.db.lock");
    { std::ofstream(dir / "victim") << "theirs"; }
    std::filesystem::create_symlink(dir / "victim", dir / "g.db.lock");
    EXPECT_NE(refusal(where(dir)).find("it is a link"), std::string::npos);
    EXPECT_EQ(std::filesystem::file_size(dir / "victim"), 6U) << "nothing is written through it";
}

TEST(StoreFile, a_file_of_somebody_else_is_refused_with_the_reason) {
    if (geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
    const test::TempDir dir;
    Store::open(where(dir), "first");
    ASSERT_EQ(chown((dir / "g.db").c_str(), 1, 1), 0);
    EXPECT_NE(refusal(where(dir)).find("belongs to user 1"), std::string::npos);
}

TEST(StoreFile, runs_accepted_before_and_after_a_restart_keep_their_order) {
    const test::TempDir dir;
    std::vector<std::string> ids;
    for (const char* id : {"z", "a", "m"}) {
        const auto store = Store::open(where(dir), "host");
        store->put_definition({"hash", "w", "{}"});
        post(*store, accept(id));
        ids.clear();
        for (const auto& run : store->runs({})) ids.push_back(run.id);
    }
    EXPECT_EQ(ids, (std::vector<std::string>{"m", "a", "z"}));
}

void spoil(const test::TempDir& dir, const std::string& sql) {
    SQLite::Database db((dir / "g.db").string(), SQLite::OPEN_READWRITE);
    db.exec("PRAGMA ignore_check_constraints=ON");
    db.exec(sql);
}

TEST(StoreFile, a_suspect_that_cannot_be_read_is_set_aside_and_the_next_one_is_tried) {
    const test::TempDir dir;
    {
        const auto store = Store::open(where(dir), "first");
        store->put_definition({"hash", "w", "{}"});
        int at = 5;
        for (const char* id : {"bad", "good", "later"}) {
            auto suspect = parked(id, RunStatus::kInvoking, "", at++);
            suspect.run.crashes = 1;
            post(*store, suspect);
        }
    }
    spoil(dir, "UPDATE run SET pins = '{bad' WHERE run_id = 'bad'");
    const auto store = Store::open(where(dir), "second");
    const auto due = claim_due(*store);
    ASSERT_EQ(due.runs.size(), 1U) << "one at a time";
    EXPECT_EQ(due.runs[0].run.id, "good");
}

TEST(StoreFile, a_run_that_cannot_be_read_is_set_aside_and_stops_nobody) {
    const test::TempDir dir;
    {
        const auto store = Store::open(where(dir), "first");
        store->put_definition({"hash", "w", "{}"});
        for (const char* id : {"bad", "worse", "good"}) {
            post(*store, parked(id, RunStatus::kWaiting, "time: a", 5));
        }
    }
    spoil(dir, "UPDATE run SET pins = '{bad' WHERE run_id = 'bad'");
    spoil(dir, "UPDATE step SET so_far = 'perhaps' WHERE run_id = 'worse'");
    const auto store = Store::open(where(dir), "second");
    EXPECT_THROW(store->run("bad"), Error);
    const auto due = claim_due(*store);
    EXPECT_FALSE(due.failed);
    ASSERT_EQ(due.runs.size(), 1U);
    EXPECT_EQ(due.runs[0].run.id, "good");
    RunFilter aside;
    aside.waits_for = "store: ";
    const auto runs = store->runs(aside);
    ASSERT_EQ(runs.size(), 2U);
    EXPECT_EQ(runs[0].status, RunStatus::kPaused);
    EXPECT_NE(runs[1].waits_for->find("pins"), std::string::npos) << *runs[1].waits_for;
    EXPECT_TRUE(claim_due(*store).runs.empty());
    EXPECT_TRUE(claim(*store, "bad").error);
    EXPECT_TRUE(store->unaccounted(std::chrono::milliseconds(60'000)).empty());
}

}  // namespace
}  // namespace gantry::host
