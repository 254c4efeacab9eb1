// What a store in a file adds: that it stays, that one host has it, and that it is nobody else's.
#include "contract/store_suite.hpp"
#include "store/lock_file.hpp"
#include "store/sound.hpp"

#include <SQLiteCpp/SQLiteCpp.h>

#include <sqlite3.h>
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

TEST(StoreFile, a_lock_file_of_somebody_else_names_nobody_to_ask) {
    if (geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
    const test::TempDir dir;
    const auto store = Store::open(where(dir), "first");
    store->lock()->publish({4711, "gantry serve", "http://127.0.0.1:1", "secret"});
    ASSERT_TRUE(LockFile::holder(dir / "g.db"));
    ASSERT_EQ(chown((dir / "g.db.lock").c_str(), 1, 1), 0);
    EXPECT_FALSE(LockFile::holder(dir / "g.db"));
    EXPECT_NE(refusal(where(dir)).find("belongs to user 1"), std::string::npos);
    ASSERT_EQ(chown(dir.path().c_str(), 1, 1), 0);
    EXPECT_TRUE(LockFile::holder(dir / "g.db")) << "root asks the host of the folder's owner";
}

TEST(StoreFile, what_is_no_file_in_place_of_the_lock_names_nobody_and_is_not_waited_for) {
    const test::TempDir dir;
    ASSERT_EQ(mkfifo((dir / "g.db.lock").c_str(), 0600), 0);
    EXPECT_FALSE(LockFile::holder(dir / "g.db"));
    EXPECT_NE(refusal(where(dir)).find("it is no plain file"), std::string::npos);
}

TEST(StoreFile, of_sqlite_is_sound_also_where_its_order_of_texts_is_not_known_here) {
    const test::TempDir dir;
    const auto file = dir / "plugin.db";
    {
        SQLite::Database db(file.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
        const auto compare = [](void*, int, const void*, int, const void*) { return 0; };
        sqlite3_create_collation(db.getHandle(), "theirs", SQLITE_UTF8, nullptr, compare);
        db.exec("CREATE TABLE t (x TEXT COLLATE theirs UNIQUE)");
        db.exec("INSERT INTO t VALUES ('a')");
        db.exec("CREATE TABLE other (x)");
        db.exec(
            "INSERT INTO other SELECT randomblob(100) FROM (VALUES (1),(2),(3)) a, (VALUES "
            "(1),(2),(3)) b, (VALUES (1),(2),(3)) c, (VALUES (1),(2),(3)) d");
    }
    EXPECT_NO_THROW(refuse_unsound(file));
    const auto size = std::filesystem::file_size(file);
    std::fstream pages(file, std::ios::in | std::ios::out | std::ios::binary);
    pages.seekp(static_cast<std::streamoff>(size - 4096));
    pages << std::string(4096, '\xff') << std::flush;
    EXPECT_THROW(refuse_unsound(file), Error) << "its order of texts kept the rest from a look";
    std::filesystem::resize_file(file, 0);
    EXPECT_THROW(refuse_unsound(file), Error);
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
    EXPECT_NE(store->run("bad")->unreadable->find("pins"), std::string::npos);
    const auto due = claim_due(*store);
    EXPECT_EQ(due.unreadable.size(), 2U);
    EXPECT_NE(due.unreadable.at("worse").find("step a"), std::string::npos);
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

// Spoils the pages that `table` has besides those of its tree: only large payloads have any.
void break_overflow(const test::TempDir& dir, const std::string& table) {
    std::vector<std::int64_t> pages;
    {
        SQLite::Database db((dir / "g.db").string(), SQLite::OPEN_READONLY);
        SQLite::Statement each(db,
                               "SELECT pageno FROM dbstat WHERE pagetype = 'overflow'"
                               " AND name = ?");
        each.bind(1, table);
        while (each.executeStep()) pages.push_back(each.getColumn(0).getInt64());
    }
    ASSERT_FALSE(pages.empty());
    std::fstream file(dir / "g.db", std::ios::in | std::ios::out | std::ios::binary);
    for (const auto page : pages) {
        file.seekp((page - 1) * 4096);
        file.write("\xff\xff\xff\xff", 4);  // the number of the next one
    }
}

TEST(StoreFile, a_run_whose_pages_are_broken_stops_nobody) {
    const test::TempDir dir;
    {
        const auto store = Store::open(where(dir), "first");
        store->put_definition({"hash", "w", "{}"});
        int at = 5;
        for (const char* id : {"bad", "good", "gone"}) {
            auto run = parked(id, RunStatus::kWaiting, "time: a", at++);
            const std::string large = "\"" + std::string(50'000, 'x') + "\"";
            if (run.run.id == "bad") run.run.input = large;
            if (run.run.id == "gone") {
                run.run.owner = "host-1";
                run.run.wake_at.reset();
                run.run.input = large;
            }
            ASSERT_TRUE(committed(post(*store, run)));
        }
    }
    break_overflow(dir, "run");
    const auto store = Store::open(where(dir), "second");
    EXPECT_EQ(store->sweep(10), 0U) << "its row cannot be written";
    const auto due = claim_due(*store);
    ASSERT_EQ(due.runs.size(), 1U);
    EXPECT_EQ(due.runs[0].run.id, "good");
    EXPECT_TRUE(due.unreadable.contains("bad"));
    EXPECT_TRUE(store->run("bad")->unreadable) << "what can be read is shown";
    EXPECT_EQ(store->runs({}).size(), 3U);
    EXPECT_TRUE(claim_due(*store).failed) << "and is tried again";
    const auto left = store->unaccounted(std::chrono::milliseconds(0));
    EXPECT_FALSE(left.empty()) << "what cannot be set aside is told";
}

TEST(StoreFile, an_older_file_that_is_mostly_free_is_made_small_at_the_start) {
    for (const bool mostly_free : {true, false}) {
        const test::TempDir dir;
        {
            const auto store = Store::open(where(dir), "first");
            EXPECT_TRUE(store->size().shrinks) << "a new one is made so";
            store->put_definition({"hash", "w", "{}"});
            for (int i = 0; i < 40; ++i) {
                auto run = accept("r" + std::to_string(i));
                run.run.input = "\"" + std::string(50'000, 'x') + "\"";
                ASSERT_TRUE(committed(post(*store, run)));
            }
        }
        spoil(dir, "PRAGMA auto_vacuum=NONE; VACUUM");  // as it was made before
        spoil(dir, std::string("DELETE FROM run WHERE accepted > ") + (mostly_free ? "4" : "36"));
        const auto before = std::filesystem::file_size(dir / "g.db");
        const auto store = Store::open(where(dir), "second");
        EXPECT_EQ(store->size().shrinks, mostly_free);
        EXPECT_EQ(store->size().bytes < static_cast<std::int64_t>(before / 4), mostly_free);
        EXPECT_TRUE(store->run("r1"));
    }
}

}  // namespace
}  // namespace gantry::host
