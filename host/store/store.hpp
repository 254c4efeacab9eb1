// The store: runs, their steps and definitions in one SQLite file, written in groups.
#pragma once

#include "base/metrics.hpp"
#include "store/lock_file.hpp"
#include "store/mutation.hpp"

#include <map>
#include <memory>

namespace gantry::host {

/// Which runs to list. Newest first.
struct RunFilter {
    std::optional<std::string> workflow;
    std::vector<RunStatus> status;             // empty: any
    std::optional<std::string> text;           // part of the id, key or workflow
    std::optional<std::string> id_end;         // the run's id ends so
    std::optional<std::int64_t> created_from;  // milliseconds since 1970
    std::optional<std::string> waits_for;      // begins so
    std::int64_t limit = 100;
    std::int64_t offset = 0;
};

/// Runs taken because their time has come, and when the next one's comes.
struct Due {
    std::vector<RunRow> runs;
    std::optional<std::int64_t> next;
    bool failed = false;  // the store did not serve; ask again
};

class BatchSink;

/// Puts something around the sink of a store: what it returns gets every batch and hands it on to
/// the one given, which outlives it.
using WrapSink = std::function<std::unique_ptr<BatchSink>(BatchSink&)>;

/// Reads see what was committed before them. Functions that may wait for the disk throw Error of
/// class RETRYABLE when the disk or file does not serve. All functions are [any].
class Store {
public:
    /// `where` is "sqlite:PATH" (made, with its folder, when missing) or "memory:". Takes the lock
    /// that gives one host the file; brings an older schema up to date. Throws Error of class
    /// CONFIG: in use, newer schema, not a database, not writable. `metrics` outlives the store.
    static std::unique_ptr<Store> open(const std::string& where, const std::string& who,
                                       Metrics* metrics = nullptr, const WrapSink& wrap = {});
    ~Store();
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;

    /// Writes with the next group; `done` says how it ended. A failed write may be posted again.
    void post(Mutation mutation, Done done);
    /// How many things nobody has begun to write.
    std::size_t write_queue() const;

    void put_definition(const DefinitionRow& definition);
    std::optional<DefinitionRow> definition(const std::string& hash);

    std::optional<RunRow> run(const std::string& id);
    /// The newest one of that workflow whose id or key is `id`.
    std::optional<RunRow> run_named(const std::string& workflow, const std::string& id);
    std::vector<RunRow> runs(const RunFilter& filter);
    std::int64_t count(const RunFilter& filter);
    std::vector<StepRow> steps(const std::string& run_id);

    std::vector<EventRow> events(const std::string& run_id);
    /// Those not consumed, the oldest first.
    std::vector<SignalRow> signals(const std::string& run_id);
    /// How many runs stand still for each kind of reason (RunRow::waits_for up to the colon).
    std::map<std::string, std::int64_t> waiting();

    /// Calls of these runs were under way when the host that owns them died: one crash more for
    /// each.
    void suspect(const std::vector<std::string>& run_ids);
    /// Runs of hosts that are gone (all but `owner`; the lock says so) become due: nobody owns
    /// them, and the fence goes up. At most `limit` of them; how many there were.
    std::size_t sweep(const std::string& owner, std::int64_t now, std::int64_t limit);

    /// Takes at most `limit` runs whose time has come, the longest due first: fence + 1; `wake_at`
    /// is what it was. Of those whose host died during their calls (`crashes` > 0) one, if
    /// `suspects`, else none. `done` comes on the writer's thread.
    void claim_due(const std::string& owner, std::int64_t now, std::int64_t limit, bool suspects,
                   std::function<void(Due)> done);
    /// Takes one run that nobody owns and that is not done or reverted; nothing when there is none
    /// such, also when the store does not serve. `wake_at` is what it was. `done` comes on the
    /// writer's thread.
    void claim(const std::string& run_id, const std::string& owner,
               std::function<void(std::optional<RunRow>)> done);
    /// What `owner` holds is due at `now`; no crash is counted.
    void release(const std::string& owner, std::int64_t now);
    /// Runs that stand still for that kind of reason are due at `now`.
    void wake(const std::string& kind, std::int64_t now);
    /// Unfinished runs that take turns, the oldest first; of RunRow only id, workflow, turn, status
    /// and waits_for.
    std::vector<RunRow> turns();

    /// False: this id was sent before. Throws NOT_FOUND for an unknown run.
    bool put_signal(const std::string& run_id, const SignalRow& signal);
    /// Whether this id was sent to the run before, consumed or not.
    bool has_signal(const std::string& run_id, const std::string& signal_id);

    /// Deletes at most `limit` runs that ended so before `before`; how many.
    std::size_t erase(RunStatus status, std::int64_t before, std::int64_t limit);

    /// When the first of those that ended so did; nothing: there is none.
    std::optional<std::int64_t> oldest(RunStatus status);

    /// A value the host keeps about itself; empty when there is none.
    std::string note(const std::string& key);
    void put_note(const std::string& key, const std::string& value);

    /// The lock beside the file; none for "memory:".
    LockFile* lock();

private:
    class Impl;
    explicit Store(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace gantry::host
