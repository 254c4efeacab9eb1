// What the engine and the API need of a store; SQLite's is behind Store::open.
#pragma once

#include "base/metrics.hpp"
#include "base/wall_clock.hpp"
#include "store/mutation.hpp"
#include "store/open_runs.hpp"

#include <chrono>
#include <map>
#include <memory>

namespace gantry::host {

/// Which runs to list. The newest first by their time of creation, of equal ones the last accepted;
/// by acceptance alone where there is nothing but `text`.
struct RunFilter {
    static constexpr std::int64_t kTextLooksAt = 10'000;

    std::optional<std::string> workflow;
    std::vector<RunStatus> status;             // empty: any
    bool needs_person = false;                 // failed, paused, or waits for a plugin
    std::optional<std::string> text;           // part of the id, key or workflow, looked for in
                                               // the newest kTextLooksAt that the rest finds
    std::optional<std::string> exactly;        // its id or key is this
    std::optional<std::string> id_end;         // the run's id ends so
    std::optional<std::int64_t> created_from;  // milliseconds since 1970
    std::optional<std::string> waits_for;      // begins so
    std::vector<FieldRow> fields;              // it has each of them
    std::int64_t limit = 100;
    std::int64_t offset = 0;
};

/// A run that this process owns now, with all it takes to go on. `wake_at` is what it was.
struct ClaimedRun {
    RunRow run;
    std::vector<StepRow> steps;
    std::vector<SignalRow> signals;  // not consumed, the oldest first
    bool holds_turn = true;          // false: another run holds it
};

/// Runs taken because their time has come, and when the next one's comes.
struct Due {
    std::vector<ClaimedRun> runs;
    std::optional<std::int64_t> next;
    bool failed = false;  // the store did not serve, or not for all; ask again
    /// Runs that cannot be read, and why. They are set aside, where their rows can be written.
    std::map<std::string, std::string> unreadable;
};

/// How large the store is; free is what deleted rows have left in it.
struct StoreSize {
    std::int64_t bytes = 0;
    std::int64_t free_bytes = 0;
    bool shrinks = false;  // Store::shrink gives free ones back
};

/// What became of a claim of one run.
struct Claim {
    std::optional<ClaimedRun> taken;
    std::optional<RunRow> there;  // not taken: the row without its payloads; nothing: no such run
    std::optional<Error> error;   // the store did not serve
};

/// What became of a signal.
struct SignalPut {
    bool is_new = false;        // else this id was sent before, or the run takes none
    bool known = false;         // this id was sent before
    bool consumed = false;      // and a wait of the run has had it
    std::optional<RunRow> run;  // as it was then, without its payloads; nothing: no such run
    std::optional<Error> error;
};

/// A run that nobody accounts for, and why: see Store::unaccounted.
struct Unaccounted {
    std::string run_id;
    std::string why;
    std::optional<std::int64_t> due_at = std::nullopt;  // where that is why
    bool is_suspect = false;                            // due, and its last host died in its calls
    bool one_is_tried = false;                          // then: this host owns another suspect
};

class BatchSink;
class LockFile;

/// Puts something around the sink of a store: what it returns gets every batch and hands it on to
/// the one given, which outlives it.
using WrapSink = std::function<std::unique_ptr<BatchSink>(BatchSink&)>;

/// Runs, their steps and definitions, written in groups. Reads see what was committed before them.
/// Functions that wait (all without a callback but host(), now(), write_queue() and lock()) throw
/// Error of class RETRYABLE when the disk or file does not serve, and are for threads that may
/// block. All are [any]. Callbacks come once, on the thread that wrote, which may not block: short,
/// and throw nothing.
class Store {
public:
    /// `where` is "sqlite:PATH" (made, with its folder, when missing) or "memory:". Takes the lock
    /// that gives one host the file; brings an older schema up to date. Throws Error of class
    /// CONFIG: in use, newer schema, not a database, not writable. `metrics` outlives the store.
    static std::unique_ptr<Store> open(const std::string& where, const std::string& who,
                                       Metrics* metrics = nullptr, const WrapSink& wrap = {});
    Store() = default;
    virtual ~Store() = default;
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;

    /// The id under which this process owns runs.
    virtual const std::string& host() const = 0;
    /// The clock that the times of the rows mean.
    virtual WallClock& clock() = 0;
    std::int64_t now() { return clock().now(); }

    /// Writes with the next group; `done` says how it ended. A failed write may be posted again.
    /// Who keeps the mutation also frees it, and not the thread that writes for all.
    virtual void post(std::shared_ptr<const Mutation> mutation, Done done) = 0;
    void post(Mutation mutation, Done done) {
        post(std::make_shared<const Mutation>(std::move(mutation)), std::move(done));
    }
    /// How many things nobody has begun to write.
    virtual std::size_t write_queue() const = 0;
    /// For how long nothing was written although something waits; zero when nothing does.
    virtual std::chrono::steady_clock::duration still_for() const = 0;

    virtual void put_definition(const DefinitionRow& definition) = 0;
    virtual std::optional<DefinitionRow> definition(const std::string& hash) = 0;

    virtual std::optional<RunRow> run(const std::string& id) = 0;
    /// The newest one of that workflow whose id or key is `id`.
    virtual std::optional<RunRow> run_named(const std::string& workflow, const std::string& id) = 0;
    /// Without payloads: pins, input, output and error are empty. What it costs does not grow with
    /// the payloads.
    virtual std::vector<RunRow> runs(const RunFilter& filter) = 0;
    /// Stops at kCountAtMost.
    virtual std::int64_t count(const RunFilter& filter) = 0;
    static constexpr std::int64_t kCountAtMost = 10'001;
    virtual std::vector<StepRow> steps(const std::string& run_id) = 0;
    /// Who holds that turn of an exclusive workflow.
    virtual std::optional<std::string> turn_holder(const std::string& workflow,
                                                   const std::string& turn) = 0;
    /// The paths of its failed undos. Reads no payloads.
    virtual std::vector<std::string> unreverted(const std::string& run_id) = 0;
    virtual std::vector<EventRow> events(const std::string& run_id) = 0;
    /// By what it is found, sorted by name.
    virtual std::vector<FieldRow> fields(const std::string& run_id) = 0;
    /// How many runs stand still for each kind of reason (RunRow::waits_for up to the colon).
    virtual std::map<std::string, std::int64_t> waiting() = 0;
    virtual std::vector<OpenRuns> open_runs() = 0;
    /// From now on runs of these that nobody has taken up need a person as well; a list of those
    /// who need one says that they wait for a plugin, and why. It knows no others than the last.
    virtual void strand(std::vector<StrandedRuns> runs) = 0;
    /// The newest time that a row has, but for steps, events and signals. Costs what is open.
    virtual std::optional<std::int64_t> newest() = 0;
    /// When the one that has stood still longest began to, for each kind. Costs what waits.
    virtual std::map<std::string, std::int64_t> waiting_since() = 0;
    /// Unfinished runs that nobody accounts for: with an owner that is not this host, or with none
    /// and neither a time when they are due nor a listed reason; waiting for a turn that nobody
    /// holds; or due for longer than `patience`, which may be right: see Runs::unaccounted.
    virtual std::vector<Unaccounted> unaccounted(std::chrono::milliseconds patience) = 0;
    /// Unfinished runs of this host that `drives` does not know, last written longer than
    /// `patience` ago. Who takes up what it claims within the claim's callback, and lets go of a
    /// run after it was written that nobody owns it, is never told of one of his. `drives` is
    /// [any].
    virtual std::vector<std::string> undriven(
        std::chrono::milliseconds patience,
        const std::function<bool(const std::string& run_id)>& drives) = 0;

    /// Calls of these runs were under way when the host that owns them died: one crash more for
    /// each.
    virtual void suspect(const std::vector<std::string>& run_ids) = 0;
    /// Runs of hosts that are gone (all but this one; the lock says so) become due: nobody owns
    /// them, and the fence goes up. At most `limit` of them; how many there were.
    virtual std::size_t sweep(std::int64_t limit) = 0;

    /// Takes at most `limit` runs whose time has come, the longest due first: fence + 1. Of those
    /// whose host died during their calls (`crashes` > 0) one, if `suspects`, else none.
    virtual void claim_due(std::int64_t limit, bool suspects, std::function<void(Due)> done) = 0;
    /// Takes one run that nobody owns and that is not reverted. `take_turn`: also its turn, where
    /// nobody holds it; without, the run is not done either.
    virtual void claim(const std::string& run_id, bool take_turn,
                       std::function<void(Claim)> done) = 0;
    /// What this process owns is due now, under fence + 1; no crash is counted.
    virtual void release() = 0;
    /// Runs that stand still for that kind of reason are due now.
    virtual void wake(const std::string& kind) = 0;
    /// The clock was set: delays between attempts (kind "delay") of runs that nobody owns are moved
    /// by `ms`, so that they stay spans of time.
    virtual void move_delays(std::int64_t ms) = 0;
    /// The clock may have been set while no host ran: such delays end no later than what was left
    /// of them when they were written.
    virtual void bound_delays() = 0;

    /// Of a run that can still take it, and a signal whose id is new; who waits for it is due. With
    /// an event that says who sent it.
    virtual void put_signal(const std::string& run_id, SignalRow signal,
                            std::function<void(SignalPut)> done) = 0;

    /// Deletes at most `limit` runs that ended so before `before`; how many.
    virtual std::size_t erase(RunStatus status, std::int64_t before, std::int64_t limit) = 0;
    /// When the first of those that ended so did; nothing: there is none.
    virtual std::optional<std::int64_t> oldest(RunStatus status) = 0;

    virtual StoreSize size() = 0;
    /// Gives at most `pages` free pages back, in a commit of its own; see StoreSize::shrinks.
    virtual void shrink(std::int64_t pages) = 0;

    /// A value the host keeps about itself; empty when there is none.
    virtual std::string note(const std::string& key) = 0;
    virtual void put_note(const std::string& key, const std::string& value) = 0;

    /// Writes all that was committed before into `file`, which is made; writes go on meanwhile.
    /// Throws CONFIG for "memory:".
    virtual void copy_to(const std::string& file) = 0;
    /// Why nothing that is written now would last: the file was deleted, or another one stands in
    /// its place. Writes are refused as long as it is so. Empty: all is well. [any]
    virtual std::string lost() = 0;
    /// What was wrong with the file when it was opened, for people: it is older than what stood
    /// here last (see store/stamp.hpp), and open runs were paused as "restored". Empty: nothing.
    virtual const std::string& finding() const = 0;
    /// The next number of the stamp, unless nothing was written since the last one. Where the file
    /// is lost only the file beside it is written, so that the next start does not begin with an
    /// empty store.
    virtual void raise_stamp() = 0;

    /// The lock beside the file; none for "memory:".
    virtual LockFile* lock() = 0;
};

}  // namespace gantry::host
