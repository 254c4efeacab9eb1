// A world for one run of a saga: its rows as a store would keep them, and steps that answer by
// script. Time is a number; a restart is a new saga from the rows.
#pragma once

#include "flow/saga.hpp"

#include <gtest/gtest.h>

#include <random>

namespace gantry::host {

enum class Do {
    kOk,
    kOkWithUndo,
    kRetryThenOk,
    kRefused,           // PERMANENT, NOT_APPLIED, after it recorded undo data
    kHalfDone,          // PERMANENT, after it recorded undo data and wrote
    kFailedUnrecorded,  // PERMANENT, nothing recorded
    kLate,              // DEADLINE: unknown
    kBugTwice,          // an exception without a class, twice: unknown
    kSkips,             // finds nothing to do
};
constexpr int kDos = 8;  // without kSkips
enum class Undo { kOk, kRetryThenOk, kRefused };
constexpr int kUndos = 3;

struct Script {
    Do invoke = Do::kOk;
    Undo compensate = Undo::kOk;
};

inline StepEnd failing(gantry_status code, std::uint32_t flags) {
    return {{}, {}, Error(code, "e", flags)};
}

/// A plan whose steps are all there and can all be undone. The name of a step is its id.
inline Plan plan_of(const json& source) {
    std::vector<DefinitionProblem> problems;
    std::vector<StepTraits> traits;
    auto definition = parse_definition(source, problems, {}, [&](const StepDefinition& step) {
        StepTraits one;
        one.module = "m";
        one.name = step.what.step;
        one.plugin = "p";
        one.version = "1.0.0";
        one.compensable = true;
        traits.push_back(one);
    });
    if (!definition) {
        throw std::runtime_error(problems.front().pointer + " " + problems.front().message +
                                 source.dump());
    }
    return {std::move(*definition), std::move(traits)};
}

struct World {
    RunRow run;
    std::map<std::string, StepRow> rows;  // by path and side
    std::vector<std::string> calls;       // "a", "a/compensate": as they were asked for
    std::vector<std::string> ended;       // as they ended for good
    std::map<std::string, int> answers;   // how often each was answered
    std::map<std::string, std::string> undo_given;
    std::vector<std::string> events;
    int commits = 0;
    int at_once = 0;  // calls under way at the same time, at the most
    bool cancelled = false;
    std::int64_t last_seq = -1;  // of its events

    void write(const Mutation& m) {
        EXPECT_GT(m.run.revision, run.revision);
        auto kept = std::move(run);  // an update does not carry all
        run = m.run;
        if (!m.accept) {
            run.input = kept.input;
            run.created_at = kept.created_at;
            run.deadline_at = kept.deadline_at;
            EXPECT_EQ(run.workflow, kept.workflow);
            EXPECT_EQ(run.fence, kept.fence);
        }
        for (const auto& step : m.steps)
            rows[step.path + (step.side == Side::kInvoke ? "" : "/c")] = step;
        for (const auto& event : m.events) {
            EXPECT_GT(event.seq, last_seq);
            EXPECT_EQ(event.seq >> 20, run.fence);
            last_seq = event.seq;
            events.push_back(event.kind);
        }
        ++commits;
    }
    std::vector<StepRow> steps() const {
        std::vector<StepRow> all;
        for (const auto& [key, row] : rows) all.push_back(row);
        return all;
    }
    bool is_over() const { return host::is_over(run.status); }
};

/// Drives a run to its end, asking `script(path)` what each step does. The next event is drawn from
/// those that are possible; after a commit for which `restarts(commit)` says so the saga is thrown
/// away and built again from the rows, as after a crash.
class Simulation {
public:
    using ScriptOf = std::function<Script(const std::string& path)>;
    using Restarts = std::function<bool(int commit)>;

    Simulation(const Plan& plan, ScriptOf script, Restarts restarts, unsigned seed)
        : plan_(plan), script_(std::move(script)), restarts_(std::move(restarts)), random_(seed) {}

    /// Before one event in so many somebody pauses or cancels the run, sets the clock, has a call
    /// withdrawn or sends a signal that nobody waits for. 0: nobody does.
    Simulation& meddle(unsigned one_in) {
        meddle_one_in_ = one_in;
        return *this;
    }

    World run(const std::string& input) {
        world_.run.id = "r";
        world_.run.workflow = "w";
        world_.run.input = input;
        saga_ = std::make_unique<Saga>(plan_, policies_, world_.run, std::vector<StepRow>{});
        take(saga_->begin(now_));
        while (!world_.is_over()) {
            if (world_.commits > 5000 || ++turns_ > 20'000) {
                ADD_FAILURE() << "does not end: " << plan_.definition.text;
                break;
            }
            next_event();
        }
        return std::move(world_);
    }

private:
    struct Open {
        CallCommand call;
        bool withdrawn = false;  // before it began
    };

    void take(Change change) {
        world_.write(saga_->mutation(change));
        for (auto& call : change.calls) {
            world_.calls.push_back(name(call.at));
            open_.push_back({std::move(call)});
        }
        for (const auto task : change.withdraw) {
            for (auto& open : open_) {
                if (open.call.at.task == task) open.withdrawn = random_() % 2 == 0;
            }
        }
        world_.at_once = std::max(world_.at_once, static_cast<int>(open_.size()));
        if (world_.is_over()) return;
        if (change.stands || restarts_(world_.commits)) {
            if (change.stands && world_.run.wake_at) now_ = std::max(now_, *world_.run.wake_at);
            reload();
        }
    }

    void reload() {
        open_.clear();
        ++world_.run.fence;
        saga_ = std::make_unique<Saga>(plan_, policies_, world_.run, world_.steps());
        take(saga_->begin(++now_));
    }

    void meddle() {
        switch (random_() % 5) {
            case 0: {
                auto paused = saga_->pause(kPausedByPerson, now_);
                ASSERT_TRUE(paused);
                EXPECT_TRUE(paused->calls.empty());
                return take(std::move(*paused));
            }
            case 1:
                if (random_() % 4 == 0) {
                    auto change = saga_->cancel(Error(GANTRY_E_CANCELLED, "stop"), now_);
                    world_.cancelled = world_.cancelled || change.has_value();
                    if (change) take(std::move(*change));
                }
                return;
            case 2: {
                const auto by = static_cast<std::int64_t>(random_() % 20'000) - 10'000;
                now_ += by;
                auto change = saga_->clock_stepped(by, now_);
                if (!change.is_nothing()) take(std::move(change));
                return;
            }
            case 3:
                if (!open_.empty()) open_.back().withdrawn = true;
                return;
            default: {
                const auto id = std::to_string(random_());
                auto change = saga_->signalled({id, "nobody", "1", 0}, now_);
                if (change && !change->is_nothing()) take(std::move(*change));
            }
        }
    }

    void next_event() {
        if (meddle_one_in_ > 0 && random_() % meddle_one_in_ == 0) {
            meddle();
            if (world_.is_over()) return;
        }
        const auto wake = saga_->next_wake();
        if (open_.empty()) {
            if (!wake) {
                ADD_FAILURE() << "neither over nor waiting: " << plan_.definition.text;
                world_.run.status = RunStatus::kFailed;
                return;
            }
            now_ = std::max(now_, *wake);
            return take(saga_->wake(now_));
        }
        const auto at = random_() % open_.size();
        const auto open = std::move(open_[at]);
        open_.erase(open_.begin() + static_cast<std::ptrdiff_t>(at));
        if (!open.withdrawn) return answer(open.call);
        StepEnd end;
        end.withdrawn = true;
        take(saga_->ended(open.call.at, std::move(end), ++now_, 0.5));
    }

    void answer(const CallCommand& call) {
        const auto script = script_(saga_->path(call.at.task));
        const auto key = name(call.at);
        const int before = world_.answers[key]++;
        const bool invoke = call.at.side == Side::kInvoke;
        const auto end =
            invoke ? invoke_end(script.invoke, before) : compensate_end(script.compensate, before);
        const bool records =
            invoke && (script.invoke == Do::kRefused || script.invoke == Do::kHalfDone);
        if (records && !call.undo) {
            auto recorded = saga_->undo_recorded(call.at.task, R"({"was":1})", ++now_);
            ASSERT_TRUE(recorded);
            world_.write(saga_->mutation(*recorded));
            if (restarts_(world_.commits)) return reload();
        }
        if (!invoke) world_.undo_given[key] = call.undo.value_or("absent");
        if (!end.error || end.error->error_class() != GANTRY_CLASS_RETRYABLE) {
            world_.ended.push_back(key);
        }
        take(saga_->ended(call.at, end, ++now_, 0.5));
    }

    static StepEnd invoke_end(Do script, int before) {
        switch (script) {
            case Do::kOk:
                return {R"("out")", {}, {}};
            case Do::kOkWithUndo:
                return {R"("out")", "null", {}};
            case Do::kRetryThenOk:
                if (before == 0) return failing(GANTRY_E_CONFLICT, GANTRY_EF_NOT_APPLIED);
                return {R"("out")", {}, {}};
            case Do::kRefused:
                return failing(GANTRY_E_REJECTED, GANTRY_EF_NOT_APPLIED);
            case Do::kHalfDone:
            case Do::kFailedUnrecorded:
                return failing(GANTRY_E_REJECTED, 0);
            case Do::kLate:
                return failing(GANTRY_E_DEADLINE, GANTRY_EF_MAYBE_APPLIED);
            case Do::kBugTwice:
                return failing(GANTRY_E_INTERNAL, GANTRY_EF_MAYBE_APPLIED);
            case Do::kSkips: {
                StepEnd end{R"("out")", {}, {}};
                end.skipped = true;
                return end;
            }
        }
        return {};
    }
    static StepEnd compensate_end(Undo script, int before) {
        if (script == Undo::kRetryThenOk && before == 0) return failing(GANTRY_E_UNAVAILABLE, 0);
        if (script == Undo::kRefused) return failing(GANTRY_E_REJECTED, 0);
        return {"null", {}, {}};
    }

    std::string name(StepSide at) const {
        return saga_->path(at.task) + (at.side == Side::kInvoke ? "" : "/compensate");
    }

    const Plan& plan_;
    const ScriptOf script_;
    const Restarts restarts_;
    std::mt19937 random_;
    const RetryPolicies policies_;
    World world_;
    std::unique_ptr<Saga> saga_;
    std::vector<Open> open_;
    std::int64_t now_ = 1'000'000;
    unsigned meddle_one_in_ = 0;
    int turns_ = 0;
};

/// One run, driven by hand: what its saga wants written is kept as a store would.
class Held {
public:
    explicit Held(Plan plan, std::string input = "{}") : plan_(std::move(plan)) {
        world_.run.id = "r";
        world_.run.workflow = "w";
        world_.run.input = std::move(input);
        load();
    }

    Saga& operator*() { return *saga_; }
    Saga* operator->() { return saga_.get(); }
    const RunRow& run() const { return world_.run; }
    const World& world() const { return world_; }
    RunRow& stored() { return world_.run; }
    Plan& plan() { return plan_; }
    StepRow& row(const std::string& path) { return world_.rows.at(path); }

    /// Writes it.
    Change take(Change change) {
        world_.write(saga_->mutation(change));
        return change;
    }
    Change take(std::optional<Change> change) {
        EXPECT_TRUE(change);
        return change ? take(std::move(*change)) : Change{};
    }
    Change ended(std::size_t task, StepEnd end, std::int64_t now, Side side = Side::kInvoke) {
        return take(saga_->ended({task, side}, std::move(end), now, 0.5));
    }
    Change undone(std::size_t task, std::int64_t now) {
        return ended(task, {"null", {}, {}}, now, Side::kCompensate);
    }
    /// As after a crash, or for one that stands: from the rows, under the next fence.
    void reload(std::string misfit = {}, std::vector<std::string> of_steps = {}) {
        ++world_.run.fence;
        load({std::move(misfit), std::move(of_steps)});
    }

private:
    void load(Misfit misfit = {}) {
        saga_ = std::make_unique<Saga>(plan_, policies_, world_.run, world_.steps(),
                                       std::vector<SignalRow>{}, std::move(misfit));
    }

    Plan plan_;
    const RetryPolicies policies_;
    World world_;
    std::unique_ptr<Saga> saga_;
};

/// Steps one after another, without inputs.
inline json line(std::initializer_list<const char*> steps) {
    json source = {{"name", "w"}, {"steps", json::array()}};
    for (const char* step : steps) source["steps"].push_back({{"step", step}});
    return source;
}

inline const StepEnd kDone{"1", {}, {}};
inline const Error kStop(GANTRY_E_CANCELLED, "stop");
inline StepEnd refused() { return failing(GANTRY_E_REJECTED, GANTRY_EF_NOT_APPLIED); }
inline StepEnd withdrawn() {
    StepEnd end;
    end.withdrawn = true;
    return end;
}

}  // namespace gantry::host
