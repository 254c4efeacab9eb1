// The real program with the plugin `ledger` and workflows that do as their input says.
#pragma once

#include "support/host_process.hpp"
#include "support/ledger.hpp"

namespace gantry::test {

/// Module "ledger", store and ledger under data/, workflows/*.json, a route POST /NAME that waits
/// 60 s for each workflow of ledger_workflows().
json ledger_config();

/// By name, each with its steps, whose ids are a, b, c:
///   one    write
///   two    write-undo, write
///   three  write, write-undo, write
///   once   write, once, write
///   look   read, write
///   nap    write-undo, a sleep as long as the input's "nap", write
/// A step's script is the input's member of its id; from the second on, "seen" is the result of the
/// step before.
json ledger_workflows();

/// A workflow's step as ledger_workflows() has them. `before` is the id of an earlier step, or
/// empty.
json ledger_step(const std::string& id, const std::string& step, const std::string& before = "");

/// The input of a run: the scripts by the step's id, {"b": {"do": "refuse"}}, completed with what
/// they leave out; a nap is parked, and short.
json ledger_input(const json& scripts);

class LedgerHost : public HostProcess {
public:
    /// Writes configuration and workflows, starts nothing.
    explicit LedgerHost(const json& config = ledger_config());

    /// POST /`workflow` with the key; an answer that is one means the run is acknowledged. With
    /// `wait` false it is 202 at once. [any]
    HttpResponse start(const std::string& workflow, const std::string& key,
                       const json& scripts = json::object(), bool wait = true);

    /// Until nothing is under way in the running host: every run is over or paused.
    bool settle(std::chrono::seconds limit = std::chrono::seconds(60));

    /// Makes of the runs that a killed host had parked such as it leaves when they wait in memory:
    /// owned by it, and their time has come.
    void leave_open() const;

    /// What the oracle says, see LedgerOracle::check, and the runs that nobody accounts for.
    std::vector<std::string> check();
    LedgerOracle& oracle() { return oracle_; }

private:
    LedgerOracle oracle_{dir() / "data/ledger.db", dir() / "data/gantry.db"};
};

}  // namespace gantry::test
