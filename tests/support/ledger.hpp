// The oracle of crash tests: what the plugin `ledger` witnessed against what the store says.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <filesystem>
#include <mutex>
#include <string>
#include <vector>

namespace gantry::test {

/// The invariants that every test of the host keeps, whatever it does to it:
///   I1  every acknowledged run is there
///   I2  every run is over, or parked with what it waits for; nobody owns it
///   I3  done: each effect applied once and not undone; reverted: applied = undone, the undo last;
///       failed: what is not undone is said; no effect without its row; "once" is called once
///   I4  one key, one input; the result that counts is that of the last call and never changes; a
///       compensation is given what was recorded
///   I5  a run's fence never falls, and no row carries a higher one
///   I6  undos run in the reverse order of the invokes, one after the other (not looked at where
///   the
///       definition has "parallel" or "for_each")
///   I7  calls of one step never overlap, except 10 s late ones and those of a process that died
///   I8  both files are sound
/// Keeps what it saw: a later check() compares.
class LedgerOracle {
public:
    /// Both files need not be there yet.
    LedgerOracle(std::filesystem::path ledger, std::filesystem::path store);

    /// A caller was told that this run, or the run with this idempotency key, was accepted. [any]
    void acknowledged(const std::string& run_or_key);

    /// What is violated, one line each, "I3 …"; empty: nothing. The host is stopped, or nothing is
    /// under way in it.
    std::vector<std::string> check();

    /// The runs the store has, and the calls and effects the ledger has: a check of nothing proves
    /// nothing.
    struct Counts {
        std::int64_t runs = 0;
        std::int64_t calls = 0;
        std::int64_t applied = 0;
        std::int64_t undone = 0;
        std::int64_t waiting = 0;  // runs
    };
    Counts counts();

    /// How the run with this id or key stands; empty: it is not there.
    std::string state(const std::string& run_or_key);
    /// Runs that are neither over nor paused.
    std::int64_t open_runs();
    /// They and their open steps, a line each, for who wonders why they are.
    std::string open_rows();

private:
    class Attached;

    const std::filesystem::path ledger_;
    const std::filesystem::path store_;
    std::mutex mutex_;
    SQLite::Database memory_;  // what was acknowledged and seen
};

}  // namespace gantry::test
