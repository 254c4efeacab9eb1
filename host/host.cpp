// Construction is the list of parts; stopping is the same list backwards.
#include "host.hpp"

#include "api/cli/cli.hpp"
#include "api/list_query.hpp"
#include "api/listing.hpp"
#include "api/server.hpp"
#include "base/id.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <future>
#include <iostream>

namespace gantry::host {
namespace {

constexpr auto kStopPatience = std::chrono::seconds(20);
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

Host::Host(const Config& config, const std::string& who, LogFormat format)
    : config_(config), log_(format) {
    Problems problems;
    container_ = std::make_unique<Container>(config_, pool_, timers_, log_, problems);
    steps_ = std::make_unique<PluginSteps>(*container_, pool_, timers_);
    auto workflows = collect_workflows(config_, *container_, *steps_, problems);
    throw_if(problems);
    store_ = Store::open(config_.store, who);
    engine_ = std::make_unique<Engine>(EngineParts{*store_, *steps_, pool_, timers_, log_},
                                       EngineSettings{});
    for (auto& workflow : workflows) engine_->add(std::move(workflow.plan), workflow.input_schema);
}

Host::~Host() {
    // A call that never returns holds a thread of the pool: nothing can be taken down under it. Its
    // run is not over; the next host goes on with it.
    if (!stop()) {
        std::cout.flush();
        std::_Exit(kExitNotOver);
    }
    container_->stop();
}

bool Host::stop() {
    const bool quiet = !engine_ || engine_->stop(kStopPatience);
    timers_.stop();
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
    std::vector<std::string> names;
    if (needs.service) names.push_back(*needs.service);
    if (needs.workflow) {
        for (const auto& info : engine_->workflows()) {
            if (info.name != *needs.workflow) continue;
            for (const auto& step : info.plan->steps) names.push_back(step.module);
        }
        if (names.empty()) return;  // an unknown workflow: the engine says so
    }
    const auto failed = container_->start(names);
    if (!failed.empty()) throw Error(GANTRY_E_CONFIG, failed);
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

json Host::run(const std::string& id) {
    return show_run(*store_, *engine_, whole_id(id)).at("workflow_execution");
}

json Host::runs(const RunQuery& query) {
    Query words{{"limit", std::to_string(query.limit)}};
    if (!query.workflow.empty()) words.emplace_back("workflow_id", query.workflow);
    if (!query.state.empty()) words.emplace_back("state", query.state);
    if (!query.since.empty()) words.emplace_back("since", query.since);
    if (!query.id_end.empty()) words.emplace_back("id_end", query.id_end);
    return list_runs(*store_, parse_list_query(words).filter);
}

json Host::resume(const std::string& id) {
    const std::string whole = whole_id(id);
    const auto failed = container_->start({});
    if (!failed.empty()) throw Error(GANTRY_E_CONFIG, failed);
    engine_->resume(whole);
    wait_until_stopped(whole, kCallTimeout);
    return run(whole);
}

json Host::call(const std::string& service, const std::string& method, const std::string& input,
                const std::string& key) {
    auto end = container_->call(service, method, input, key, kCallTimeout);
    if (end.error) throw Error(*end.error);
    return json::parse(end.output);  // checked when it was completed
}

json Host::modules() { return list_modules(*container_); }
json Host::workflows() { return list_workflows(*engine_); }

std::string Host::admin_token_file() const {
    return config_.store.starts_with(kSqlitePrefix)
               ? config_.store.substr(kSqlitePrefix.size()) + ".token"
               : (config_.directory / "gantry.token").string();
}

int Host::serve() {
    std::optional<std::string> token;
    if (!config_.http.admin_open) token = config_.http.admin_token;
    if (!token && !config_.http.admin_open) token = kept_token(admin_token_file());
    start(Needs{});
    {
        Server server({*engine_, *store_, *container_, pool_, timers_, log_}, config_, token);
        if (auto* lock = store_->lock()) {
            lock->publish({getpid(), "gantry serve", server.address(), token.value_or("")});
        }
        const auto open_runs = engine_->recover();
        log_.info("listening on " + server.address(),
                  {{"address", server.address()}, {"store", config_.store}, {"runs", open_runs}});
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
        log_.info("stopping: no new runs; running calls get up to 20 s");
        server.drain();
        if (!engine_->stop(kStopPatience)) {
            log_.warn("some calls did not end in time; their runs go on at the next start");
            std::_Exit(EXIT_SUCCESS);
        }
    }
    log_.info("stopped");
    return EXIT_SUCCESS;
}

}  // namespace gantry::host
