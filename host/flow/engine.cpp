// Runs under way are objects in a map; everything about them that matters is in their rows.
#include "flow/engine.hpp"

#include "base/clock.hpp"
#include "base/id.hpp"
#include "base/nearest.hpp"
#include "flow/runner.hpp"

#include <algorithm>

namespace gantry::host {
namespace {

constexpr std::size_t kMaxInput = 1 << 20;
constexpr std::size_t kMaxKey = 128;

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

// {"module": {"plugin", "version"}}
json pins_of(const Plan& plan) {
    json pins = json::object();
    for (const auto& step : plan.steps) {
        pins[step.module] = {{"plugin", step.plugin}, {"version", step.version}};
    }
    return pins;
}

struct Version {
    int major = 0;
    int minor = 0;

    explicit Version(const std::string& text) {
        // A manifest's version is checked when it is read.
        std::sscanf(text.c_str(), "%d.%d", &major, &minor);  // NOLINT
    }
};

// Empty when this host can go on with a run that began under `pins`.
std::string misfit(const json& pins, const Plan& plan) {
    for (const auto& step : plan.steps) {
        const auto pin = pins.find(step.module);
        if (pin == pins.end()) continue;
        const auto plugin = pin->value("plugin", "");
        const auto version = pin->value("version", "0.0");
        const Version began(version);
        const Version have(step.version);
        if (plugin != step.plugin || began.major != have.major || began.minor > have.minor) {
            return "it needs module \"" + step.module + "\" with " + plugin + " " + version +
                   " or a later minor version; it has " + step.plugin + " " + step.version;
        }
    }
    return {};
}

}  // namespace

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

void Engine::start(StartRequest request, std::function<void(Accepted)> accepted) {
    std::shared_ptr<Runner> runner;
    try {
        if (stopping_) {
            throw Error(GANTRY_E_UNAVAILABLE, "the host is stopping", GANTRY_EF_NOT_APPLIED);
        }
        const auto& found = workflow(request.workflow);
        check_key(request.idem_key);
        check_json(request.input, kMaxInput);
        if (found.schema) {
            if (const auto violations = found.schema->check(request.input); !violations.empty()) {
                throw Error(GANTRY_E_INVALID_DATA, "Invalid request: " + joined(violations),
                            GANTRY_EF_NOT_APPLIED);
            }
        }
        RunRow run;
        run.id = make_id();
        run.workflow = request.workflow;
        run.def_hash = found.plan->definition.hash;
        run.pins = pins_of(*found.plan).dump();
        run.idem_key = std::move(request.idem_key);
        run.input = std::move(request.input);
        run.owner = host_id_;
        run.created_at = wall_ms();
        const std::string id = run.id;
        runner =
            std::make_shared<Runner>(*this, found.plan, std::move(run), std::vector<StepRow>{});
        const std::lock_guard lock(mutex_);
        if (runs_.size() >= settings_.max_runs) {
            throw Error(GANTRY_E_RATE_LIMITED,
                        std::to_string(settings_.max_runs) +
                            " runs are under way, as many as this "
                            "host takes; try again",
                        GANTRY_EF_NOT_APPLIED, nullptr, std::chrono::seconds(1));
        }
        runs_.emplace(id, runner);
    } catch (const Error& e) {
        return accepted({e, {}, false});
    }
    runner->begin(std::move(accepted));
}

std::uint64_t Engine::watch(const std::string& run_id, std::function<void()> stopped) {
    {
        const std::lock_guard lock(mutex_);
        if (runs_.contains(run_id)) {
            const auto id = ++last_watch_;
            watches_.emplace(id, std::pair{run_id, std::move(stopped)});
            watches_of_[run_id].push_back(id);
            return id;
        }
    }
    stopped();
    return 0;
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

void Engine::over(const std::string& run_id) {
    std::vector<std::function<void()>> stopped;
    std::shared_ptr<Runner> dropped;
    {
        const std::lock_guard lock(mutex_);
        if (const auto it = runs_.find(run_id); it != runs_.end()) {
            dropped = std::move(it->second);
            runs_.erase(it);
        }
        if (const auto it = watches_of_.find(run_id); it != watches_of_.end()) {
            for (const auto id : it->second) {
                auto node = watches_.extract(id);
                stopped.push_back(std::move(node.mapped().second));
            }
            watches_of_.erase(it);
        }
    }
    for (const auto& call : stopped) call();
}

std::shared_ptr<const Plan> Engine::plan_for(const RunRow& run) {
    const auto row = parts_.store.definition(run.def_hash);
    if (!row)
        throw Error(GANTRY_E_CONFIG, "its definition " + run.def_hash + " is not in the store");
    const std::lock_guard lock(plans_mutex_);
    auto& plan = old_plans_[run.def_hash];
    if (!plan) {
        Plan made{parse_stored_definition(row->body), {}};
        for (const auto& step : made.definition.steps) {
            made.steps.push_back(parts_.steps.find(step.step));
        }
        plan = std::make_shared<const Plan>(std::move(made));
    }
    if (const auto why = misfit(json::parse(run.pins), *plan); !why.empty()) {
        throw Error(GANTRY_E_CONFIG, why);
    }
    return plan;
}

bool Engine::take_up(RunRow run) {
    const std::string id = run.id;
    try {
        auto plan = plan_for(run);
        auto runner = std::make_shared<Runner>(*this, std::move(plan), std::move(run),
                                               parts_.store.steps(id));
        {
            const std::lock_guard lock(mutex_);
            runs_.emplace(id, runner);
        }
        runner->begin(nullptr);
        return true;
    } catch (const Error& e) {
        // Its rows stay as they are; the next start looks again.
        parts_.log.warn("a run waits: " + e.message(), {{"run", id}});
        const std::lock_guard lock(mutex_);
        waiting_[id] = e.message();
        return false;
    }
}

std::size_t Engine::recover() {
    std::size_t going_on = 0;
    for (auto& run : parts_.store.take_over(host_id_)) going_on += take_up(std::move(run)) ? 1 : 0;
    return going_on;
}

void Engine::resume(const std::string& run_id) {
    auto run = parts_.store.claim_paused(run_id, host_id_);
    if (!run) {
        const auto row = parts_.store.run(run_id);
        if (!row) throw Error(GANTRY_E_NOT_FOUND, "Run with id: " + run_id + " was not found");
        throw Error(GANTRY_E_REJECTED, "run " + run_id + " is " +
                                           std::string(to_string(row->status)) +
                                           "; only a paused run can be resumed");
    }
    take_up(std::move(*run));
}

std::string Engine::waits_for(const std::string& run_id) const {
    const std::lock_guard lock(mutex_);
    const auto it = waiting_.find(run_id);
    return it == waiting_.end() ? std::string() : it->second;
}

void Engine::enter() {
    const std::lock_guard lock(mutex_);
    ++active_;
}

void Engine::leave() {
    const std::lock_guard lock(mutex_);
    if (--active_ == 0) quiet_.notify_all();
}

bool Engine::stop(std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    stopping_ = true;
    return quiet_.wait_for(lock, patience, [this] { return active_ == 0; });
}

}  // namespace gantry::host
