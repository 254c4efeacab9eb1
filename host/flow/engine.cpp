// Runs under way are objects in a map; everything about them that matters is in their rows.
#include "flow/engine.hpp"

#include "base/clock.hpp"
#include "base/error_json.hpp"
#include "base/hash.hpp"
#include "base/id.hpp"
#include "base/nearest.hpp"
#include "flow/runner.hpp"

#include <algorithm>

namespace gantry::host {
namespace {

constexpr std::size_t kMaxInput = 1 << 20;
constexpr std::size_t kMaxKey = 128;
constexpr std::size_t kMaxTurn = 200;

void check_key(const std::optional<std::string>& key) {
    if (!key) return;
    const bool printable =
        std::all_of(key->begin(), key->end(), [](unsigned char c) { return c > 0x20 && c < 0x7f; });
    if (key->empty() || key->size() > kMaxKey || !printable) {
        throw Error(GANTRY_E_INVALID_DATA,
                    "an idempotency key has 1 to 128 printable ASCII characters without blanks; "
                    "found " +
                        std::to_string(key->size()) + " bytes",
                    GANTRY_EF_NOT_APPLIED);
    }
}

// {"module": {"plugin", "version", "identity"}}
json pins_of(const Plan& plan) {
    json pins = json::object();
    for (const auto& step : plan.steps) {
        for (const auto& pin : step.pins()) {
            pins[pin.module] = {
                {"plugin", pin.plugin}, {"version", pin.version}, {"identity", pin.identity}};
        }
    }
    return pins;
}

}  // namespace

Accepted accepted_before(const RunRow& known, const std::string& input) {
    Accepted answer{std::nullopt, known.id, true};
    if (parse(known.input) != parse(input)) {
        answer.error =
            Error(kKeyReused,
                  "the idempotency key was used before with another input, by run " + known.id,
                  GANTRY_EF_NOT_APPLIED);
    }
    return answer;
}

Engine::Engine(EngineParts parts, EngineSettings settings)
    : parts_(parts), settings_(settings), host_id_(make_id()) {}

Engine::~Engine() = default;

void Engine::add(Plan plan, const json& input_schema) {
    const auto& definition = plan.definition;
    parts_.store.put_definition({definition.hash, definition.name, definition.text});
    Workflow workflow;
    if (!input_schema.is_null()) workflow.schema.emplace(input_schema);
    const std::string name = definition.name;
    workflow.plan = std::make_shared<const Plan>(std::move(plan));
    workflows_.emplace(name, std::move(workflow));
}

std::vector<Engine::WorkflowInfo> Engine::workflows() const {
    std::vector<WorkflowInfo> all;
    for (const auto& [name, workflow] : workflows_) {
        all.push_back({name, workflow.plan->definition.hash, workflow.plan.get()});
    }
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    return all;
}

const Engine::Workflow& Engine::workflow(const std::string& name) const {
    const auto it = workflows_.find(name);
    if (it != workflows_.end()) return it->second;
    std::vector<std::string> known;
    for (const auto& info : workflows()) known.push_back(info.name);
    throw Error(GANTRY_E_NOT_FOUND,
                "Workflow with id \"" + name + "\" not found." + did_you_mean(name, known),
                GANTRY_EF_NOT_APPLIED);
}

// Checked, and complete but for its first rows.
RunRow Engine::new_run(const Workflow& workflow, StartRequest request) const {
    check_key(request.idem_key);
    check_json(request.input, kMaxInput);
    if (workflow.schema) {
        if (const auto violations = workflow.schema->check(request.input); !violations.empty()) {
            throw Error(GANTRY_E_INVALID_DATA, "Invalid request: " + joined(violations),
                        GANTRY_EF_NOT_APPLIED);
        }
    }
    const auto& definition = workflow.plan->definition;
    RunRow run;
    run.id = make_id();
    run.workflow = std::move(request.workflow);
    run.def_hash = definition.hash;
    run.pins = pins_of(*workflow.plan).dump();
    run.idem_key = std::move(request.idem_key);
    run.input = std::move(request.input);
    run.owner = host_id_;
    run.created_at = run.updated_at = wall_ms();
    const bool ends = definition.deadline && settings_.run_deadlines;
    if (ends) run.deadline_at = run.created_at + definition.deadline->count();
    if (definition.exclusive) {
        const auto value = definition.exclusive->evaluate(
            [&](const Reference&) -> std::string_view { return run.input; });
        run.turn = canonical(json::parse(value));
        if (run.turn->size() > kMaxTurn) run.turn = sha256(*run.turn);
    }
    return run;
}

void Engine::check_room() const {
    if (calm_at_) {
        throw Error(GANTRY_E_UNAVAILABLE,
                    "the host was started " + std::to_string(settings_.storm_starts) +
                        " times in short order and takes no runs until it has been up for a while",
                    GANTRY_EF_NOT_APPLIED, nullptr, std::chrono::seconds(5));
    }
    if (runs_.size() < settings_.max_runs) return;
    throw Error(GANTRY_E_RATE_LIMITED,
                std::to_string(settings_.max_runs) +
                    " runs are under way, as many as this host takes; try again",
                GANTRY_EF_NOT_APPLIED, nullptr, std::chrono::seconds(1));
}

void Engine::start(StartRequest request, std::function<void(Accepted)> accepted) {
    std::shared_ptr<Runner> runner;
    try {
        if (stopping_) {
            throw Error(GANTRY_E_UNAVAILABLE, "the host is stopping", GANTRY_EF_NOT_APPLIED);
        }
        const auto& found = workflow(request.workflow);
        auto run = new_run(found, std::move(request));
        {
            const std::lock_guard lock(mutex_);
            check_room();
        }
        if (run.turn) know_turns();
        if (run.turn && !turns_.take(run)) {
            return wait_for_turn(std::move(run), std::move(accepted));
        }
        const std::string id = run.id;
        runner = std::make_shared<Runner>(*this, found.plan, std::move(run), std::vector<StepRow>{},
                                          std::vector<SignalRow>{}, false);
        const std::lock_guard lock(mutex_);
        runs_.emplace(id, runner);
    } catch (const Error& e) {
        return accepted({e, {}, false});
    }
    runner->begin(std::move(accepted));
}

// Accepted, but not begun: nobody owns it until the run before it is over.
void Engine::wait_for_turn(RunRow run, std::function<void(Accepted)> accepted) {
    run.status = RunStatus::kWaiting;
    run.owner.reset();
    run.waits_for = "turn: " + *run.turn;
    run.wake_at = run.deadline_at;
    Mutation mutation;
    mutation.accept = true;
    mutation.run = run;
    enter();
    parts_.store.post(
        std::move(mutation),
        [this, run = std::move(run), accepted = std::move(accepted)](Outcome outcome) mutable {
            parts_.pool.submit([this, run = std::move(run), accepted = std::move(accepted),
                                outcome = std::move(outcome)] {
                Accepted answer{std::nullopt, run.id, false};
                if (const auto* known = std::get_if<Known>(&outcome)) {
                    answer = accepted_before(known->run, run.input);
                } else if (const auto* error = std::get_if<Error>(&outcome)) {
                    answer.error = *error;
                    if ((error->flags() & GANTRY_EF_NOT_APPLIED) == 0) look_for(run.id);
                } else {
                    parts_.metrics.run_started(run.workflow);
                    if (run.wake_at) claim_at(*run.wake_at);
                    if (turns_.enter(run)) claim_one(run.id);
                }
                accepted(std::move(answer));
                leave();
            });
        });
}

std::uint64_t Engine::watch(const std::string& run_id, std::function<void()> stopped) {
    std::uint64_t id = 0;
    {
        const std::lock_guard lock(mutex_);
        id = ++last_watch_;
        watches_.emplace(id, std::pair{run_id, std::move(stopped)});
        watches_of_[run_id].push_back(id);
        if (runs_.contains(run_id)) return id;
    }
    // Registered first, so that an end in between is not missed.
    const auto row = parts_.store.run(run_id);
    if (!row || is_over(row->status) || row->status == RunStatus::kPaused) tell_watches(run_id);
    return id;
}

void Engine::unwatch(std::uint64_t watch) {
    std::function<void()> dropped;
    const std::lock_guard lock(mutex_);
    const auto it = watches_.find(watch);
    if (it == watches_.end()) return;
    auto& of_run = watches_of_[it->second.first];
    std::erase(of_run, watch);
    if (of_run.empty()) watches_of_.erase(it->second.first);
    dropped = std::move(it->second.second);
    watches_.erase(it);
}

void Engine::tell_watches(const std::string& run_id) {
    std::vector<std::function<void()>> stopped;
    {
        const std::lock_guard lock(mutex_);
        const auto it = watches_of_.find(run_id);
        if (it == watches_of_.end()) return;
        for (const auto id : it->second) {
            auto node = watches_.extract(id);
            stopped.push_back(std::move(node.mapped().second));
        }
        watches_of_.erase(it);
    }
    for (const auto& call : stopped) call();
}

void Engine::stood(const Runner& runner, bool over) {
    const auto& row = runner.row();
    const std::string id = runner.id();
    std::shared_ptr<Runner> dropped;
    bool starved = false;
    {
        const std::lock_guard lock(mutex_);
        starved = claims_ && runs_.size() >= settings_.max_runs;
        if (const auto it = runs_.find(id); it != runs_.end() && it->second.get() == &runner) {
            dropped = std::move(it->second);
            runs_.erase(it);
        }
    }
    changed_.notify_all();
    if (over && row.turn) next_turn(row);
    if (starved) claim_due();
    const bool parked = !over && !row.owner && row.status != RunStatus::kPaused;
    if (parked) {
        if (row.wake_at) wake_later(id, *row.wake_at);
        return;  // parked: whoever watches waits on
    }
    tell_watches(id);
}

std::shared_ptr<Runner> Engine::find(const std::string& run_id) const {
    const std::lock_guard lock(mutex_);
    const auto it = runs_.find(run_id);
    return it == runs_.end() ? nullptr : it->second;
}

void Engine::enter() {
    const std::lock_guard lock(mutex_);
    ++active_;
}

void Engine::leave() {
    const std::lock_guard lock(mutex_);
    if (--active_ == 0) changed_.notify_all();
}

bool Engine::stop(std::chrono::milliseconds patience) {
    {
        std::unique_lock lock(mutex_);
        stopping_ = true;
        if (!changed_.wait_for(lock, patience, [this] { return active_ == 0; })) return false;
    }
    try {
        // An orderly end: the next host goes on at once and suspects nobody.
        parts_.store.release(host_id_, wall_ms());
        if (claims_) parts_.store.put_note("starts", "[]");
    } catch (const Error& e) {
        parts_.log.warn(e.message());
    }
    return true;
}

}  // namespace gantry::host
