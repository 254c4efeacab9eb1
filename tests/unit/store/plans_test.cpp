// What the store's statements cost: nothing that the engine, /metrics and the lists for people ask
// grows with finished runs, and no list touches a payload. Every statement that runs is looked at.
#include "contract/store_suite.hpp"
#include "store/accounts.hpp"
#include "store/claims.hpp"
#include "store/lists.hpp"
#include "store/migration.hpp"
#include "store/records.hpp"
#include "store/signals.hpp"
#include "store/sqlite_rows.hpp"
#include "store/sqlite_sink.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <functional>
#include <set>

namespace gantry::host {
namespace {

constexpr std::int64_t kNow = 1'000'000;
const std::string kMe = "host-1";

// Indexes of few rows: those of runs that are not over, which may be walked through.
constexpr std::array<std::string_view, 5> kFew = {"run_owned", "run_waits", "run_due",
                                                  "run_suspect", "run_line"};

/// A store in memory that sees all its statements.
class Watched {
public:
    explicit Watched(int finished) : connection_(":memory:", SqliteConnection::Mode::kWrite) {
        migrate(connection_);
        sqlite3_trace_v2(connection_.database().getHandle(), SQLITE_TRACE_PROFILE, &Watched::ended,
                         this);
        put_definition(connection_, {"hash", "w", "{}"}, kNow);
        sink_.emplace(connection_, clock_);
        std::vector<WriteItem> over;
        for (int i = 0; i < finished; ++i) {
            auto begun = with_turn(accept("over" + std::to_string(i), "k" + std::to_string(i)),
                                   "mug" + std::to_string(i % 3));
            begun.fields = {{"product", "mug"}, {"number", std::to_string(i)}};
            const auto ended = i % 2 == 0 ? RunStatus::kDone : RunStatus::kReverted;
            for (const auto& each : {begun, ending(begun, ended)}) {
                over.push_back({std::make_shared<Mutation>(each), {}, {}});
            }
        }
        sink_->commit(over);
        write(accept("owned", "key", kMe));
        write(accept("theirs", {}, "host-2"));
        write(parked("due", RunStatus::kWaiting, "delay: a", kNow - 5));
        write(parked("later", RunStatus::kWaiting, "time: a", kNow + 5));
        write(parked("signal", RunStatus::kWaiting, "signal: go"));
        write(parked("paused", RunStatus::kPaused, "person: asked"));
        auto suspect = parked("suspect", RunStatus::kInvoking, "", kNow - 5);
        suspect.run.crashes = 1;
        write(suspect);
        write(with_turn(accept("holder"), "mug0"));
        write(with_turn(accept("queued"), "mug0"));
        seen();
    }

    SqliteConnection& connection() { return connection_; }

    Outcome write(Mutation mutation) {
        std::vector<WriteItem> batch(1);
        batch[0].mutation = std::make_shared<Mutation>(std::move(mutation));
        return sink_->commit(batch).at(0);
    }

    /// What was executed since the last call, and what it cost in steps of SQLite's machine.
    std::pair<std::set<std::string>, int> seen() {
        return {std::exchange(statements_, {}), std::exchange(steps_, 0)};
    }

private:
    static int ended(unsigned, void* self, void* statement, void*) {
        auto& me = *static_cast<Watched*>(self);
        auto* const s = static_cast<sqlite3_stmt*>(statement);
        me.statements_.insert(sqlite3_sql(s));
        me.steps_ += sqlite3_stmt_status(s, SQLITE_STMTSTATUS_VM_STEP, /*resetFlg=*/1);
        return 0;
    }

    SqliteConnection connection_;
    const WallClock clock_;
    std::optional<SqliteSink> sink_;
    std::set<std::string> statements_;
    int steps_ = 0;
};

struct Verb {
    const char* name;
    std::function<void(Watched&)> run;
};

RunFilter of_states(std::vector<RunStatus> status, std::optional<std::string> workflow = {}) {
    RunFilter filter;
    filter.status = std::move(status);
    filter.workflow = std::move(workflow);
    filter.limit = 10;
    return filter;
}

RunFilter exactly(const std::string& text) {
    RunFilter filter;
    filter.exactly = text;
    return filter;
}

RunFilter by_field(const std::string& name, const std::string& value) {
    RunFilter filter;
    filter.fields = {{name, value}};
    filter.limit = 10;
    return filter;
}

RunFilter waiting_for(const std::string& reason) {
    RunFilter filter;
    filter.waits_for = reason;
    return filter;
}

/// To what has that workflow and state, too.
RunFilter narrowed(RunFilter filter) {
    filter.workflow = "w";
    filter.status = {RunStatus::kDone, RunStatus::kWaiting};
    return filter;
}

const std::vector<RunStatus> kNeedsPerson = {RunStatus::kFailed, RunStatus::kPaused};
const std::vector<RunStatus> kOver = {RunStatus::kDone, RunStatus::kReverted};

const std::vector<Verb>& verbs() {
    static const std::vector<Verb> kVerbs = {
        {"an accept", [](Watched& w) { w.write(accept("new", "new")); }},
        {"an accept with fields",
         [](Watched& w) {
             auto run = accept("new", "new");
             run.fields = {{"product", "mug"}, {"number", "new"}};
             w.write(run);
         }},
        {"an accept of a known key", [](Watched& w) { w.write(accept("other", "key")); }},
        {"an accept with a turn", [](Watched& w) { w.write(with_turn(accept("t"), "mug0")); }},
        {"an update", [](Watched& w) { w.write(next(accept("owned", "key", kMe))); }},
        {"an end that hands over",
         [](Watched& w) { w.write(ending(with_turn(accept("holder"), "mug0"))); }},
        {"claim_due", [](Watched& w) { claim_due(w.connection(), kMe, kNow, 10, true); }},
        {"claim", [](Watched& w) { claim(w.connection(), kMe, kNow, "paused", true); }},
        {"sweep", [](Watched& w) { sweep(w.connection(), kMe, kNow, 10); }},
        {"suspect", [](Watched& w) { suspect(w.connection(), {"theirs"}); }},
        {"release", [](Watched& w) { release(w.connection(), kMe, kNow); }},
        {"wake", [](Watched& w) { wake(w.connection(), "plugin", kNow); }},
        {"move_delays", [](Watched& w) { move_delays(w.connection(), 5); }},
        {"bound_delays", [](Watched& w) { bound_delays(w.connection(), 5); }},
        {"put_signal",
         [](Watched& w) {
             put_signal(w.connection(), "signal", {"s", "go", "1", 5}, kNow);
         }},
        {"waiting", [](Watched& w) { waiting(w.connection()); }},
        {"unaccounted", [](Watched& w) { unaccounted(w.connection(), kMe, kNow, 1'000); }},
        {"owned", [](Watched& w) { owned(w.connection(), kMe, kNow); }},
        {"is_owned", [](Watched& w) { is_owned(w.connection(), "owned", kMe); }},
        {"run_of", [](Watched& w) { run_of(w.connection(), "over1"); }},
        {"steps_of", [](Watched& w) { steps_of(w.connection(), "over1"); }},
        {"unreverted", [](Watched& w) { unreverted(w.connection(), "over1"); }},
        {"run_named by id", [](Watched& w) { run_named(w.connection(), "w", "over1"); }},
        {"run_named by key", [](Watched& w) { run_named(w.connection(), "w", "k1"); }},
        {"run_named of nobody", [](Watched& w) { run_named(w.connection(), "w", "nobody"); }},
        {"the needs-person list",
         [](Watched& w) { runs(w.connection(), of_states(kNeedsPerson)); }},
        {"the needs-person count",
         [](Watched& w) { count(w.connection(), of_states(kNeedsPerson), 10'001); }},
        {"the needs-person list of a workflow",
         [](Watched& w) { runs(w.connection(), of_states(kNeedsPerson, "w")); }},
        {"the newest runs", [](Watched& w) { runs(w.connection(), of_states({})); }},
        {"the newest runs of a workflow",
         [](Watched& w) { runs(w.connection(), of_states({}, "w")); }},
        {"the newest that are over", [](Watched& w) { runs(w.connection(), of_states(kOver)); }},
        {"runs of one name", [](Watched& w) { runs(w.connection(), exactly("k1")); }},
        {"runs of one name in one workflow and state",
         [](Watched& w) { runs(w.connection(), narrowed(exactly("k1"))); }},
        {"what waits, in one workflow and state",
         [](Watched& w) { runs(w.connection(), narrowed(waiting_for("plugin: erp"))); }},
        {"the count of one name", [](Watched& w) { count(w.connection(), exactly("k1"), 10'001); }},
        {"the newest runs of a field that all have",
         [](Watched& w) { runs(w.connection(), by_field("product", "mug")); }},
        {"runs of a field that one has",
         [](Watched& w) { runs(w.connection(), by_field("number", "3")); }},
        {"the count of a field that one has",
         [](Watched& w) { count(w.connection(), by_field("number", "3"), 10'001); }},
        {"runs of a field in one workflow and state",
         [](Watched& w) { runs(w.connection(), narrowed(by_field("number", "3"))); }},
        {"runs of two fields",
         [](Watched& w) {
             auto both = by_field("number", "3");
             both.fields.push_back({"product", "mug"});
             runs(w.connection(), both);
         }},
        {"the fields of a run", [](Watched& w) { fields(w.connection(), "over1"); }},
        {"runs that wait for a plugin",
         [](Watched& w) { runs(w.connection(), waiting_for("plugin: erp")); }},
        {"the oldest that is done", [](Watched& w) { oldest(w.connection(), RunStatus::kDone); }},
        {"retention of nothing",
         [](Watched& w) { erase(w.connection(), RunStatus::kDone, 50, 10, kNow); }},
        {"retention of some",
         [](Watched& w) { erase(w.connection(), RunStatus::kDone, 51, 10, kNow); }},
    };
    return kVerbs;
}

// Lines of the plan that walk through all runs.
std::string walks(SqliteConnection& c, const std::string& sql) {
    SQLite::Statement plan(c.database(), "EXPLAIN QUERY PLAN " + sql);
    std::string all;
    while (plan.executeStep()) {
        const auto line = plan.getColumn(3).getString();
        if (!line.starts_with("SCAN run") && !line.starts_with("SCAN r ") && line != "SCAN r" &&
            !line.starts_with("SCAN h")) {
            continue;
        }
        const auto few = [&](auto index) { return line.ends_with(index); };
        if (std::any_of(kFew.begin(), kFew.end(), few)) continue;
        all += line + "\n";
    }
    return all;
}

TEST(Plans, no_statement_of_the_engine_the_metrics_and_the_lists_for_people_scans_runs) {
    for (const auto& verb : verbs()) {
        // The newest of all are read from the end of the table, as many as are shown.
        if (verb.name == std::string("the newest runs")) continue;
        Watched watched(20);
        verb.run(watched);
        for (const auto& sql : watched.seen().first) {
            if (sql.starts_with("BEGIN") || sql.starts_with("COMMIT")) continue;
            EXPECT_EQ(walks(watched.connection(), sql), "") << verb.name << ": " << sql;
        }
    }
}

TEST(Plans, nothing_costs_more_when_more_runs_are_over) {
    const auto cost = [](const Verb& verb, int finished) {
        Watched watched(finished);
        verb.run(watched);
        return watched.seen().second;
    };
    for (const auto& verb : verbs()) {
        const int few = cost(verb, 30);
        const int many = cost(verb, 300);
        EXPECT_GT(few, 0) << verb.name;
        EXPECT_LE(many, few + few / 5 + 20) << verb.name;
    }
}

TEST(Plans, a_run_without_fields_costs_no_statement_more) {
    Watched watched(3);
    watched.write(accept("plain", "plain"));
    for (const auto& sql : watched.seen().first) {
        EXPECT_EQ(sql.find("run_field"), std::string::npos) << sql;
    }
}

TEST(Plans, a_part_of_a_name_is_looked_for_in_the_newest_runs_that_the_rest_finds) {
    Watched watched(0);
    // Each holds the word; the oldest has the state that few have.
    watched.connection().database().exec(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " +
        std::to_string(RunFilter::kTextLooksAt + 5) +
        ") INSERT INTO run (run_id, name, def_hash, pins, status, input, created_at, updated_at,"
        " finished_at) SELECT 'word-' || i, 'w', 'hash', '{}',"
        " iif(i = 1, 'reverted', 'done'), 'null', " +
        std::to_string(kNow) + " + i, 0, 0 FROM n");
    const auto found = [&](RunFilter filter) {
        filter.text = "word-";
        filter.limit = 1;
        const auto newest = runs(watched.connection(), filter);
        return std::pair{count(watched.connection(), filter, 2 * RunFilter::kTextLooksAt),
                         newest.empty() ? "" : newest[0].id};
    };
    const auto last = "word-" + std::to_string(RunFilter::kTextLooksAt + 5);
    EXPECT_EQ(found({}), (std::pair{RunFilter::kTextLooksAt, last}));
    EXPECT_EQ(found(of_states({RunStatus::kDone}, "w")),
              (std::pair{RunFilter::kTextLooksAt, last}));
    EXPECT_EQ(found(of_states({RunStatus::kReverted})),
              (std::pair<std::int64_t, std::string>{1, "word-1"}));
}

TEST(Plans, a_list_reads_no_page_of_a_payload) {
    constexpr int kRuns = 20;
    Watched watched(0);
    for (int i = 0; i < kRuns; ++i) {
        auto large = accept("large" + std::to_string(i));
        large.run.status = RunStatus::kPaused;
        large.run.input = std::string(std::size_t{1} << 20, 'x');
        large.run.error = large.run.input;
        watched.write(large);
    }
    const auto pages_of = [&](const std::function<void()>& read) {
        auto* const handle = watched.connection().database().getHandle();
        int hits = 0;
        int ignored = 0;
        sqlite3_db_status(handle, SQLITE_DBSTATUS_CACHE_HIT, &hits, &ignored, /*resetFlg=*/1);
        read();
        sqlite3_db_status(handle, SQLITE_DBSTATUS_CACHE_HIT, &hits, &ignored, /*resetFlg=*/1);
        return hits;
    };
    const auto list = pages_of([&] { runs(watched.connection(), of_states(kNeedsPerson)); });
    EXPECT_LT(list, 10 * kRuns);
    EXPECT_GT(pages_of([&] { run_of(watched.connection(), "large1"); }), 2 * 256)
        << "which is what one payload costs";
}

}  // namespace
}  // namespace gantry::host
