// Construction is the list of parts; stopping is the same list backwards.
#include "host.hpp"

#include "api/cli/cli.hpp"
#include "api/control.hpp"
#include "api/list_query.hpp"
#include "api/listing.hpp"
#include "api/server.hpp"
#include "base/clock.hpp"
#include "base/describe.hpp"
#include "base/id.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <future>
#include <iostream>
#include <thread>

namespace gantry::host {
namespace {

constexpr auto kStopPatience = std::chrono::seconds(20);
constexpr auto kLastPatience = std::chrono::seconds(5);
constexpr int kExitTooManyStuck = 75;  // EX_TEMPFAIL: a supervisor starts it again
constexpr std::int64_t kSweep = 1000;
constexpr auto kLook = std::chrono::milliseconds(10);
constexpr auto kCallTimeout = std::chrono::seconds(30);
constexpr std::string_view kSqlitePrefix = "sqlite:";

void throw_if(const Problems& problems) {
    if (!problems.empty()) throw BadConfiguration(problems.text());
}

// The token in `file`, made at the first start; nobody else may read it.
std::string kept_token(const std::string& file) {
    std::string token;
    if (std::ifstream in(file); in >> token && !token.empty()) return token;
    token = random_hex(24);
    const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    const std::string line = token + "\n";
    const bool written =
        fd >= 0 && ::write(fd, line.data(), line.size()) == static_cast<ssize_t>(line.size());
    if (fd >= 0) ::close(fd);
    if (!written) throw Error(GANTRY_E_CONFIG, "cannot write the admin token to " + file);
    return token;
}

}  // namespace

Host::Host(const Config& config, const std::string& who, LogFormat format, bool debug)
    : config_(config), log_(format, debug ? GANTRY_LOG_DEBUG : GANTRY_LOG_INFO) {
    // The engine keeps threads of its own: record_undo waits on the step's for what they do.
    if (debug) step_thread_.emplace(Pool::Settings{1, 1});
    Pool& steps_on = debug ? *step_thread_ : pool_;
    CallSettings calls;
    calls.debug = debug;
    EngineSettings runs;
    runs.run_deadlines = !debug;
    Problems problems;
    container_ = std::make_unique<Container>(config_, steps_on, timers_, log_, problems, calls);
    steps_ = std::make_unique<PluginSteps>(*container_, steps_on, timers_);
    auto workflows = collect_workflows(config_, *container_, *steps_, problems);
    throw_if(problems);
    store_ = Store::open(config_.store, who, &metrics_);
    count_what_stands();
    engine_ = std::make_unique<Engine>(
        EngineParts{*store_, *steps_, pool_, timers_, log_, metrics_}, std::move(runs));
    for (auto& workflow : workflows) engine_->add(std::move(workflow.plan), workflow.input_schema);
}

void Host::count_what_stands() {
    metrics_.gauge("gantry_writer_queue", "What waits for the store's writer",
                   [this] { return static_cast<double>(store_->write_queue()); });
    metrics_.gauge("gantry_retention_lag_seconds", "How long ago the oldest run was to be deleted",
                   [this] { return retention_ ? retention_->lag_seconds() : 0; });
    metrics_.gauge("gantry_runs_needs_person", "Runs that are failed or paused", [this] {
        RunFilter filter;
        filter.status = kNeedsPerson;
        return static_cast<double>(store_->count(filter));
    });
    metrics_.gauge("gantry_runs_unroutable", "Runs that wait for a plugin this host does not have",
                   [this] {
                       const auto waiting = store_->waiting();
                       const auto it = waiting.find("plugin");
                       return it == waiting.end() ? 0.0 : static_cast<double>(it->second);
                   });
    metrics_.gauge("gantry_plugin_stuck", "Calls that are over and have not returned", "module",
                   [this] {
                       std::map<std::string, double> stuck;
                       for (const auto* module : container_->modules()) {
                           stuck[module->name()] = static_cast<double>(module->stuck);
                       }
                       return stuck;
                   });
}

Host::~Host() {
    // A call that never returns holds a thread of the pool: nothing can be taken down under it. Its
    // run is not over; the next host goes on with it.
    if (!stop()) {
        std::cout.flush();
        if (in_flight_) in_flight_->forget();
        std::_Exit(kExitNotOver);
    }
    container_->stop();
}

bool Host::stop() {
    if (retention_) retention_->stop();
    const bool quiet = (!engine_ || engine_->stop(kStopPatience)) &&
                       container_->pings_ended(kLastPatience) && container_->stuck().count() == 0;
    timers_.stop();
    if (quiet && step_thread_) step_thread_->stop();
    if (quiet) pool_.stop();
    return quiet;
}

void Host::check(const Config& config, Problems& problems) {
    Log log(Log::format_for_stderr(), GANTRY_LOG_WARN);
    Timers timers;
    Pool pool;
    const Container container(config, pool, timers, log, problems);
    const PluginSteps steps(container, pool, timers);
    collect_workflows(config, container, steps, problems);
}

void Host::start(const Needs& needs) {
    if (needs.nothing_started) return;
    started_ = true;
    mark_calls();
    std::vector<std::string> names;
    if (needs.service) names.push_back(*needs.service);
    if (needs.workflow) {
        for (const auto& info : engine_->workflows()) {
            if (info.name != *needs.workflow) continue;
            for (const auto& step : info.plan->steps) {
                for (const auto& pin : step.pins()) names.push_back(pin.module);
            }
        }
        if (names.empty()) return;  // an unknown workflow: the engine says so
    }
    const auto failed = container_->start(names);
    if (!failed.empty()) throw Error(GANTRY_E_CONFIG, failed);
}

// Only now: a command that starts nothing leaves what a crash has left to the next that does.
void Host::mark_calls() {
    if (in_flight_ || !config_.store.starts_with(kSqlitePrefix)) return;
    const std::string file = config_.store.substr(kSqlitePrefix.size()) + ".calls";
    std::vector<std::string> runs;
    for (const auto& call : InFlight::read_left(file)) {
        if (!call.run_id.empty()) runs.push_back(call.run_id);
        metrics_.plugin_crashed();
        std::string words = "the host before this one died while it was in ";
        json fields = json::object();
        in_words(call.running(), [&](std::string_view piece) { words += piece; });
        as_fields(call.running(), [&](const char* name, auto value) { fields[name] = value; });
        log_.error(words, fields);
    }
    std::sort(runs.begin(), runs.end());
    runs.erase(std::unique(runs.begin(), runs.end()), runs.end());
    store_->suspect(runs);
    try {
        in_flight_ = std::make_unique<InFlight>(file);
        container_->mark_calls_in(*in_flight_);
    } catch (const Error& e) {
        log_.warn("a crash will not say what it was in: " + e.message());
    }
}

json Host::start(const std::string& workflow, const std::string& input,
                 const std::optional<std::string>& key, std::chrono::milliseconds wait) {
    std::promise<Accepted> promise;
    engine_->start({workflow, input, key}, [&](Accepted a) { promise.set_value(std::move(a)); });
    const auto accepted = promise.get_future().get();
    if (accepted.error) throw Error(*accepted.error);
    wait_until_stopped(accepted.run_id, wait);
    return run(accepted.run_id);
}

void Host::wait_until_stopped(const std::string& run_id, std::chrono::milliseconds patience) {
    // Shared: the callback may come while we give up waiting.
    const auto stopped = std::make_shared<std::promise<void>>();
    const auto watch = engine_->watch(run_id, [stopped] { stopped->set_value(); });
    stopped->get_future().wait_for(patience);
    engine_->unwatch(watch);
}

// A run that begins to wait tells no watch: its row is asked.
void Host::wait_until_it_stands(const std::string& run_id, std::int64_t fence) {
    const auto until = std::chrono::steady_clock::now() + kCallTimeout;
    while (std::chrono::steady_clock::now() < until) {
        const auto row = find_run(*store_, run_id);
        if (row.fence > fence && !row.owner) return;
        std::this_thread::sleep_for(kLook);
    }
}

json Host::run(const std::string& id) {
    return show_run(*store_, find(id).at("run_id").get<std::string>()).at("workflow_execution");
}

json Host::runs(const RunQuery& query) {
    return list_runs(*store_, parse_list_query(query.words()).filter);
}

// What a host that died left under way may be what is asked for.
void Host::free_runs() {
    while (store_->sweep("", wall_ms(), kSweep) > 0) {
    }
}

json Host::act(const std::string& id, const std::string& verb, const std::string& body) {
    const auto row = find_run(*store_, find(id).at("run_id"));
    if (verb != "pause" && verb != "skip") start(Needs{});
    free_runs();
    const auto fence = find_run(*store_, row.id).fence;
    json answer;
    if (verb.starts_with("steps/")) {
        answer = supply_step(*engine_, *store_, row.workflow, verb == "steps/success",
                             naming(row.id, body));
    } else {
        answer = control_run(*engine_, *store_, verb, row, body);
    }
    if (verb == "fork") {
        const std::string forked = answer.at("workflow_execution").at("id");
        wait_until_it_stands(forked, 0);
        return show_run(*store_, forked);
    }
    if (!answer.value("known", false)) wait_until_it_stands(row.id, fence);
    return answer.contains("workflow_execution") ? show_run(*store_, row.id) : answer;
}

json Host::resume_paused(const std::string& body) {
    start(Needs{});
    auto answer = gantry::host::resume_paused(*engine_, *store_, body);
    for (const auto& one : answer.at("runs")) {
        const std::string id = one.at("run_id");
        if (one.at("resumed")) wait_until_it_stands(id, 0);
    }
    return answer;
}

json Host::call(const std::string& service, const std::string& method, const std::string& input,
                const std::string& key) {
    auto end = container_->call(service, method, input, key, kCallTimeout);
    if (end.error) throw Error(*end.error);
    return json::parse(end.output);  // checked when it was completed
}

json Host::modules() {
    if (!started_) return list_modules(*container_);
    const auto told = std::make_shared<std::promise<json>>();
    list_reached_modules(*container_, timers_,
                         [told](json all) { told->set_value(std::move(all)); });
    return told->get_future().get();
}

json Host::workflows() { return list_workflows(*engine_); }

std::string Host::admin_token_file() const {
    return config_.store.starts_with(kSqlitePrefix)
               ? config_.store.substr(kSqlitePrefix.size()) + ".token"
               : (config_.directory / "gantry.token").string();
}

// What only a module's system knows is wrong, as a password or a mapping, is in the log before a
// run meets it. Not by a host that was started too often: a plugin that crashes there, or a login
// that is about to be locked, may be why.
void Host::tell_what_is_reached() {
    if (engine_->calm_at()) return;
    list_reached_modules(*container_, timers_, [this](const json& all) {
        for (const auto& module : all.at("modules")) {
            if (!module.contains("reach") || module.at("state") != "running") continue;
            const auto& reach = module.at("reach");
            const std::string name = module.at("name");
            log_.write(reach.at("reached").get<bool>() ? GANTRY_LOG_INFO : GANTRY_LOG_ERROR,
                       "module " + in_quotes(name) + ": " + reach_in_words(reach),
                       {{"module", name}});
        }
    });
}

int Host::serve() {
    std::optional<std::string> token;
    if (!config_.http.admin_open) token = config_.http.admin_token;
    if (!token && !config_.http.admin_open) token = kept_token(admin_token_file());
    const auto lost = std::make_shared<std::promise<std::string>>();
    auto plugin = lost->get_future();
    container_->stuck().on_too_many([lost](const std::string& of) {
        lost->set_value(of);
        ::kill(::getpid(), SIGTERM);  // wakes the wait below
    });
    start(Needs{});
    RetentionSettings retention;
    retention.keep = config_.retention;
    // Before the server, whose /metrics tell of it.
    retention_ = std::make_unique<Retention>(*store_, pool_, timers_, log_, retention);
    {
        Server server({*engine_, *store_, *container_, pool_, timers_, log_, metrics_}, config_,
                      token);
        if (auto* lock = store_->lock()) {
            lock->publish({getpid(), "gantry serve", server.address(), token.value_or("")});
        }
        const auto open_runs = engine_->recover();
        log_.info("listening on " + server.address(),
                  {{"address", server.address()}, {"store", config_.store}, {"runs", open_runs}});
        tell_what_is_reached();
        sigset_t signals;
        sigemptyset(&signals);
        for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
        int signal = SIGHUP;
        while (signal == SIGHUP) {
            sigwait(&signals, &signal);
            if (signal == SIGHUP) {
                log_.warn(
                    "there is no reload: restart the host to take up a changed configuration");
            }
        }
        if (plugin.wait_for(std::chrono::seconds(0)) == std::future_status::ready) {
            const std::string id = plugin.get();
            log_.error(
                "too many calls do not return, the last one of plugin " + id +
                    ": stopping with exit code 75, to be started again; open runs go on then",
                {{"plugin", id}, {"stuck", container_->stuck().count()}});
            server.drain();
            engine_->stop(kLastPatience);
            if (in_flight_) in_flight_->forget();
            std::_Exit(kExitTooManyStuck);
        }
        log_.info("stopping: no new runs; running calls get up to 20 s");
        server.drain();
        if (!engine_->stop(kStopPatience) || !container_->pings_ended(kLastPatience) ||
            container_->stuck().count() > 0) {
            log_.warn("some calls did not end in time; their runs go on at the next start");
            if (in_flight_) in_flight_->forget();
            std::_Exit(EXIT_SUCCESS);
        }
    }
    log_.info("stopped");
    return EXIT_SUCCESS;
}

}  // namespace gantry::host
