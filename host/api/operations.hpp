// What the command line can ask of a host, whether it runs elsewhere or in this process. Answers
// are the JSON of the management API.
#pragma once

#include "base/config.hpp"

#include <chrono>
#include <functional>
#include <memory>

namespace gantry::host {

class LoadMark;

/// Where the management API has the runs.
inline const std::string kExecutions = "/admin/workflows-executions";

/// Which runs to list; the words of GET /admin/workflows-executions.
struct RunQuery {
    std::string workflow;
    std::string state;  // a comma list
    std::string since;  // ISO time
    std::string waits_for;
    bool needs_person = false;
    std::string id_end;
    std::string key;                                          // exactly
    std::vector<std::pair<std::string, std::string>> fields;  // names and values
    int limit = 100;

    /// The parameters of the request, not escaped.
    std::vector<std::pair<std::string, std::string>> words() const;
};

/// What a service that was called says, and no mistake in how it was called.
struct ServiceError : Error {
    explicit ServiceError(const Error& error) : Error(error) {}
};

/// Functions wait for their answer and throw Error.
class Operations {
public:
    virtual ~Operations() = default;

    /// Accepts a run and waits for its end, `wait` at most: the run as `run()` gives it.
    virtual std::string start(const std::string& workflow, const std::string& input,
                              const std::optional<std::string>& key,
                              std::chrono::milliseconds wait) = 0;
    /// By the id, any end of it that only one run has, or WORKFLOW/KEY. A JSON text, payloads in it
    /// as they were written.
    virtual std::string run(const std::string& id) = 0;
    virtual json runs(const RunQuery& query) = 0;
    /// Asks something of a run: `verb` is one of run_verbs(), steps/success or steps/failure (where
    /// the run is named by `id` and not in the body). The management API's answer.
    virtual json act(const std::string& id, const std::string& verb, const std::string& body) = 0;
    /// Asks the same of many runs: `verb` is one of many_verbs(). The management API's answer.
    virtual json act_on_many(const std::string& verb, const std::string& body) = 0;
    /// Throws ServiceError, too.
    virtual json call(const std::string& service, const std::string& method,
                      const std::string& input, const std::string& key) = 0;
    /// As list_modules() with their reach.
    virtual json modules() = 0;
    virtual json workflows() = 0;
    /// As POST /admin/backup.
    virtual json backup(const std::string& body) = 0;
    /// Runs that break the engine's promise: {"runs": [{"run_id", "why"}]}; see
    /// Store::unaccounted.
    virtual json unaccounted() = 0;

protected:
    /// The summary of the one run whose id ends so, or of WORKFLOW/KEY. Throws NOT_FOUND, or
    /// INVALID_DATA when several do.
    json find(const std::string& name);
    /// A body of steps/success and steps/failure that names the run.
    static std::string naming(const std::string& run_id, const std::string& body);
};

/// What a command needs where no host runs.
struct Needs {
    std::string who;                      // "gantry run"
    std::optional<std::string> workflow;  // the modules of its steps and those they call
    std::optional<std::string> service;   // that module
    bool nothing_started = false;         // the store and the manifests are enough
    bool no_store = false;                // the manifests alone
    /// For a debugger: in this process or not at all; no call and no run has a deadline, plugin
    /// code runs on one thread at a time, and the log is at level debug.
    bool debug = false;
};

/// Everything that is wrong with a configuration, a line each.
struct BadConfiguration : Error {
    explicit BadConfiguration(std::string problems) : Error(GANTRY_E_CONFIG, std::move(problems)) {}
};

/// What a start needs of the machine and does not get: a port, a store that can be used, a disk.
struct BadEnvironment : Error {
    explicit BadEnvironment(const Error& error) : Error(error) {}
};

/// What main offers to the command line.
struct Program {
    /// A host in this process. Throws BadConfiguration and BadEnvironment.
    std::function<std::unique_ptr<Operations>(const Config&, const Needs&)> open;
    /// Serves until a signal; the exit code.
    std::function<int(const Config&)> serve;
    /// Checks everything a start would; adds to `problems`. The mark may be null, see LoadMark.
    std::function<void(const Config&, Problems&, LoadMark*)> check;
};

}  // namespace gantry::host
