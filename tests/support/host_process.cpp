// A starting host gives no signal: its lock file and /health/ready are asked until it is there.
#include "support/host_process.hpp"

#include <algorithm>

#include "support/accounts.hpp"
#include "support/sanitizers.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <csignal>
#include <stdexcept>

namespace gantry::test {
namespace {

constexpr auto kStart = std::chrono::seconds(60);
constexpr auto kCommand = std::chrono::seconds(120);
constexpr auto kAskAgain = std::chrono::milliseconds(5);
constexpr auto kAnswers = std::chrono::seconds(5);
constexpr auto kTakesUp = std::chrono::seconds(kSanitized ? 60 : 10);

// A crash of a plugin is a signal under a sanitizer, too.
std::vector<std::string> with_plain_signals(std::vector<std::string> environment) {
    if (kSanitized) {
        environment.emplace_back("ASAN_OPTIONS=handle_segv=0:handle_abort=0:handle_sigbus=0");
        environment.emplace_back("TSAN_OPTIONS=handle_segv=0:handle_abort=0:handle_sigbus=0");
    }
    return environment;
}

}  // namespace

HostProcess::HostProcess(const std::string& config) { write_text(config_file(), config); }

HostProcess::~HostProcess() {
    for (const auto& line : unaccounted()) ADD_FAILURE() << "nobody accounts for run " << line;
}

Process& HostProcess::serve_without_waiting() {
    process_.reset();
    if (!counts_starts_) forget_starts();
    std::vector<std::string> environment;
    if (!faults_.empty()) environment.push_back("GANTRY_FAULT=" + faults_);
    process_ = std::make_unique<Process>(
        std::vector<std::string>{GANTRY_PROGRAM, "serve", "-c", config_file()}, dir_.path(),
        dir_ / "serve.out", dir_ / "serve.err", with_plain_signals(environment));
    return *process_;
}

void HostProcess::serve() {
    if (!try_serve()) throw std::runtime_error("the host did not become ready:\n" + log());
}

void HostProcess::serve_and_reach() {
    serve();
    if (until([&] { return log().find("its system is ") != std::string::npos; })) return;
    throw std::runtime_error("the host does not say what is reached:\n" + log());
}

bool HostProcess::try_serve() {
    serve_without_waiting();
    // One that takes up no runs yet is alive, but not ready.
    const std::string health = counts_starts_ ? "/health/live" : "/health/ready";
    return until([&] { return read_lock_file() && get(health).status == 200; }, kStart);
}

void HostProcess::forget_starts() const {
    const std::string store = dir_ / "data/gantry.db";
    if (!std::filesystem::exists(store)) return;
    try {
        SQLite::Database db(store, SQLite::OPEN_READWRITE, 1000);
        // The WAL stays as the host left it: the next one is to take it up.
        sqlite3_db_config(db.getHandle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
        db.exec("DELETE FROM meta WHERE key = 'starts'");
    } catch (const SQLite::Exception&) {
        return;  // another host has it, or it is no store
    }
}

// The file of a killed host stays; only the own process counts.
bool HostProcess::read_lock_file() {
    const auto owner = json::parse(read_text(dir_ / "data/gantry.db.lock"), nullptr, false);
    if (!owner.is_object() || owner.value("pid", 0) != process_->pid()) return false;
    const auto address = owner.value("address", "");
    if (address.empty()) return false;
    port_ = std::stoi(address.substr(address.rfind(':') + 1));
    token_ = owner.value("token", "");
    return true;
}

std::optional<int> HostProcess::stop(std::chrono::seconds limit) {
    process_->signal(SIGTERM);
    process_->wait(limit);
    return process_->exit_code();
}

CliResult HostProcess::cli(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), GANTRY_PROGRAM);
    arguments.insert(arguments.end(), {"-c", config_file()});
    Process command(arguments, dir_.path(), dir_ / "cli.out", dir_ / "cli.err",
                    with_plain_signals({}));
    if (!command.wait(kCommand)) throw std::runtime_error("gantry " + arguments[1] + " hangs");
    return {*command.exit_code(), read_text(dir_ / "cli.out"), read_text(dir_ / "cli.err")};
}

HttpResponse HostProcess::send(HttpRequest request) const {
    const bool says_who = std::any_of(request.headers.begin(), request.headers.end(),
                                      [](auto& h) { return h.first == "Authorization"; });
    if (!says_who) {
        request.headers.emplace_back("Authorization", "Bearer " + token_);
    }
    return send_http(port_, request);
}

json HostProcess::call(const std::string& service, const std::string& method,
                       const json& input) const {
    const auto answer = send({"POST", "/admin/services/" + service + "/" + method, input.dump()});
    if (answer.status != 200) {
        throw std::runtime_error(service + "." + method + ": " + std::to_string(answer.status) +
                                 " " + answer.body);
    }
    return answer.parsed();
}

json HostProcess::runs() const {
    return get("/admin/workflows-executions?limit=1000").parsed().at("workflow_executions");
}

// Why, by the run; nothing: it does not answer.
std::optional<std::map<std::string, std::string>> HostProcess::ask_unaccounted() const {
    const auto answer = send_http(
        port_,
        {"GET", "/admin/unaccounted?patience=1ms", "", {{"Authorization", "Bearer " + token_}}},
        kAnswers);
    if (answer.status != 200) return std::nullopt;
    std::map<std::string, std::string> runs;
    const auto body = answer.parsed();
    for (const auto& run : body.at("runs")) runs[run.at("run_id")] = run.at("why");
    return runs;
}

// A run that is being taken up is not in every answer.
std::vector<std::string> HostProcess::unaccounted() {
    const auto store = dir_ / "data/gantry.db";
    if (!process_ || process_->wait(std::chrono::milliseconds(0))) return unaccounted_runs(store);
    auto left = ask_unaccounted();
    const auto end = std::chrono::steady_clock::now() +
                     (testing::Test::HasFailure() ? std::chrono::seconds(0) : kTakesUp);
    while (left && !left->empty() && std::chrono::steady_clock::now() < end) {
        if (process_->wait(kAskAgain)) return unaccounted_runs(store);
        const auto now = ask_unaccounted();
        if (now) std::erase_if(*left, [&](const auto& run) { return !now->contains(run.first); });
    }
    if (!left) return unaccounted_runs(store);
    std::vector<std::string> lines;
    for (const auto& [run, why] : *left) lines.push_back(run + ": " + why);
    return lines;
}

std::size_t HostProcess::resume_paused() const {
    const std::string all = "/admin/workflows-executions";
    const auto answer = get(all + "?limit=1000&state=paused").parsed();
    const auto& paused = answer.at("workflow_executions");
    for (const auto& run : paused) {
        const auto resumed =
            send({"POST", all + "/" + run.at("workflow_id").get<std::string>() + "/" +
                              run.at("run_id").get<std::string>() + "/resume"});
        if (resumed.status != 200) throw std::runtime_error("not resumed: " + resumed.body);
    }
    return paused.size();
}

bool HostProcess::until(const std::function<bool()>& done, std::chrono::seconds limit) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (!done()) {
        if (std::chrono::steady_clock::now() > end || process_->wait(kAskAgain)) return false;
    }
    return true;
}

}  // namespace gantry::test
