// The oracle itself: a sound world has no violation, and each invariant notices what breaks it.
#include "support/ledger.hpp"

#include "store/store.hpp"
#include "support/ledger_schema.hpp"
#include "support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

namespace gantry::test {
namespace {

// A run that is done, one that is reverted, one that failed, one that is paused; each has the steps
// a and b.
constexpr const char* kSoundStore = R"sql(
INSERT INTO definition (def_hash, name, body, created_at) VALUES ('h', 'w',
  '{"name":"w","steps":[{"id":"a","step":"ledger/write"},{"step":"b","with":null}]}', 0);
INSERT INTO run (run_id, name, def_hash, pins, idem_key, status, input, fence, created_at,
                 updated_at, finished_at) VALUES
  ('done', 'w', 'h', '{}', 'key-1', 'done',     '{}', 1, 0, 0, 9),
  ('back', 'w', 'h', '{}', NULL,    'reverted', '{}', 1, 0, 0, 9),
  ('fail', 'w', 'h', '{}', NULL,    'failed',   '{}', 1, 0, 0, 9),
  ('wait', 'w', 'h', '{}', NULL,    'paused',   '{}', 1, 0, 0, NULL);
INSERT INTO step (run_id, path, side, module, name, status, fence, result, undo_input, started_at)
VALUES
  ('done', 'a', 'invoke',     'ledger', 'write',      'done',   0, '{"call":1}', NULL, 0),
  ('done', 'b', 'invoke',     'ledger', 'once',       'done',   1, '{"call":3}', NULL, 0),
  ('back', 'a', 'invoke',     'ledger', 'write',      'done',   1, '{"call":4}', NULL, 0),
  ('back', 'b', 'invoke',     'ledger', 'write-undo', 'failed', 1, NULL, '{"old":null}', 0),
  ('back', 'b', 'compensate', 'ledger', 'write-undo', 'done',   1, 'null', NULL, 0),
  ('back', 'a', 'compensate', 'ledger', 'write',      'done',   1, 'null', NULL, 0),
  ('fail', 'a', 'invoke',     'ledger', 'write',      'done',   1, '{"call":8}', NULL, 0),
  ('fail', 'b', 'invoke',     'ledger', 'write',      'failed', 1, NULL, NULL, 0),
  ('fail', 'a', 'compensate', 'ledger', 'write',      'failed', 1, NULL, NULL, 0);
)sql";

// Host h died during call 2 of done/b, whose step may then be called again since it never answered.
constexpr const char* kSoundLedger = R"sql(
INSERT INTO call (id, key, side, step, attempt, run, host, input, undo, began, ended, answer) VALUES
  (1,  'done/a', 'invoke',     'write',      1, 'done', 'h', '1', NULL,            10, 11, 'ok'),
  (2,  'done/b', 'invoke',     'once',       1, 'done', 'h', '2', NULL,            12, 13, 'not applied'),
  (3,  'done/b', 'invoke',     'once',       2, 'done', 'i', '2', NULL,            14, 15, 'ok'),
  (4,  'back/a', 'invoke',     'write',      1, 'back', 'h', '1', NULL,            20, 21, 'ok'),
  (5,  'back/b', 'invoke',     'write-undo', 1, 'back', 'h', '2', NULL,            22, 23, 'unknown'),
  (6,  'back/b', 'compensate', 'write-undo', 1, 'back', 'h', NULL, '{"old":null}', 24, 25, 'ok'),
  (7,  'back/a', 'compensate', 'write',      1, 'back', 'h', NULL, '{"call":4}',   26, 27, 'ok'),
  (8,  'fail/a', 'invoke',     'write',      1, 'fail', 'h', '1', NULL,            30, 31, 'ok'),
  (9,  'fail/b', 'invoke',     'write',      1, 'fail', 'h', '2', NULL,            32, 33, 'not applied'),
  (10, 'fail/a', 'compensate', 'write',      1, 'fail', 'h', NULL, '{"call":8}',   34, NULL, NULL),
  (11, 'fail/a', 'compensate', 'write',      2, 'fail', 'i', NULL, '{"call":8}',   36, 37, 'not applied');
INSERT INTO effect VALUES ('done/a', 'done', 11, NULL), ('done/b', 'done', 15, NULL),
  ('back/a', 'back', 21, 27), ('back/b', 'back', 23, 25), ('fail/a', 'fail', 31, NULL);
INSERT INTO record VALUES ('mug', 'done'), ('cup', NULL);
)sql";

void exec(const std::filesystem::path& file, const std::string& sql) {
    SQLite::Database database(file.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    database.exec("PRAGMA synchronous=OFF; PRAGMA foreign_keys=OFF;" + sql);
}

// The two files, made once and copied for each test.
class SoundFiles {
public:
    SoundFiles() {
        host::Store::open("sqlite:" + store().string(), "test");
        exec(store(), kSoundStore);
        exec(ledger(), kLedgerSchema);
        exec(ledger(), kSoundLedger);
        exec(ledger(), "UPDATE call SET free = began");
    }
    std::filesystem::path store() const { return dir_ / "store.db"; }
    std::filesystem::path ledger() const { return dir_ / "ledger.db"; }

private:
    TempDir dir_;
};

class World {
public:
    World() {
        static const SoundFiles sound;
        std::filesystem::copy_file(sound.store(), store_);
        std::filesystem::copy_file(sound.ledger(), ledger_);
    }

    void store(const std::string& sql) { exec(store_, sql); }
    void ledger(const std::string& sql) { exec(ledger_, sql); }

    std::vector<std::string> check() { return oracle_.check(); }
    LedgerOracle& oracle() { return oracle_; }
    const std::filesystem::path& store_file() const { return store_; }

private:
    TempDir dir_;
    const std::filesystem::path store_ = dir_ / "gantry ?.db";
    const std::filesystem::path ledger_ = dir_ / "ledger.db";
    LedgerOracle oracle_{ledger_, store_};
};

using Lines = std::vector<std::string>;

TEST(LedgerOracle, a_sound_world_has_no_violation) {
    World world;
    world.oracle().acknowledged("key-1");
    world.oracle().acknowledged("back");
    EXPECT_EQ(world.check(), Lines{});
    EXPECT_EQ(world.check(), Lines{}) << "nor when it is looked at again";
    const auto counts = world.oracle().counts();
    EXPECT_EQ(counts.runs, 4);
    EXPECT_EQ(counts.calls, 11);
    EXPECT_EQ(counts.applied, 5);
    EXPECT_EQ(counts.undone, 2);
}

TEST(LedgerOracle, an_acknowledged_run_that_is_gone_is_noticed) {
    World world;
    world.oracle().acknowledged("key-2");
    const auto found = world.check();
    EXPECT_EQ(found, Lines{"I1 key-2 was acknowledged and is not in the store"});
}

struct Break {
    const char* what;
    const char* store;
    const char* ledger;
    const char* violation;  // its beginning
};

std::ostream& operator<<(std::ostream& out, const Break& one) { return out << one.what; }

class Broken : public testing::TestWithParam<Break> {};

TEST_P(Broken, is_noticed) {
    World world;
    ASSERT_EQ(world.check(), Lines{});
    world.store(GetParam().store);
    world.ledger(GetParam().ledger);
    const auto found = world.check();
    const auto is_it = [](const std::string& line) {
        return line.starts_with(GetParam().violation);
    };
    EXPECT_TRUE(std::any_of(found.begin(), found.end(), is_it)) << testing::PrintToString(found);
}

const Break kBreaks[] = {
    {"a_run_that_is_over_and_owned", "UPDATE run SET owner='h' WHERE run_id='done'", "",
     "I2 done is done and has an owner"},
    {"a_run_that_is_over_without_end", "UPDATE run SET finished_at=NULL WHERE run_id='fail'", "",
     "I2 fail is failed and has no end"},
    {"a_run_that_waits_for_nothing", "UPDATE run SET status='invoking' WHERE run_id='wait'", "",
     "I2 wait is invoking"},
    {"a_run_still_owned", "UPDATE run SET status='compensating', owner='h' WHERE run_id='wait'", "",
     "I2 wait is compensating, owner h"},
    {"an_unfinished_step_in_a_run_that_is_done",
     "UPDATE step SET status='started' WHERE run_id='done' AND path='a'", "",
     "I3 done/a is started in a run that is done"},
    {"a_step_that_was_left_out", "DELETE FROM step WHERE run_id='done' AND path='b'",
     "DELETE FROM call WHERE key='done/b'; DELETE FROM effect WHERE key='done/b'",
     "I3 done/b has no row"},
    {"an_effect_that_is_missing", "", "DELETE FROM effect WHERE key='done/a'",
     "I3 done/a is done and its effect was not applied"},
    {"an_effect_undone_in_a_run_that_is_done", "", "UPDATE effect SET undone=40 WHERE key='done/a'",
     "I3 done/a is done and its effect was undone"},
    {"an_effect_left_in_a_run_that_is_reverted", "",
     "UPDATE effect SET undone=NULL WHERE key='back/a'", "I3 back/a is applied and not undone"},
    {"an_effect_after_its_undo", "", "UPDATE effect SET applied=30 WHERE key='back/b'",
     "I3 back/b was applied after its undo"},
    {"an_undo_missing_that_nobody_says",
     "UPDATE step SET status='done', result='null' WHERE run_id='fail' AND side='compensate'", "",
     "I3 fail/a is not undone"},
    {"an_effect_without_a_row", "", "INSERT INTO effect VALUES ('done/c', 'done', 40, NULL)",
     "I3 done/c was applied and has no row"},
    {"an_effect_of_no_run", "", "INSERT INTO effect VALUES ('none/a', 'none', 40, NULL)",
     "I3 none/a was applied and has no row"},
    {"a_second_call_of_once", "", "UPDATE call SET answer=NULL, ended=NULL WHERE id=2",
     "I3 done/b may be called once and was called again, by call 3"},
    {"a_record_of_a_reverted_run", "", "UPDATE record SET value='back' WHERE name='cup'",
     "I3 record cup still says back"},
    {"two_inputs_under_one_key", "", "UPDATE call SET input='3' WHERE id=3",
     "I4 done/b was called with 2 inputs"},
    {"the_result_of_an_earlier_call", "",
     "UPDATE call SET step='write' WHERE step='once';"
     "INSERT INTO call (id, key, side, step, attempt, run, host, input, began, ended, answer)"
     " VALUES (12, 'done/b', 'invoke', 'write', 3, 'done', 'i', '2', 40, 41, 'ok')",
     "I4 done/b has a result that is not that of its last call"},
    {"a_compensation_without_what_was_recorded", "", "UPDATE call SET undo=NULL WHERE id=6",
     "I4 back/b was compensated with nothing, not with {\"old\":null}"},
    {"a_compensation_with_other_data", "", "UPDATE call SET undo='{\"call\":1}' WHERE id=7",
     "I4 back/a was compensated with {\"call\":1}"},
    {"a_compensation_of_something_unknown_with_data",
     "UPDATE step SET status='unknown' WHERE run_id='back' AND path='a' AND side='invoke'", "",
     "I4 back/a "},
    {"a_result_that_changed",
     "UPDATE step SET result='1' WHERE run_id='back' AND path='a' AND side='compensate'", "",
     "I4 back/a compensate was done with null"},
    {"a_done_run_that_is_no_more", "UPDATE run SET status='failed' WHERE run_id='done'", "",
     "I4 done was done and is failed"},
    {"a_reverted_run_that_failed", "UPDATE run SET status='failed' WHERE run_id='back'", "",
     "I4 back was reverted and is failed"},
    {"a_row_of_a_higher_fence", "UPDATE step SET fence=2 WHERE run_id='done' AND path='a'", "",
     "I5 done/a invoke was written under fence 2, the run has 1"},
    {"a_fence_that_fell", "UPDATE run SET fence=0 WHERE run_id='wait'", "",
     "I5 wait had fence 1 and has 0"},
    {"undos_in_the_order_of_the_invokes", "", "UPDATE call SET began=23, ended=23 WHERE id=7",
     "I6 back/a was compensated before back/b"},
    {"undos_at_once", "", "UPDATE call SET ended=27 WHERE id=6",
     "I6 back/a was compensated before back/b"},
    {"two_calls_of_one_key_at_once", "", "UPDATE call SET host='i', ended=NULL WHERE id=10",
     "I7 fail/a compensate: call 10 was under way when call 11 began"},
    {"two_hosts_at_once", "", "UPDATE call SET ended=15 WHERE id=2",
     "I7 done/b invoke: call 2 was under way when call 3 began"},
    {"a_compensation_over_its_invoke", "", "UPDATE call SET ended=25 WHERE id=5",
     "I7 back/b: call 5 was under way when its compensation, call 6, began"},
    {"an_invoke_after_its_compensation", "",
     "INSERT INTO call (id, key, side, step, attempt, run, host, input, began, ended, answer)"
     " VALUES (12, 'back/b', 'invoke', 'write-undo', 2, 'back', 'h', '2', 40, 41, 'ok')",
     "I7 back/b was invoked, by call 12, after its compensation, call 6"},
    {"a_store_that_is_not_sound",
     "PRAGMA writable_schema=ON; UPDATE sqlite_master"
     " SET sql = replace(sql, 'owner       TEXT', 'owner TEXT NOT NULL') WHERE name='run'",
     "", "I8 store: NULL value in run.owner"},
    {"a_ledger_that_is_not_sound", "",
     "PRAGMA writable_schema=ON; UPDATE sqlite_master"
     " SET sql = replace(sql, 'ended   INTEGER', 'ended INTEGER NOT NULL') WHERE name='call'",
     "I8 ledger: NULL value in call.ended"},
    {"a_step_of_no_run",
     "INSERT INTO step (run_id, path, side, module, name, status, fence, started_at)"
     " VALUES ('none', 'a', 'invoke', 'ledger', 'read', 'done', 0, 0)",
     "", "I8 step none/a has no run"},
};

INSTANTIATE_TEST_SUITE_P(LedgerOracle, Broken, testing::ValuesIn(kBreaks),
                         [](const auto& one) { return std::string(one.param.what); });

TEST(LedgerOracle, a_late_call_is_waited_for_ten_seconds_only) {
    World world;
    world.ledger(
        "UPDATE call SET began=22-11000000000, ended=25 WHERE id=5;"
        "UPDATE call SET began=20-11000000000, ended=21-11000000000 WHERE id=4");
    EXPECT_EQ(world.check(), Lines{});
}

TEST(LedgerOracle, a_call_that_never_answered_overlaps_with_no_later_process) {
    World world;
    world.ledger("UPDATE call SET host='g', ended=NULL, answer=NULL WHERE id=5");
    EXPECT_EQ(world.check(), Lines{});
}

TEST(LedgerOracle, a_call_that_never_might_write_may_have_had_another_input) {
    World world;
    world.ledger("UPDATE call SET input='3', free=NULL WHERE id=2");
    EXPECT_EQ(world.check(), Lines{});
}

TEST(LedgerOracle, tells_how_a_run_stands) {
    World world;
    EXPECT_EQ(world.oracle().state("key-1"), "done");
    EXPECT_EQ(world.oracle().state("back"), "reverted");
    EXPECT_EQ(world.oracle().state("nobody"), "");
    EXPECT_EQ(world.oracle().open_runs(), 0);
    world.store("UPDATE run SET status='invoking' WHERE run_id='wait'");
    EXPECT_EQ(world.oracle().open_runs(), 1);
}

TEST(LedgerOracle, members_of_a_parallel_group_are_undone_in_any_order) {
    World world;
    world.store(
        "UPDATE definition SET body = json_set(body, '$.steps[2]', "
        "json('{\"parallel\":[]}'))");
    world.ledger("UPDATE call SET ended=27 WHERE id=6");
    EXPECT_EQ(world.check(), Lines{});
}

TEST(LedgerOracle, a_run_that_is_due_or_waits_for_something_is_parked) {
    World world;
    world.store("UPDATE run SET status='waiting' WHERE run_id='wait'");
    EXPECT_EQ(world.check(), Lines{});
}

TEST(LedgerOracle, a_damaged_or_missing_file_is_noticed) {
    World world;
    std::fstream file(world.store_file(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(4096);
    file << std::string(8192, 'x');
    file.close();
    const auto found = world.check();
    ASSERT_FALSE(found.empty());
    const auto says_so = [](const std::string& line) {
        return line.starts_with("I8") || line.find("malformed") != std::string::npos;
    };
    EXPECT_TRUE(std::any_of(found.begin(), found.end(), says_so)) << found.front();

    const auto nothing = LedgerOracle("/nowhere/ledger.db", "/nowhere/gantry.db").check();
    ASSERT_EQ(nothing.size(), 1U);
    EXPECT_TRUE(nothing.front().starts_with("I8 cannot be checked")) << nothing.front();
}

}  // namespace
}  // namespace gantry::test
