// The engine with scripted steps on a store in memory: what a caller sees.
#include "flow/engine.hpp"

#include "store/writer.hpp"
#include "support/asking.hpp"
#include "support/machinery.hpp"
#include "support/scripted_attempt.hpp"

#include <gtest/gtest.h>

#include <future>

namespace gantry::host {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Steps that do what the test says; the ended callback may be kept for later.
class ScriptedSteps : public Steps {
public:
    using Script = test::ScriptedAttempt::Script;

    ScriptedSteps(Script script, Pool& plugins) : script_(std::move(script)), plugins_(plugins) {}

    StepTraits find(const StepReference& what) const override {
        const auto& reference = what.step;
        if (reference == "nowhere") throw Error(GANTRY_E_CONFIG, "no step \"nowhere\"");
        auto traits = test::traits_of(reference);
        traits.version = version;
        traits.at_most_once = reference == "once";
        return traits;
    }
    std::shared_ptr<StepAttempt> attempt(StepCall call, AttemptEvents events) override {
        return std::make_shared<test::ScriptedAttempt>(std::move(call), std::move(events), script_,
                                                       plugins_);
    }

    std::string version = "1.0.0";

private:
    Script script_;
    Pool& plugins_;
};

StepEnd ok(std::string output) { return {std::move(output), {}, {}}; }
StepEnd refused() { return {{}, {}, Error(GANTRY_E_REJECTED, "no", GANTRY_EF_NOT_APPLIED)}; }

/// An engine over a store, which may be handed on to the next one as after a restart.
struct Rig {
    explicit Rig(ScriptedSteps::Script script, std::shared_ptr<Store> kept = nullptr,
                 EngineSettings settings = fast())
        : store(kept ? std::move(kept) : std::shared_ptr<Store>(Store::open("memory:", "test"))),
          steps(std::move(script), machinery.plugins),
          engine(machinery.parts(*store, steps), std::move(settings)) {
        add("two", R"({"name":"two","steps":[{"step":"a","with":"${ .input }"},
                       {"step":"b","with":"${ .steps.a }"}],"result":"${ .steps.b }"})");
        add("then-once", R"({"name":"then-once","steps":[{"step":"a"},{"step":"once"}]})");
    }
    ~Rig() {
        EXPECT_TRUE(engine.stop(seconds(10)));
        machinery.stop();
    }

    static EngineSettings fast() {
        EngineSettings settings;
        settings.retries.invoke.first = milliseconds(1);
        settings.retries.compensate.first = milliseconds(1);
        settings.store_retry = milliseconds(1);
        return settings;
    }

    void add(const std::string&, const char* text, const json& schema = nullptr) {
        std::vector<DefinitionProblem> problems;
        Plan plan{*parse_definition(json::parse(text), problems), {}};
        for (const auto& step : plan.definition.steps) plan.steps.push_back(steps.find(step.what));
        engine.add(std::move(plan), schema);
    }

    Accepted start(const std::string& workflow, const std::string& input,
                   std::optional<std::string> key = {}) {
        return ask.start({workflow, input, std::move(key), {}});
    }

    RunRow wait(const std::string& id) {
        ask.wait(*store, id);
        return *store->run(id);
    }

    /// Asks until it is so; what is asked for comes on another thread.
    template <typename Is>
    void until(Is is) {
        const auto deadline = std::chrono::steady_clock::now() + seconds(20);
        while (!is() && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
        EXPECT_TRUE(is());
    }

    std::shared_ptr<Store> store;
    test::Machinery machinery;
    ScriptedSteps steps;
    Engine engine;
    test::Asking ask{engine};
};

TEST(Engine, a_run_of_two_steps_gives_its_result) {
    Rig rig([](const StepCall& call, const RecordUndo&, auto ended) {
        ended(ok(call.name == "a" ? R"({"n":1.10})" : call.input));
    });
    const auto accepted = rig.start("two", R"({"x":1})");
    ASSERT_FALSE(accepted.error) << accepted.error->message();
    const auto run = rig.wait(accepted.run_id);
    EXPECT_EQ(run.status, RunStatus::kDone);
    EXPECT_EQ(run.output, R"({"n":1.10})") << "passed on to the letter";
}

TEST(Engine, a_refusal_undoes_what_was_done_with_the_steps_own_output) {
    std::promise<std::string> undone;
    Rig rig([&](const StepCall& call, const RecordUndo&, auto ended) {
        if (call.side == Side::kCompensate) {
            undone.set_value(call.name + " " + call.undo.value_or("absent") + " " + call.key);
            return ended(ok("null"));
        }
        ended(call.name == "a" ? ok("7") : refused());
    });
    const auto accepted = rig.start("two", "{}");
    EXPECT_EQ(rig.wait(accepted.run_id).status, RunStatus::kReverted);
    EXPECT_EQ(undone.get_future().get(), "a 7 " + accepted.run_id + "/a/compensate");
}

TEST(Engine, the_same_key_is_the_same_run_and_other_input_is_refused) {
    std::atomic<int> calls{0};
    Rig rig([&](const StepCall&, const RecordUndo&, auto ended) {
        ++calls;
        ended(ok("1"));
    });
    const auto first = rig.start("two", R"({"a":1,"b":2})", "key-1");
    rig.wait(first.run_id);
    const auto second = rig.start("two", R"({"b":2, "a":1})", "key-1");
    EXPECT_EQ(second.run_id, first.run_id);
    EXPECT_TRUE(second.known);
    EXPECT_EQ(calls, 2);
    const auto other = rig.start("two", R"({"a":2})", "key-1");
    ASSERT_TRUE(other.error);
    EXPECT_EQ(other.error->code(), GANTRY_ERROR(GANTRY_CLASS_INPUT, 100));
    EXPECT_EQ(rig.store->count({}), 1);
}

TEST(Engine, fifty_starts_at_once_with_one_key_are_one_run) {
    std::atomic<int> calls{0};
    Rig rig([&](const StepCall&, const RecordUndo&, auto ended) {
        ++calls;
        ended(ok("1"));
    });
    std::vector<std::promise<Accepted>> promises(50);
    for (auto& promise : promises) {
        rig.engine.start({"two", "{}", "same", {}},
                         [&promise](Accepted a) { promise.set_value(std::move(a)); });
    }
    std::set<std::string> ids;
    for (auto& promise : promises) ids.insert(promise.get_future().get().run_id);
    EXPECT_EQ(ids.size(), 1U);
    rig.wait(*ids.begin());
    EXPECT_EQ(calls, 2);
    EXPECT_EQ(rig.store->count({}), 1);
}

TEST(Engine, bad_starts_are_refused_and_nothing_is_written) {
    Rig rig([](const StepCall&, const RecordUndo&, auto ended) { ended(ok("1")); });
    rig.add("strict", R"({"name":"strict","steps":[{"step":"a"}]})",
            json::parse(R"({"type":"object","required":["id"],"additionalProperties":false,
                            "properties":{"id":{"type":"string"}}})"));
    EXPECT_EQ(rig.start("tow", "{}").error->code(), GANTRY_E_NOT_FOUND);
    EXPECT_NE(rig.start("tow", "{}").error->message().find("\"two\""), std::string::npos);
    EXPECT_EQ(rig.start("two", "{\"a\":").error->code(), GANTRY_E_INVALID_DATA);
    EXPECT_EQ(rig.start("two", std::string(2 << 20, ' ') + "1").error->code(), GANTRY_E_TOO_LARGE);
    EXPECT_EQ(rig.start("strict", "{}").error->code(), GANTRY_E_INVALID_DATA);
    EXPECT_EQ(rig.start("strict", R"({"id":5})").error->code(), GANTRY_E_INVALID_DATA);
    EXPECT_EQ(rig.start("strict", R"({"id":"a","x":1})").error->code(), GANTRY_E_INVALID_DATA);
    EXPECT_EQ(rig.start("two", "{}", std::string(129, 'k')).error->code(), GANTRY_E_INVALID_DATA);
    EXPECT_EQ(rig.start("two", "{}", "with blank").error->code(), GANTRY_E_INVALID_DATA);
    EXPECT_EQ(rig.store->count({}), 0);
}

TEST(Engine, more_runs_than_it_takes_are_refused_until_one_ends) {
    std::mutex mutex;
    std::vector<std::function<void(StepEnd)>> held;
    EngineSettings settings = Rig::fast();
    settings.max_runs = 2;
    Rig rig(
        [&](const StepCall&, const RecordUndo&, auto ended) {
            const std::lock_guard lock(mutex);
            held.push_back(std::move(ended));
        },
        nullptr, settings);
    const auto one = rig.start("two", "{}");
    const auto two = rig.start("two", "{}");
    EXPECT_EQ(rig.start("two", "{}").error->code(), GANTRY_E_RATE_LIMITED);
    // Each call is answered as it comes, with a refusal, until both runs are over.
    std::atomic<bool> over{false};
    std::thread answering([&] {
        while (!over) {
            std::vector<std::function<void(StepEnd)>> now;
            {
                const std::lock_guard lock(mutex);
                now.swap(held);
            }
            for (auto& ended : now) ended(refused());
            std::this_thread::yield();
        }
    });
    rig.wait(one.run_id);
    rig.wait(two.run_id);
    over = true;
    answering.join();
    bool taken = false;  // once one of them has left the engine
    rig.until([&] { return taken = taken || !rig.start("two", "{}").error; });
    std::function<void(StepEnd)> last;
    while (!last) {
        const std::lock_guard lock(mutex);
        if (!held.empty()) last = std::move(held.front());
    }
    last(refused());
}

/// Says of the first batch that it failed, although it was written.
class LyingSink : public BatchSink {
public:
    explicit LyingSink(BatchSink& inner) : inner_(inner) {}
    std::vector<Outcome> commit(std::vector<WriteItem>& batch) override {
        auto outcomes = inner_.commit(batch);
        if (std::exchange(first_, false)) {
            outcomes.assign(batch.size(), Error(GANTRY_E_UNAVAILABLE, "the answer is lost"));
        }
        return outcomes;
    }

private:
    BatchSink& inner_;
    bool first_ = true;
};

TEST(Engine, a_start_that_was_written_although_it_failed_goes_on) {
    std::shared_ptr<Store> store = Store::open("memory:", "test", nullptr, [](BatchSink& inner) {
        return std::make_unique<LyingSink>(inner);
    });
    Rig rig([](const StepCall&, const RecordUndo&, auto ended) { ended(ok("1")); }, store);
    const auto failed = rig.start("two", "{}", "key");
    ASSERT_TRUE(failed.error);
    const auto again = rig.start("two", "{}", "key");
    ASSERT_FALSE(again.error);
    EXPECT_TRUE(again.known);
    EXPECT_EQ(again.run_id, failed.run_id);
    EXPECT_EQ(rig.wait(again.run_id).status, RunStatus::kDone);
}

TEST(Engine, undo_data_is_durable_before_the_step_goes_on) {
    std::shared_ptr<Store> store = Store::open("memory:", "test");
    std::optional<std::string> seen;
    Rig rig(
        [&](const StepCall& call, const RecordUndo& record, auto ended) {
            if (call.side == Side::kCompensate || call.name == "b") return ended(ok("1"));
            std::promise<void> durable;
            record(R"({"before":1})", [&](const std::optional<Error>&) { durable.set_value(); });
            durable.get_future().wait();
            seen = store->steps(call.run_id).front().undo_input;
            ended(ok("2"));
        },
        store);
    const auto accepted = rig.start("two", "{}");
    rig.wait(accepted.run_id);
    EXPECT_EQ(seen, R"({"before":1})");
}

TEST(Engine, the_next_host_goes_on_where_the_last_one_stopped_with_the_same_keys) {
    std::shared_ptr<Store> store = Store::open("memory:", "test");
    std::mutex mutex;
    std::vector<std::string> keys;
    std::string id;
    {
        std::promise<void> begun;
        auto first = std::make_unique<Rig>(
            [&](const StepCall& call, const RecordUndo&, auto ended) {
                const std::lock_guard lock(mutex);
                keys.push_back(call.key);
                if (call.name == "a") return ended(ok("1"));
                begun.set_value();
                // Its host ends before the delay is over.
                ended(
                    {{}, {}, Error(GANTRY_E_UNAVAILABLE, "away", 0, nullptr, milliseconds(2000))});
            },
            store);
        id = first->start("two", "{}").run_id;
        begun.get_future().wait();
    }
    Rig second(
        [&](const StepCall& call, const RecordUndo&, auto ended) {
            const std::lock_guard lock(mutex);
            keys.push_back(call.key + " attempt " + std::to_string(call.attempt));
            ended(ok("2"));
        },
        store);
    second.engine.recover();
    const auto run = second.wait(id);
    EXPECT_EQ(run.status, RunStatus::kDone);
    EXPECT_EQ(run.fence, 2) << "given back, and claimed";
    EXPECT_EQ(keys, (std::vector<std::string>{id + "/a", id + "/b", id + "/b attempt 2"}));
}

TEST(Engine, a_host_that_was_superseded_writes_nothing_more) {
    std::shared_ptr<Store> store = Store::open("memory:", "test");
    std::promise<std::function<void(StepEnd)>> held;
    Rig old(
        [&](const StepCall&, const RecordUndo&, auto ended) { held.set_value(std::move(ended)); },
        store);
    const auto id = old.start("two", "{}").run_id;
    auto ended = held.get_future().get();
    store->release();  // as one that takes it for dead
    {
        Rig next([](const StepCall&, const RecordUndo&, auto end) { end(ok("\"next\"")); }, store);
        next.engine.recover();
        EXPECT_EQ(next.wait(id).output, "\"next\"");
    }
    ended(ok("\"old\""));
    old.wait(id);
    const auto run = *store->run(id);
    EXPECT_EQ(run.output, "\"next\"");
    EXPECT_EQ(store->steps(id).front().result, "\"next\"");
}

TEST(Engine, a_run_whose_step_is_gone_waits_and_says_for_what) {
    std::shared_ptr<Store> store = Store::open("memory:", "test");
    std::string id;
    {
        Rig first(
            [](const StepCall&, const RecordUndo&, auto ended) {
                ended({{}, {}, Error(GANTRY_E_UNAVAILABLE, "away", 0, nullptr, milliseconds(500))});
            },
            store);
        first.steps.version = "1.4.0";
        first.add("later", R"({"name":"later","steps":[{"step":"a"}]})");
        id = first.start("later", "{}").run_id;
    }
    const auto done = [](const StepCall&, const RecordUndo&, auto ended) { ended(ok("1")); };
    {
        Rig older(done, store);
        older.steps.version = "1.3.9";
        older.engine.recover();
        older.until([&] { return store->run(id)->waits_for.value_or("").starts_with("plugin:"); });
        EXPECT_NE(store->run(id)->waits_for->find("p 1.4.0"), std::string::npos);
        EXPECT_EQ(store->waiting().at("plugin"), 1);
        EXPECT_FALSE(store->run(id)->owner);
    }
    Rig newer(done, store);
    newer.steps.version = "1.5.0";
    newer.engine.recover();
    EXPECT_EQ(newer.wait(id).status, RunStatus::kDone);
}

TEST(Engine, a_paused_run_goes_on_when_it_is_resumed) {
    std::atomic<bool> configured{false};
    Rig rig([&](const StepCall&, const RecordUndo&, auto ended) {
        if (!configured) return ended({{}, {}, Error(GANTRY_E_AUTH, "wrong password")});
        ended(ok("1"));
    });
    const auto id = rig.start("two", "{}").run_id;
    EXPECT_EQ(rig.wait(id).status, RunStatus::kPaused);
    configured = true;
    rig.ask.resume(id);
    EXPECT_EQ(rig.wait(id).status, RunStatus::kDone);
    EXPECT_THROW(rig.ask.resume(id), Error);
    EXPECT_THROW(rig.ask.resume("nobody"), Error);
}

TEST(Engine, a_stop_waits_for_what_was_claimed_and_has_not_begun) {
    std::shared_ptr<Store> store = Store::open("memory:", "test");
    std::string id;
    {
        Rig first(
            [](const StepCall&, const RecordUndo&, auto ended) {
                ended({{}, {}, Error(GANTRY_E_UNAVAILABLE, "away", 0, nullptr, milliseconds(50))});
            },
            store);
        id = first.start("two", "{}").run_id;
    }
    ASSERT_FALSE(store->run(id)->owner);
    Rig second([](const StepCall&, const RecordUndo&, auto ended) { ended(ok("2")); }, store);
    std::promise<void> go_on;
    const auto may_go_on = go_on.get_future().share();
    for (int i = 0; i < 4; ++i) second.machinery.load.submit([may_go_on] { may_go_on.wait(); });
    second.engine.recover();
    second.until([&] { return store->run(id)->owner.has_value(); });
    store->put_note("test", "");  // after the claim was handed over
    EXPECT_FALSE(second.engine.stop(milliseconds(1))) << "its first event waits for a thread";
    go_on.set_value();
}

TEST(Engine, a_stop_before_a_step_that_runs_at_most_once_leaves_it_to_the_next_host) {
    std::shared_ptr<Store> store = Store::open("memory:", "test");
    std::string id;
    {
        std::promise<std::function<void(StepEnd)>> asked;
        Rig first([&](const StepCall&, const RecordUndo&, auto ended) { asked.set_value(ended); },
                  store);
        id = first.start("then-once", "{}").run_id;
        const auto a_ends = asked.get_future().get();
        auto stopped = std::async([&] { return first.engine.stop(seconds(10)); });
        first.until([&] {
            try {
                first.ask.resume("nobody");
            } catch (const Error& e) {
                return e.code() == GANTRY_E_UNAVAILABLE;  // it is stopping
            }
            return false;
        });
        a_ends(ok("1"));
        EXPECT_TRUE(stopped.get());
    }
    std::atomic<int> calls{0};
    Rig second(
        [&](const StepCall& call, const RecordUndo&, auto ended) {
            EXPECT_EQ(call.name, "once");
            ++calls;
            ended(ok("2"));
        },
        store);
    second.engine.recover();
    EXPECT_EQ(second.wait(id).status, RunStatus::kDone);
    EXPECT_EQ(calls, 1);
}

TEST(Engine, a_stopping_engine_takes_no_new_runs) {
    Rig rig([](const StepCall&, const RecordUndo&, auto ended) { ended(ok("1")); });
    EXPECT_TRUE(rig.engine.stop(seconds(1)));
    EXPECT_EQ(rig.start("two", "{}").error->code(), GANTRY_E_UNAVAILABLE);
    EXPECT_EQ(rig.store->count({}), 0);
}

}  // namespace
}  // namespace gantry::host
