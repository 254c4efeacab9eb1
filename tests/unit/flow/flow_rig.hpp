// An engine with scripted steps on a store in memory, or on one that a test has made.
#pragma once

#include "store/writer.hpp"
#include "support/asking.hpp"
#include "support/machinery.hpp"
#include "support/sanitizers.hpp"
#include "support/scripted_attempt.hpp"

#include <gtest/gtest.h>

namespace gantry::host {

using CallScript = test::ScriptedAttempt::Script;
using Ended = test::ScriptedAttempt::Ended;

/// Steps that do as the script says, compensable; "async" may be answered later, "record" records
/// undo data.
class RigSteps : public Steps {
public:
    RigSteps(CallScript script, Pool& plugins) : script_(std::move(script)), plugins_(plugins) {}

    StepTraits find(const StepReference& what) const override {
        if (gone == what.step) throw Error(GANTRY_E_CONFIG, "no module exports " + what.step);
        auto traits = test::traits_of(what.step);
        traits.async = what.step == "async";
        traits.records_undo = what.step == "record";
        return traits;
    }
    std::shared_ptr<StepAttempt> attempt(StepCall call, AttemptEvents events) override {
        if (call.name == broken) throw std::runtime_error("a defect");
        auto made = std::make_shared<test::ScriptedAttempt>(std::move(call), std::move(events),
                                                            script_, plugins_);
        const std::lock_guard lock(mutex_);
        last_ = made;
        return made;
    }
    std::shared_ptr<test::ScriptedAttempt> last() {
        const std::lock_guard lock(mutex_);
        return last_;
    }

    std::string gone;    // nobody exports that one any more
    std::string broken;  // no attempt at it can be made

private:
    const CallScript script_;
    Pool& plugins_;
    std::mutex mutex_;
    std::shared_ptr<test::ScriptedAttempt> last_;
};

inline StepEnd fine(std::string output = "1") { return {std::move(output), {}, {}}; }
inline StepEnd refusal() { return {{}, {}, Error(GANTRY_E_REJECTED, "no", GANTRY_EF_NOT_APPLIED)}; }

/// The first one in `machinery.plugins` may be more or fewer threads than usual.
struct FlowRig {
    explicit FlowRig(CallScript script, std::shared_ptr<Store> kept = nullptr,
                     EngineSettings settings = fast())
        : store(kept ? std::move(kept) : std::shared_ptr<Store>(Store::open("memory:", "test"))),
          steps(std::move(script), machinery.plugins),
          engine(machinery.parts(*store, steps), std::move(settings)) {}
    ~FlowRig() {
        // While it still drives what it owns.
        until([&] { return lost || engine.unaccounted(std::chrono::milliseconds(1)).empty(); });
        EXPECT_TRUE(engine.stop(kPatience));
        machinery.stop();
    }
    FlowRig(const FlowRig&) = delete;
    FlowRig& operator=(const FlowRig&) = delete;

    static EngineSettings fast() {
        EngineSettings settings;
        settings.retries.invoke.first = std::chrono::milliseconds(1);
        settings.retries.compensate.first = std::chrono::milliseconds(1);
        settings.store_retry = std::chrono::milliseconds(1);
        return settings;
    }

    void add(const json& source) {
        std::vector<DefinitionProblem> problems;
        auto definition = parse_definition(source, problems);
        ASSERT_TRUE(definition) << problems.front().pointer << " " << problems.front().message;
        Plan plan{std::move(*definition), {}};
        for (const auto& step : plan.definition.steps) plan.steps.push_back(steps.find(step.what));
        engine.add(std::move(plan), nullptr);
    }

    std::string start(const std::string& workflow, const std::string& input = "{}") {
        const auto answer = ask.start({workflow, input, {}, {}});
        EXPECT_FALSE(answer.error) << answer.error->message();
        return answer.run_id;
    }
    RunRow wait(const std::string& id) {
        ask.wait(*store, id, kPatience);
        return *store->run(id);
    }
    void until(const std::function<bool()>& is) const {
        const auto deadline = Timers::Clock::now() + kPatience;
        bool was = is();
        for (; !was && Timers::Clock::now() < deadline; was = is()) std::this_thread::yield();
        EXPECT_TRUE(was);
    }
    void until_waiting(const std::string& id, const std::string& what) const {
        until([&] { return store->run(id)->waits_for.value_or("").starts_with(what); });
    }
    static constexpr std::chrono::seconds kPatience{test::kSanitized ? 60 : 20};
    bool lost = false;  // the test has made a run that nobody drives
    test::Machinery machinery;
    std::shared_ptr<Store> store;
    RigSteps steps;
    Engine engine;
    test::Asking ask{engine};
};

/// Answers that a test gives when it likes.
class HeldCalls {
public:
    void hold(const StepCall& call, Ended ended) {
        const std::lock_guard lock(mutex_);
        keys_.push_back(call.key.substr(call.run_id.size() + 1));
        held_.push_back(std::move(ended));
    }
    std::size_t size() {
        const std::lock_guard lock(mutex_);
        return held_.size();
    }
    std::vector<std::string> keys() {
        const std::lock_guard lock(mutex_);
        return keys_;
    }
    Ended take(std::size_t at) {
        const std::lock_guard lock(mutex_);
        return held_.at(at);
    }
    void answer_all(const StepEnd& end) {
        std::vector<Ended> now;
        {
            const std::lock_guard lock(mutex_);
            now.swap(held_);
        }
        for (const auto& ended : now) ended(end);
    }

private:
    std::mutex mutex_;
    std::vector<std::string> keys_;
    std::vector<Ended> held_;
};

}  // namespace gantry::host
