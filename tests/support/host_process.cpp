// A starting host gives no signal: its lock file and /health/ready are asked until it is there.
#include "support/host_process.hpp"

#include <csignal>
#include <stdexcept>

namespace gantry::test {
namespace {

constexpr auto kStart = std::chrono::seconds(60);
constexpr auto kCommand = std::chrono::seconds(120);
constexpr auto kAskAgain = std::chrono::milliseconds(5);

}  // namespace

HostProcess::HostProcess(const std::string& config) { write_text(config_file(), config); }

Process& HostProcess::serve_without_waiting() {
    process_.reset();
    process_ = std::make_unique<Process>(
        std::vector<std::string>{GANTRY_PROGRAM, "serve", "-c", config_file()}, dir_.path(),
        dir_ / "serve.out", dir_ / "serve.err");
    return *process_;
}

void HostProcess::serve() {
    serve_without_waiting();
    const bool ready =
        until([this] { return read_lock_file() && get("/health/ready").status == 200; }, kStart);
    if (!ready) throw std::runtime_error("the host did not become ready:\n" + log());
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
    Process command(arguments, dir_.path(), dir_ / "cli.out", dir_ / "cli.err");
    if (!command.wait(kCommand)) throw std::runtime_error("gantry " + arguments[1] + " hangs");
    return {*command.exit_code(), read_text(dir_ / "cli.out"), read_text(dir_ / "cli.err")};
}

HttpResponse HostProcess::send(HttpRequest request) const {
    if (request.target.starts_with("/admin")) {
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

bool HostProcess::until(const std::function<bool()>& done, std::chrono::seconds limit) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (!done()) {
        if (std::chrono::steady_clock::now() > end || process_->wait(kAskAgain)) return false;
    }
    return true;
}

}  // namespace gantry::test
