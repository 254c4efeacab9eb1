// The store: runs, their steps and definitions in one SQLite file, written in groups.
#pragma once

#include "store/lock_file.hpp"
#include "store/mutation.hpp"

#include <memory>

namespace gantry::host {

/// Which runs to list. Newest first.
struct RunFilter {
    std::optional<std::string> workflow;
    std::vector<RunStatus> status;             // empty: any
    std::optional<std::string> text;           // part of the id, key or workflow
    std::optional<std::string> id_end;         // the run's id ends so
    std::optional<std::int64_t> created_from;  // milliseconds since 1970
    std::int64_t limit = 100;
    std::int64_t offset = 0;
};

/// Reads see what was committed before them. Functions that may wait for the disk throw Error of
/// class RETRYABLE when the disk or file does not serve. All functions are [any].
class Store {
public:
    /// `where` is "sqlite:PATH" (made, with its folder, when missing) or "memory:". Takes the lock
    /// that gives one host the file; brings an older schema up to date. Throws Error of class
    /// CONFIG: in use, newer schema, not a database, not writable.
    static std::unique_ptr<Store> open(const std::string& where, const std::string& who);
    ~Store();
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;

    /// Writes with the next group; `done` says how it ended. A failed write may be posted again.
    void post(Mutation mutation, Done done);

    void put_definition(const DefinitionRow& definition);
    std::optional<DefinitionRow> definition(const std::string& hash);

    std::optional<RunRow> run(const std::string& id);
    /// The newest one of that workflow whose id or key is `id`.
    std::optional<RunRow> run_named(const std::string& workflow, const std::string& id);
    std::vector<RunRow> runs(const RunFilter& filter);
    std::int64_t count(const RunFilter& filter);
    std::vector<StepRow> steps(const std::string& run_id);

    /// Takes every run that another, now dead, host owned: fence and crashes go up by one.
    std::vector<RunRow> take_over(const std::string& owner);
    /// Takes one paused run: fence goes up, it is owned again. Nothing when it is not paused.
    std::optional<RunRow> claim_paused(const std::string& run_id, const std::string& owner);

    /// The lock beside the file; none for "memory:".
    LockFile* lock();

private:
    class Impl;
    explicit Store(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace gantry::host
