// The real program in a folder of its own: served, asked, stopped and killed.
#pragma once

#include "support/http.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"

#include <functional>
#include <memory>

namespace gantry::test {

struct CliResult {
    int exit_code;
    std::string out;
    std::string err;
};

/// Not for use by two threads, except `send`.
class HostProcess {
public:
    /// Writes gantry.json, starts nothing.
    explicit HostProcess(const json& config) : HostProcess(config.dump(2)) {}
    explicit HostProcess(const std::string& config);

    /// Starts `gantry serve` and waits until it is ready. Throws with its stderr when it ends
    /// before.
    void serve();

    /// Starts `gantry serve` and waits for nothing.
    Process& serve_without_waiting();

    /// The process of `serve`.
    Process& process() { return *process_; }

    /// SIGTERM; the exit code, or nothing when it is not over within `limit`.
    std::optional<int> stop(std::chrono::seconds limit = std::chrono::seconds(60));

    void kill9() { process_->kill9(); }

    /// Runs the program with this folder's configuration to its end. Throws after two minutes.
    CliResult cli(std::vector<std::string> arguments);

    /// To the running host; paths under /admin get its token.
    HttpResponse send(HttpRequest request) const;
    HttpResponse get(const std::string& path) const { return send({"GET", path}); }

    /// A method of a service of the running host. Throws unless it answers 200.
    json call(const std::string& service, const std::string& method, const json& input) const;

    /// The summaries of the newest 1000 runs.
    json runs() const;

    /// Asks again and again until `done` is true, the host ends, or `limit` is over (false).
    bool until(const std::function<bool()>& done,
               std::chrono::seconds limit = std::chrono::seconds(60));

    /// What `serve` wrote to stderr since its last start.
    std::string log() const { return read_text(dir_ / "serve.err"); }

    const TempDir& dir() const { return dir_; }
    const std::string& token() const { return token_; }
    std::string config_file() const { return dir_ / "gantry.json"; }

private:
    bool read_lock_file();

    TempDir dir_;
    int port_ = 0;
    std::string token_;
    std::unique_ptr<Process> process_;
};

}  // namespace gantry::test
