// Construction is the list of parts; stopping is the same list backwards. Longer than 400 lines:
// it serves, and does in this process what the command line asks for where no host runs.
#include "host.hpp"

#include "api/backup.hpp"
#include "api/cli/cli.hpp"
#include "api/control.hpp"
#include "api/list_query.hpp"
#include "api/listing.hpp"
#include "api/many_runs.hpp"
#include "api/server.hpp"
#include "base/describe.hpp"
#include "base/fault.hpp"
#include "base/id.hpp"
#include "base/line_writer.hpp"
#include "base/store_file.hpp"
#include "flow/expressions.hpp"
#include "flow/stranded.hpp"
#include "standing.hpp"
#include "store/lock_file.hpp"
#include "store/own_file.hpp"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <future>
#include <iostream>
#include <mutex>
#include <thread>

namespace gantry::host {
namespace {

constexpr auto kStopPatience = std::chrono::seconds(20);
constexpr auto kLastPatience = std::chrono::seconds(5);
constexpr int kExitTooManyStuck = 75;  // EX_TEMPFAIL: a supervisor starts it again
constexpr std::int64_t kSweep = 1000;
constexpr auto kCallTimeout = std::chrono::seconds(30);
constexpr std::size_t kLoadThreads = 8;
constexpr std::size_t kJqThreads = 32;
constexpr std::size_t kApiThreads = 32;
constexpr std::size_t kRouteThreads = 16;
constexpr std::size_t kPluginThreads = 64;
const std::string kCommandLine = "the command line";  // asks, where a body does not say who
const std::size_t kEngineThreads = std::max<std::size_t>(std::thread::hardware_concurrency(), 2);

// What a task of a pool throws is a defect: nobody waits for it there.
std::function<void(const std::string&)> telling(Log& log) {
    return [&log](const std::string& what) {
        log.error("a task has thrown: " + what + "; please report this");
    };
}

void throw_if(const Problems& problems) {
    if (!problems.empty()) throw BadConfiguration(problems.text());
}

// Does what no configuration can be blamed for.
template <typename Fn>
auto of_machine(Fn fn) {
    try {
        return fn();
    } catch (const Error& e) {
        throw BadEnvironment(e);
    }
}

// The token in `file`, made at the first start; nobody else may read it.
std::string kept_token(const std::string& file) {
    keep_to_owner(file);
    const int fd = open_own_file(file);
    char text[256];
    const auto length = ::read(fd, text, sizeof text);
    std::string token(text, length > 0 ? static_cast<std::size_t>(length) : 0);
    token.erase(std::min(token.find_first_of(" \t\r\n"), token.size()));
    bool kept = length >= 0;
    if (kept && token.empty()) {
        token = random_hex(24);
        const std::string line = token + "\n";
        kept = ::pwrite(fd, line.data(), line.size(), 0) == static_cast<ssize_t>(line.size());
    }
    ::close(fd);
    if (!kept) throw Error(GANTRY_E_CONFIG, "cannot keep the admin token in " + file);
    return token;
}

}  // namespace

Host::Host(const Config& config, const std::string& who, LogFormat format, bool debug)
    : config_(config),
      log_(format, debug ? GANTRY_LOG_DEBUG : GANTRY_LOG_INFO, own_stderr()),
      engine_threads_({kEngineThreads, /*may_block=*/false, telling(log_)}),
      load_threads_({kLoadThreads, true, telling(log_)}),
      jq_threads_({kJqThreads, true, telling(log_)}),
      api_threads_({kApiThreads, true, telling(log_)}),
      route_threads_({kRouteThreads, true, telling(log_)}),
      // For a debugger: steps run on one thread and no other.
      plugin_threads_({debug ? 1 : kPluginThreads, true, telling(log_)}) {
    CallSettings calls;
    calls.debug = debug;
    EngineSettings runs;
    runs.run_deadlines = !debug;
    Problems problems;
    Expressions::of_process().set_limits(
        {config_.expressions.limit, config_.expressions.memory_mib});
    {
        const auto file = store_file(config_);
        const auto mark = file.empty() ? nullptr : std::make_unique<LoadMark>(file + ".loading");
        if (mark) tell_what_was_loaded(*mark);
        container_ = std::make_unique<Container>(config_, plugin_threads_, timers_, log_, problems,
                                                 calls, LoadSettings{mark.get()});
    }
    steps_ = std::make_unique<PluginSteps>(*container_, timers_);
    auto workflows =
        of_machine([&] { return collect_workflows(config_, *container_, *steps_, problems); });
    throw_if(problems);
    warnings_ = problems.warnings();
    store_ = of_machine([&] { return Store::open(config_.store, who, &metrics_); });
    if (!store_->finding().empty()) log_.error(store_->finding());
    count_what_stands(metrics_,
                      {config_, log_, *container_, *store_, [this] { return engine_.get(); }});
    metrics_.gauge("gantry_retention_lag_seconds", "How long ago the oldest run was to be deleted",
                   [this] { return retention_ ? retention_->lag_seconds() : 0; });
    metrics_.gauge(
        "gantry_retention_waits_seconds",
        "For how long no run is deleted, since the clock may be wrong", [this] {
            const auto until = retention_ ? retention_->waits_until() : std::nullopt;
            return until ? std::max(static_cast<double>(*until - store_->now()) / 1000, 0.0) : 0;
        });
    Pool& engine_threads = fault::without("engine_threads") ? plugin_threads_ : engine_threads_;
    engine_ = std::make_unique<Engine>(
        EngineParts{*store_, *steps_, engine_threads, load_threads_, jq_, timers_, log_, metrics_},
        std::move(runs));
    of_machine([&] {
        for (auto& workflow : workflows) {
            engine_->add(std::move(workflow.plan), workflow.input_schema);
        }
    });
    // Last: it outlives a host that could not be made.
    Expressions::of_process().on_ended(
        [this](const auto& program, const auto& cause, const auto& words) {
            metrics_.expression_ended(cause);
            log_.error("an expression was ended: " + words, {{"expression", in_quotes(program)}});
        });
}

Host::~Host() {
    // A call that never returns holds a thread of the pool: nothing can be taken down under it. Its
    // run is not over; the next host goes on with it.
    if (!stop() || !container_->stop()) {
        std::cout.flush();
        end_as_it_is(serves_ ? EXIT_SUCCESS : kExitNotOver);
    }
    Expressions::of_process().on_ended(nullptr);
}

// Some call is still under way: nothing can be taken down.
void Host::end_as_it_is(int code) {
    if (in_flight_) in_flight_->forget();
    log_.flush();
    std::_Exit(code);
}

bool Host::stop() {
    if (retention_) retention_->stop();
    if (store_watch_) store_watch_->stop();
    const bool quiet = (!engine_ || engine_->stop(kStopPatience)) &&
                       container_->pings_ended(kLastPatience) && container_->stuck().count() == 0;
    timers_.stop();
    if (!quiet) return false;
    // Each may still hand something to those after it.
    plugin_threads_.stop();
    route_threads_.stop();  // it hands over to the next one
    api_threads_.stop();
    jq_threads_.stop();
    load_threads_.stop();
    engine_threads_.stop();
    return true;
}

void Host::start(const Needs& needs) {
    if (needs.nothing_started) return;
    started_ = true;
    of_machine([&] { mark_calls(); });
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
    if (!claims_) claims_ = std::make_unique<DatabaseClaims>(config_, *container_, log_);
}

void Host::tell_what_was_loaded(const LoadMark& mark) {
    const auto load = mark.read();
    if (!load) return;
    metrics_.plugin_crashed();
    log_.error("the host before this one died while it was in " + load->in_words(),
               {{"call", "load"},
                {"file", load->file},
                {"module", load->module},
                {"plugin", load->plugin},
                {"version", load->version}});
}

// Before anything is swept, which would forget whose calls were under way.
void Host::suspect_what_crashed() {
    if (in_flight_ || store_file(config_).empty()) return;
    const std::string file = store_file(config_) + ".calls";
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
    std::error_code none;
    std::filesystem::remove(file, none);  // counted once
}

void Host::mark_calls() {
    if (in_flight_ || store_file(config_).empty()) return;
    suspect_what_crashed();
    try {
        in_flight_ = std::make_unique<InFlight>(store_file(config_) + ".calls");
        container_->mark_calls_in(*in_flight_);
    } catch (const Error& e) {
        log_.warn("a crash will not say what it was in: " + e.message());
    }
}

std::string Host::start(const std::string& workflow, const std::string& input,
                        const std::optional<std::string>& key, std::chrono::milliseconds wait) {
    // Shared: the callbacks may come while we give up waiting.
    const auto accepted = std::make_shared<std::promise<Accepted>>();
    const auto stopped = std::make_shared<std::promise<void>>();
    engine_->start({workflow, input, key, [stopped](const Stand&) { stopped->set_value(); }},
                   [accepted](Accepted a) { accepted->set_value(std::move(a)); });
    const auto answer = accepted->get_future().get();
    if (answer.error) throw Error(*answer.error);
    if (answer.known) {
        const auto over = std::make_shared<std::promise<void>>();
        const auto watch = engine_->watch(answer.run_id, Runs::Watch::kStopped,
                                          [over](const Stand&) { over->set_value(); });
        const auto row = find_run(*store_, answer.run_id);
        const bool stands = is_over(row.status) || row.status == RunStatus::kPaused;
        if (!stands) over->get_future().wait_for(wait);
        engine_->unwatch(watch);
    } else {
        stopped->get_future().wait_for(wait);
    }
    return run(answer.run_id);
}

void Host::wait_until_it_stands(const std::string& run_id, std::int64_t fence) {
    const auto until = std::chrono::steady_clock::now() + kCallTimeout;
    for (;;) {
        const auto stands = std::make_shared<std::promise<void>>();
        const auto watch = engine_->watch(run_id, Runs::Watch::kStands,
                                          [stands](const Stand&) { stands->set_value(); });
        const auto row = find_run(*store_, run_id);
        const bool stood = row.fence > fence && !row.owner;
        if (stood || stands->get_future().wait_until(until) == std::future_status::timeout) {
            return engine_->unwatch(watch);
        }
    }
}

std::string Host::run(const std::string& id) {
    return run_text(load_run(*store_, find_run(*store_, find(id).at("run_id"))));
}

json Host::runs(const RunQuery& query) {
    if (query.needs_person) store_->strand(stranded(store_->open_runs(), *steps_));
    return list_runs(*engine_, *store_, parse_list_query(query.words()));
}

// What a host that died left under way may be what is asked for.
void Host::free_runs() {
    suspect_what_crashed();
    while (store_->sweep(kSweep) > 0) {
    }
}

json Host::act(const std::string& id, const std::string& verb, const std::string& body) {
    const auto row = find_run(*store_, find(id).at("run_id"));
    if (verb != "pause" && verb != "skip") start(Needs{});
    free_runs();
    const auto fence = find_run(*store_, row.id).fence;
    const auto told = std::make_shared<std::promise<Controlled>>();
    const auto then = [told](Controlled how) { told->set_value(std::move(how)); };
    if (verb.starts_with("steps/")) {
        supply_step(*engine_, *store_, row.workflow, verb == "steps/success", naming(row.id, body),
                    kCommandLine, then);
    } else {
        control_run(*engine_, *store_, verb, row.id, body, kCommandLine, then);
    }
    auto how = told->get_future().get();
    if (how.error) throw Error(*how.error);
    const bool known = how.answer.is_object() && how.answer.value("known", false);
    if (!known) wait_until_it_stands(how.run_id, how.run_id == row.id ? fence : 0);
    return how.answer.is_null() ? json::parse(show_run(*store_, how.run_id)) : how.answer;
}

json Host::act_on_many(const std::string& verb, const std::string& body) {
    start(Needs{});
    free_runs();
    store_->strand(stranded(store_->open_runs(), *steps_));
    const auto told = std::make_shared<std::promise<Controlled>>();
    control_many(*engine_, *store_, verb, body, kCommandLine,
                 [told](Controlled how) { told->set_value(std::move(how)); });
    const auto how = told->get_future().get();
    if (how.answer.at("dry_run")) return how.answer;
    for (const auto& one : how.answer.at("runs")) {
        if (!one.contains("error")) wait_until_it_stands(one.at("run_id"), 0);
    }
    return how.answer;
}

json Host::call(const std::string& service, const std::string& method, const std::string& input,
                const std::string& key) {
    auto end = container_->call(service, method, input, key, kCallTimeout);
    if (end.error) throw ServiceError(*end.error);
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

json Host::backup(const std::string& body) {
    start(Needs{});
    return make_backup(*store_, *container_, body);
}

json Host::unaccounted() {
    free_runs();
    return list_unaccounted(*engine_);
}

std::string Host::admin_token_file() const {
    const auto file = store_file(config_);
    return file.empty() ? (config_.directory / "gantry.token").string() : file + ".token";
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

// A change of the configuration or a plugin may have left runs without what they began with.
void Host::tell_what_is_stranded() {
    try {
        RunFilter restored;
        restored.waits_for = "restored";
        if (const auto count = store_->count(restored); count > 0) {
            log_.warn(std::to_string(count) + (count == 1 ? " open run is" : " open runs are") +
                      " paused as \"restored\": what was done since the backup is "
                      "not known. Look (gantry runs ls --waits-for restored), then go on (gantry "
                      "runs resume --waits-for restored)");
        }
        auto lost = stranded(store_->open_runs(), *steps_);
        for (const auto& runs : lost) {
            log_.warn(in_words(runs) + ". Bring that back, or end them (gantry runs cancel)");
        }
        store_->strand(std::move(lost));
    } catch (const Error& e) {  // one row that cannot be read stops nobody
        log_.warn("whether open runs miss something was not looked at: " + e.message());
    }
}

// Modules start and runs are taken up on a thread of their own, so that a signal is obeyed at once.
// False: one came first.
bool Host::start_unless_told_to_stop() {
    std::promise<void> done;
    auto started = done.get_future();
    std::thread starting([&] {
        try {
            start(Needs{});
            if (!fault::without("recovered_first")) {
                taken_over_ = of_machine([&] { return engine_->recover(); });
            }
            done.set_value();
        } catch (...) {
            done.set_exception(std::current_exception());
        }
        ::kill(::getpid(), SIGUSR1);  // wakes the wait below
    });
    const auto is_over = [&] {
        return started.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
    };
    while (!is_over()) {
        const int signal = wait_for_signal();
        if (signal == SIGUSR1) continue;
        container_->interrupt();
        if (started.wait_for(kLastPatience) != std::future_status::ready) {
            log_.warn("stopped while it was starting");
            end_as_it_is(EXIT_SUCCESS);
        }
        starting.join();
        return false;
    }
    starting.join();
    started.get();
    return true;
}

// SIGTERM, SIGINT or SIGUSR1.
int Host::wait_for_signal() {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGUSR1}) sigaddset(&signals, signal);
    for (;;) {
        int signal = 0;
        sigwait(&signals, &signal);
        if (signal != SIGHUP) return signal;
        log_.warn("there is no reload: restart the host to take up a changed configuration");
    }
}

int Host::give_up(const std::string& why) {
    log_.error(why + ": stopping with exit code 75, to be started again; open runs go on then",
               {{"stuck", container_->stuck().count()}});
    engine_->stop(kLastPatience);
    end_as_it_is(kExitTooManyStuck);
}

int Host::serve() {
    serves_ = true;
    of_machine([&] { tell_if_clock_is_behind(*store_, metrics_, log_); });
    for (const auto& line : warnings_) log_.warn(line);
    std::optional<std::string> token;
    if (!config_.http.admin_open) token = config_.http.admin_token;
    if (!token && !config_.http.admin_open) {
        token = of_machine([&] { return kept_token(admin_token_file()); });
    }
    const auto told = std::make_shared<std::once_flag>();
    const auto lost = std::make_shared<std::promise<std::string>>();
    auto why = lost->get_future();
    container_->stuck().on_too_many([told, lost](const std::string& plugin) {
        std::call_once(*told, [&] {
            lost->set_value("too many calls do not return, the last one of plugin " + plugin);
        });
        ::kill(::getpid(), SIGTERM);  // wakes the wait below
    });
    const auto too_many_stuck = [&] {
        return why.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
    };
    if (!start_unless_told_to_stop()) {
        if (too_many_stuck()) return give_up(why.get());
        log_.info("stopped while it was starting");
        return EXIT_SUCCESS;
    }
    tell_what_is_stranded();  // before somebody asks for them
    RetentionSettings retention;
    retention.keep = config_.retention;
    // Before the server, whose /metrics tell of it.
    retention_ = std::make_unique<Retention>(*store_, load_threads_, timers_, log_, retention);
    store_watch_ = std::make_unique<StoreWatch>(*store_, load_threads_, timers_, log_);
    {
        ServerParts parts{*engine_,       *store_, *container_, api_threads_,
                          route_threads_, timers_, log_,        metrics_};
        parts.retention_waits_until = [this] { return retention_->waits_until(); };
        Server server = of_machine([&] { return Server(parts, config_, token); });
        if (auto* lock = store_->lock()) {
            of_machine([&] {
                lock->publish(
                    {getpid(), "gantry serve", server.admin_address(), token.value_or("")});
            });
        }
        log_.info("listening on " + server.address(), {{"address", server.address()},
                                                       {"admin", server.admin_address()},
                                                       {"store", config_.store},
                                                       {"taken_over", taken_over_}});
        if (fault::without("recovered_first")) engine_->recover();
        tell_what_is_reached();
        while (wait_for_signal() == SIGUSR1) {
        }
        server.drain();
        container_->threads().hurry();
        if (too_many_stuck()) {
            server.let_go();
            return give_up(why.get());
        }
        log_.info("stopping: no new runs; running calls get up to 20 s");
        if (!engine_->stop(kStopPatience) || !container_->pings_ended(kLastPatience) ||
            container_->stuck().count() > 0 || !server.over_within(kStopPatience)) {
            server.let_go();
            log_.warn("some calls did not end in time; their runs go on at the next start");
            end_as_it_is(EXIT_SUCCESS);
        }
    }
    log_.info("stopped");
    return EXIT_SUCCESS;
}

}  // namespace gantry::host
