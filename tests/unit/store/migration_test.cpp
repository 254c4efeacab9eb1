// Files of older versions become today's, whole or not at all.
#include "contract/store_suite.hpp"

#include "base/fault.hpp"

#include <SQLiteCpp/SQLiteCpp.h>

#include <fstream>
#include <sstream>

namespace gantry::host {
namespace {

std::string text(const std::string& name) {
    std::ostringstream all;
    all << std::ifstream(std::string(GANTRY_STORE_SQL) + "/" + name).rdbuf();
    return all.str();
}

constexpr const char* kDefinition =
    "INSERT INTO definition VALUES ('hash', 'w', '{\"name\":\"w\"}', 1)";

// Runs in each state of version 2. 'z…' were created before 'a…'.
constexpr const char* kRuns = R"(
INSERT INTO run (run_id, name, def_hash, pins, idem_key, status, input, output, error, owner, fence,
                 crashes, created_at, updated_at, finished_at, wanted, wake_at, deadline_at, turn,
                 waits_for, forked_from) VALUES
 ('z1','w','hash','{"m":1}','k1','done','1','2',NULL,NULL,3,0,10,11,12,'run',NULL,NULL,'mug',NULL,NULL),
 ('a2','w','hash','{}',NULL,'reverted','1',NULL,'{"x":1}',NULL,1,0,20,21,22,'cancel',NULL,NULL,NULL,NULL,'z1'),
 ('a3','w','hash','{}','k3','failed','1',NULL,'{"x":2}',NULL,1,0,30,31,32,'run',NULL,NULL,'mug',NULL,NULL),
 ('a4','w','hash','{}','k4','invoking','1',NULL,NULL,'gone',1,1,40,41,NULL,'run',NULL,900,'mug',NULL,NULL),
 ('a5','w','hash','{}',NULL,'waiting','1',NULL,NULL,NULL,0,0,50,51,NULL,'run',950,950,'mug','turn: mug',NULL),
 ('a6','w','hash','{}',NULL,'waiting','1',NULL,NULL,NULL,2,0,60,61,NULL,'run',NULL,NULL,NULL,'signal: go',NULL),
 ('a7','w','hash','{}',NULL,'compensating','1',NULL,'{"x":3}',NULL,2,0,70,71,NULL,'run',777,NULL,NULL,'time: step a',NULL),
 ('a8','w','hash','{}',NULL,'paused','1',NULL,NULL,NULL,2,0,80,81,NULL,'pause',NULL,NULL,NULL,'person: asked',NULL),
 ('y9','w','hash','{}',NULL,'waiting','1',NULL,NULL,NULL,0,0,90,91,NULL,'run',NULL,NULL,'cup','turn: cup',NULL),
 ('b0','w','hash','{}',NULL,'waiting','1',NULL,NULL,NULL,0,0,91,91,NULL,'run',NULL,NULL,'cup','turn: cup',NULL);
)";

constexpr const char* kSteps = R"(
INSERT INTO step (run_id, path, side, module, name, status, attempt, fence, result, undo_input, error,
                  started_at, finished_at, input, wake_at) VALUES
 ('a4','a','invoke','m','s','done',1,1,'9','8',NULL,1,2,'7',NULL),
 ('a4','b','invoke','m','s','started',2,1,NULL,NULL,'{"bugs":1,"so_far":"something"}',3,NULL,NULL,NULL),
 ('a4','c','invoke','m','s','started',1,1,NULL,NULL,NULL,4,NULL,NULL,NULL),
 ('a4','d','invoke','','sleep','started',1,1,NULL,NULL,NULL,5,NULL,NULL,800),
 ('a4','e','invoke','m','s','started',3,1,NULL,NULL,'{"so_far":"nothing"}',6,NULL,NULL,810),
 ('a4','f','invoke','m','s','started',1,1,NULL,NULL,NULL,7,NULL,NULL,820),
 ('a4','g','invoke','m','s','started',1,1,NULL,NULL,'{"message":"x"}',8,NULL,NULL,830),
 ('a4','h','invoke','m','s','started',1,1,NULL,NULL,'{bad',9,NULL,NULL,840),
 ('a4','i','invoke','','parallel','started',1,1,NULL,NULL,NULL,10,NULL,NULL,NULL),
 ('a7','a','invoke','m','s','done',1,1,'9',NULL,NULL,1,2,NULL,NULL),
 ('a7','a','compensate','m','s','started',4,2,NULL,NULL,'{"bugs":2}',3,NULL,NULL,NULL);
INSERT INTO event VALUES ('a4', 1, 5, 'retry', '{}');
INSERT INTO signal VALUES ('a6', 's1', 'stop', '1', 5, NULL);
)";

class Migration : public testing::Test {
protected:
    void make(int version) {
        SQLite::Database db(file(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
        db.exec("PRAGMA foreign_keys=ON");
        db.exec(text("schema.sql"));
        if (version == 2) db.exec(text("migration_2.sql"));
        db.exec("PRAGMA application_id = " + std::to_string(0x476e7472));
        db.exec("PRAGMA user_version = " + std::to_string(version));
        db.exec(kDefinition);
    }
    void exec(const std::string& sql) {
        SQLite::Database(file(), SQLite::OPEN_READWRITE).exec(sql);
    }
    std::string ask(const std::string& sql) {
        return SQLite::Database(file(), SQLite::OPEN_READONLY).execAndGet(sql).getString();
    }
    std::string file() { return dir_ / "g.db"; }
    std::unique_ptr<Store> open() { return Store::open("sqlite:" + file(), "test"); }

    test::TempDir dir_;
};

TEST_F(Migration, of_version_two_keeps_runs_in_each_state) {
    make(2);
    exec(kRuns);
    exec(kSteps);
    const auto store = open();
    std::string order;
    for (const auto& run : store->runs({})) order += run.id + " ";
    EXPECT_EQ(order, "b0 y9 a8 a7 a6 a5 a4 a3 a2 z1 ") << "as they were created";
    const auto done = *store->run("z1");
    EXPECT_EQ(done.pins, R"({"m":1})");
    EXPECT_EQ(done.idem_key, "k1");
    EXPECT_EQ(done.output, "2");
    EXPECT_EQ(done.fence, 3);
    EXPECT_EQ(done.revision, 0);
    EXPECT_EQ(done.finished_at, 12);
    EXPECT_EQ(store->run("a2")->forked_from, "z1");
    EXPECT_EQ(store->run("a2")->wanted, Wanted::kCancel);
    EXPECT_EQ(store->run("a3")->error, R"({"x":2})");
    const auto open = *store->run("a4");
    EXPECT_EQ(open.owner, "gone");
    EXPECT_EQ(open.crashes, 1);
    EXPECT_EQ(open.deadline_at, 900);
    EXPECT_EQ(store->run("a6")->waits_for, "signal: go");
    EXPECT_EQ(store->run("a7")->wake_at, 777);
    EXPECT_EQ(store->run("a8")->status, RunStatus::kPaused);
    EXPECT_EQ(store->run_named("w", "k4")->id, "a4");
    EXPECT_EQ(store->events("a4").at(0).kind, "retry");
    EXPECT_EQ(claim(*store, "a6").taken->signals.at(0).name, "stop");
}

TEST_F(Migration, says_of_each_step_what_its_row_said) {
    make(2);
    exec(kRuns);
    exec(kSteps);
    const auto store = open();
    std::map<std::string, StepRow> steps;
    for (auto& step : store->steps("a4")) steps[step.path] = step;
    EXPECT_EQ(steps["a"].result, "9");
    EXPECT_EQ(steps["a"].undo_input, "8");
    EXPECT_EQ(steps["a"].input, "7");
    const auto says = [&](const char* path, bool under_way, Effect so_far, std::int64_t bugs) {
        EXPECT_EQ(steps[path].under_way, under_way) << path;
        EXPECT_EQ(steps[path].so_far, so_far) << path;
        EXPECT_EQ(steps[path].bugs, bugs) << path;
        EXPECT_EQ(steps[path].asked_ms, 0) << path;
    };
    says("a", false, Effect::kNothing, 0);
    says("b", true, Effect::kSomething, 1);
    says("c", true, Effect::kUnknown, 0);
    says("d", false, Effect::kNothing, 0);
    says("e", false, Effect::kNothing, 0);
    says("f", false, Effect::kNothing, 0);
    says("g", false, Effect::kUnknown, 0);
    says("h", false, Effect::kUnknown, 0);
    says("i", false, Effect::kNothing, 0);
    const auto undo = store->steps("a7").at(1);
    EXPECT_EQ(undo.side, Side::kCompensate);
    EXPECT_TRUE(undo.under_way);
    EXPECT_EQ(undo.bugs, 2);
}

TEST_F(Migration, gives_each_turn_to_who_had_it_and_else_to_who_came_first) {
    make(2);
    exec(kRuns);
    const auto store = open();
    ASSERT_EQ(store->sweep(10), 1U);
    std::map<std::string, bool> holds;
    for (const auto& run : claim_due(*store).runs) holds[run.run.id] = run.holds_turn;
    const std::map<std::string, bool> expected = {
        {"a4", true}, {"a5", false}, {"a7", true}, {"y9", true}};
    EXPECT_EQ(holds, expected) << "a4 had the mug, y9 came first of those that wait for the cup";
    store->release();
    EXPECT_TRUE(store->unaccounted(std::chrono::hours(24 * 365 * 100)).empty());
}

TEST_F(Migration, of_version_one_keeps_its_runs) {
    make(1);
    exec(R"(INSERT INTO run (run_id, name, def_hash, pins, idem_key, status, input, owner, crashes,
                             created_at, updated_at)
              VALUES ('r1','w','hash','{}','k','invoking','1','gone',1,5,6);
            INSERT INTO step (run_id, path, side, module, name, status, fence, started_at)
              VALUES ('r1','a','invoke','m','s','started',0,5))");
    const auto store = open();
    EXPECT_EQ(store->run_named("w", "k")->id, "r1");
    EXPECT_TRUE(store->steps("r1").at(0).under_way);
    EXPECT_EQ(store->steps("r1").at(0).so_far, Effect::kUnknown);
    EXPECT_EQ(store->sweep(10), 1U);
}

TEST_F(Migration, is_the_schema_of_a_new_store) {
    make(2);
    const auto schema = [&] {
        return ask(
            "SELECT group_concat(sql, ';') FROM (SELECT sql FROM sqlite_master"
            " WHERE sql IS NOT NULL ORDER BY name)");
    };
    open();
    const auto migrated = schema();
    for (const char* part : {"", ".stamp"}) std::filesystem::remove(file() + part);
    open();
    EXPECT_EQ(schema(), migrated);
    EXPECT_EQ(ask("SELECT count(*) FROM pragma_foreign_key_list('step') WHERE \"table\" = 'run'"),
              "1");
}

#ifdef GANTRY_FAULTS
TEST_F(Migration, that_is_cut_off_leaves_the_old_version_whole) {
    make(2);
    exec(kRuns);
    exec(kSteps);
    fault::arm("migrate.middle:1:error");
    EXPECT_THROW(open(), Error);
    fault::arm("");
    EXPECT_EQ(ask("PRAGMA user_version"), "2");
    EXPECT_EQ(ask("SELECT count(*) FROM run WHERE wanted = 'run'"), "8");
    EXPECT_EQ(ask("SELECT count(*) FROM sqlite_master WHERE name IN ('run_3','turn')"), "0");
    EXPECT_EQ(open()->runs({}).size(), 10U);
    EXPECT_EQ(ask("SELECT count(*) FROM step"), "11") << "none went with the table";
}
#endif

TEST_F(Migration, refuses_rows_that_do_not_fit_together) {
    make(2);
    exec(kRuns);
    exec("PRAGMA foreign_keys=OFF; INSERT INTO event VALUES ('nobody', 1, 5, 'retry', '{}')");
    try {
        open();
        FAIL();
    } catch (const Error& e) {
        EXPECT_EQ(e.error_class(), GANTRY_CLASS_CONFIG);
        EXPECT_NE(e.message().find("\"event\""), std::string::npos) << e.message();
    }
    EXPECT_EQ(ask("PRAGMA user_version"), "2");
}

}  // namespace
}  // namespace gantry::host
