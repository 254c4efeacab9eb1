// One batch in a hundred fails, and an error does not say whether it was written: every accepted
// run still ends by itself, and what its steps did is right.
#include "flow/engine.hpp"
#include "store/writer.hpp"
#include "support/asking.hpp"
#include "support/machinery.hpp"
#include "support/sanitizers.hpp"
#include "support/scripted_attempt.hpp"
#include "support/seed.hpp"
#include "support/store_rows.hpp"

#include <gtest/gtest.h>

#include <array>
#include <semaphore>

namespace gantry::host::store_errors_test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int kRuns = test::kSanitized ? 2'000 : 20'000;
constexpr int kFaulty = test::kSanitized ? 5 : 1;  // of 100 batches
constexpr std::ptrdiff_t kAtOnce = 64;

/// Fails at random, in each way in turn. Only kRefused says that nothing was written.
class FaultySink : public BatchSink {
public:
    enum Fault { kRefused, kLost, kHalfWritten, kWritten, kFaults };
    using Counts = std::array<int, kFaults>;

    FaultySink(BatchSink& inner, unsigned seed, Counts& faults)
        : inner_(inner), random_(seed), faults_(faults) {}

    std::vector<Outcome> commit(std::vector<WriteItem>& batch) override {
        if (test::draw(random_, 1, 100) > kFaulty) return inner_.commit(batch);
        const auto fault = static_cast<Fault>(turn_++ % kFaults);
        ++faults_.at(fault);
        if (fault == kWritten) inner_.commit(batch);
        if (fault == kHalfWritten) {
            const auto half = static_cast<std::ptrdiff_t>((batch.size() + 1) / 2);
            std::vector<WriteItem> first(batch.begin(), batch.begin() + half);
            inner_.commit(first);
        }
        const auto flags = fault == kRefused ? GANTRY_EF_NOT_APPLIED : 0;
        return std::vector<Outcome>(batch.size(), Error(GANTRY_E_UNAVAILABLE, "as told", flags));
    }

private:
    BatchSink& inner_;
    std::mt19937 random_;
    int turn_ = 0;
    Counts& faults_;
};

/// What the world sees of the steps a, b and c: each key takes effect once, at its first call.
class Ledger : public Steps {
public:
    explicit Ledger(Pool& plugins) : plugins_(plugins) {}

    struct Effects {
        std::vector<std::string> done;    // in the order done
        std::vector<std::string> undone;  // in the order undone
    };

    StepTraits find(const StepReference& what) const override { return test::traits_of(what.step); }

    std::shared_ptr<StepAttempt> attempt(StepCall call, AttemptEvents events) override {
        return std::make_shared<test::ScriptedAttempt>(
            std::move(call), std::move(events),
            [this](const StepCall& now, const RecordUndo& keep, auto end) {
                if (now.name != "b" || now.side == Side::kCompensate) return end(answer(now));
                keep(R"("before")", [this, now, end](std::optional<Error> error) {
                    end(error ? StepEnd{{}, {}, error} : answer(now));
                });
            },
            plugins_);
    }

    // c refuses the runs whose number is even.
    static bool refuses(const std::string& input) { return std::stoi(input) % 2 == 0; }

    std::map<std::string, Effects> effects;  // by run
    std::map<std::string, std::string> input_of_key;
    int wrong_keys = 0;

private:
    StepEnd answer(const StepCall& call) {
        const bool undo = call.side == Side::kCompensate;
        const std::lock_guard lock(mutex_);
        const auto [known, is_new] = input_of_key.emplace(call.key, call.input);
        const auto expected = call.run_id + "/" + call.name + (undo ? "/compensate" : "");
        if (known->second != call.input || call.key != expected) ++wrong_keys;
        if (call.name == "c" && refuses(call.input)) {
            return {{}, {}, Error(GANTRY_E_REJECTED, "no", GANTRY_EF_NOT_APPLIED)};
        }
        if (is_new) {
            auto& of_run = effects[call.run_id];
            (undo ? of_run.undone : of_run.done).push_back(call.name);
        }
        // One answer in eight is lost.
        if (call.attempt == 1 && std::hash<std::string>()(call.key) % 8 == 0) {
            return {{}, {}, Error(GANTRY_E_UNAVAILABLE, "lost", GANTRY_EF_MAYBE_APPLIED)};
        }
        return {call.input, {}, {}};
    }

    Pool& plugins_;
    std::mutex mutex_;
};

struct Client {
    std::string run_id;  // as acknowledged
    bool gave_up = false;
};

class Rig {
public:
    explicit Rig(unsigned seed)
        : store(Store::open("memory:", "test", nullptr,
                            [this, seed](BatchSink& inner) {
                                return std::make_unique<FaultySink>(inner, seed, faults);
                            })),
          engine(machinery.parts(*store, ledger), settings()) {
        std::vector<DefinitionProblem> problems;
        Plan plan{*parse_definition(json::parse(R"({"name":"w","steps":[
                      {"step":"a","with":"${ .input }"}, {"step":"b","with":"${ .input }"},
                      {"step":"c","with":"${ .input }"}],"result":"${ .steps.c }"})"),
                                    problems),
                  {}};
        for (const auto& step : plan.definition.steps) {
            plan.steps.push_back(ledger.find(step.what));
        }
        engine.add(std::move(plan), nullptr);
    }
    ~Rig() {
        EXPECT_TRUE(engine.stop(seconds(20)));
        machinery.stop();
    }

    /// Clients that start one run each; every other one asks again with its key after an error.
    void work() {
        for (int i = 0; i < kRuns; ++i) {
            free_.acquire();
            start(i);
        }
        for (auto i = kAtOnce; i > 0; --i) free_.acquire();
    }

    /// Until no run is under way. Those that nobody drives any more are left open.
    void settle() {
        for (const auto& run : all_runs()) {
            ASSERT_NO_THROW(ask.wait(*store, run.id, seconds(30)));
        }
    }

    std::vector<RunRow> all_runs() {
        auto runs = test::all_runs(*store);
        for (auto& run : runs) run = *store->run(run.id);  // with its payloads
        return runs;
    }

    std::vector<Client> clients = std::vector<Client>(kRuns);
    FaultySink::Counts faults{};
    std::unique_ptr<Store> store;
    test::Machinery machinery;
    Ledger ledger{machinery.plugins};
    Engine engine;
    test::Asking ask{engine};

private:
    static EngineSettings settings() {
        EngineSettings fast;
        fast.retries.invoke.first = milliseconds(1);
        fast.retries.compensate.first = milliseconds(1);
        fast.store_retry = milliseconds(1);
        return fast;
    }

    void start(int i) {
        const auto number = std::to_string(i);
        // Once, whoever tells it.
        const auto over = [this, told = std::make_shared<std::atomic<bool>>(false)] {
            if (!told->exchange(true)) free_.release();
        };
        engine.start({"w", number, "key-" + number, [over](const Stand&) { over(); }},
                     [this, i, over](const Accepted& accepted) {
                         auto& client = clients[static_cast<std::size_t>(i)];
                         if (accepted.error && i % 4 < 2) {
                             return machinery.plugins.submit([this, i] { start(i); });
                         }
                         client.gave_up = accepted.error.has_value();
                         if (client.gave_up) return over();
                         client.run_id = accepted.run_id;
                         if (!accepted.known) return;
                         machinery.plugins.submit([this, id = accepted.run_id, over] {
                             ask.wait(*store, id);
                             over();
                         });
                     });
    }

    std::counting_semaphore<> free_{kAtOnce};
};

TEST(StoreErrors, lose_no_acknowledged_run_leave_none_open_and_repeat_no_effect) {
    Rig rig(test::seed());
    rig.work();
    rig.settle();

    std::map<std::string, std::string> id_of_input;
    for (const auto& run : rig.all_runs()) {
        SCOPED_TRACE(run.id + " of input " + run.input);
        EXPECT_TRUE(id_of_input.emplace(run.input, run.id).second) << "two runs of one key";
        const bool refused = Ledger::refuses(run.input);
        ASSERT_EQ(run.status, refused ? RunStatus::kReverted : RunStatus::kDone);
        const auto& effects = rig.ledger.effects[run.id];
        using Names = std::vector<std::string>;
        EXPECT_EQ(effects.done, refused ? (Names{"a", "b"}) : (Names{"a", "b", "c"}));
        EXPECT_EQ(effects.undone, refused ? (Names{"b", "a"}) : Names{});
        const auto steps = rig.store->steps(run.id);
        EXPECT_EQ(steps.size(), refused ? 5U : 3U);
        for (const auto& step : steps) {
            const bool is_c = step.path == "c" && refused;
            EXPECT_EQ(step.status, is_c ? StepStatus::kFailed : StepStatus::kDone);
        }
    }
    EXPECT_EQ(rig.ledger.effects.size(), id_of_input.size()) << "effects of a run that is nowhere";
    EXPECT_EQ(rig.ledger.wrong_keys, 0);
    int gave_up = 0;
    for (std::size_t i = 0; i < rig.clients.size(); ++i) {
        gave_up += rig.clients[i].gave_up ? 1 : 0;
        if (rig.clients[i].gave_up) continue;
        const auto found = id_of_input.find(std::to_string(i));
        ASSERT_NE(found, id_of_input.end()) << i << " was acknowledged and is lost";
        EXPECT_EQ(found->second, rig.clients[i].run_id);
    }
    std::cout << kRuns << " starts, " << id_of_input.size() << " runs, " << gave_up
              << " clients gave up; batches failed: ";
    for (const int count : rig.faults) {
        EXPECT_GT(count, 0);
        std::cout << count << ' ';
    }
    std::cout << "(refused, lost, half written, written)\n";
}

}  // namespace
}  // namespace gantry::host::store_errors_test
