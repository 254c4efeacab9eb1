// The real program in a folder of its own: served, asked, stopped and killed.
#pragma once

#include "support/http.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"

#include <functional>
#include <map>
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
    /// A run that nobody accounts for is a failure of the test: see unaccounted(). Every test that
    /// starts a host ends here, whatever it did to it.
    ~HostProcess();
    HostProcess(const HostProcess&) = delete;
    HostProcess& operator=(const HostProcess&) = delete;

    /// Starts `gantry serve` and waits until it is ready. Throws with its stderr when it ends
    /// before.
    void serve();

    /// serve(), and waits until its log says of the modules whether their systems are reached: no
    /// request of the start is under way any more.
    void serve_and_reach();

    /// As serve(); false: it ended before it was ready.
    bool try_serve();

    /// Starts `gantry serve` and waits for nothing.
    Process& serve_without_waiting();

    /// GANTRY_FAULT for each host that is started from now on; empty: none.
    void arm(const std::string& faults) { faults_ = faults; }

    /// From now on a start is one more after those before it, as it is for an operator: after five
    /// in a minute without an orderly end the host takes up no runs. Without this each start is
    /// the first one.
    void count_starts() { counts_starts_ = true; }

    /// The process of `serve`.
    Process& process() { return *process_; }

    /// SIGTERM; the exit code, or nothing when it is not over within `limit`.
    std::optional<int> stop(std::chrono::seconds limit = std::chrono::seconds(60));

    void kill9() { process_->kill9(); }

    /// Runs the program with this folder's configuration to its end. Throws after two minutes.
    CliResult cli(std::vector<std::string> arguments);

    /// To the running host, with its admin token where the headers do not say who asks.
    HttpResponse send(HttpRequest request) const;
    HttpResponse get(const std::string& path) const { return send({"GET", path}); }

    /// A method of a service of the running host. Throws unless it answers 200.
    json call(const std::string& service, const std::string& method, const json& input) const;

    /// The summaries of the newest 1000 runs.
    json runs() const;

    /// A line for each run that breaks the invariant of the store. A host that serves gets ten
    /// seconds, under a sanitizer a minute, to take up what is due, unless the test has failed
    /// already; where none serves or answers, the file is looked at.
    std::vector<std::string> unaccounted();

    /// Lets every paused run go on; 1000 at the most. How many.
    std::size_t resume_paused() const;

    /// Asks again and again until `done` is true, the host ends, or `limit` is over (false).
    bool until(const std::function<bool()>& done,
               std::chrono::seconds limit = std::chrono::seconds(60));

    /// What `serve` wrote to stderr since its last start.
    std::string log() const { return read_text(dir_ / "serve.err"); }

    const TempDir& dir() const { return dir_; }
    const std::string& token() const { return token_; }
    int port() const { return port_; }
    std::string config_file() const { return dir_ / "gantry.json"; }

private:
    bool read_lock_file();
    std::optional<std::map<std::string, std::string>> ask_unaccounted() const;
    void forget_starts() const;

    TempDir dir_;
    bool counts_starts_ = false;
    int port_ = 0;
    std::string token_;
    std::string faults_;
    std::unique_ptr<Process> process_;
};

}  // namespace gantry::test
