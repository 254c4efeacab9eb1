// The store in one SQLite file, or in memory. A file has connections of its own for reads;
// ":memory:" has one, on the writer's thread, and reads go there.
#pragma once

#include "store/file_watch.hpp"
#include "store/lock_file.hpp"
#include "store/sqlite_sink.hpp"
#include "store/stamp.hpp"
#include "store/store.hpp"

namespace gantry::host {

class SqliteStore : public Store {
public:
    /// A path whose folder is there, or ":memory:". Throws as Store::open does.
    SqliteStore(const std::string& file, const std::string& who, Metrics* metrics,
                const WrapSink& wrap);
    ~SqliteStore() override;

    const std::string& host() const override { return host_; }
    WallClock& clock() override { return clock_; }

    void post(std::shared_ptr<const Mutation> mutation, Done done) override;
    std::size_t write_queue() const override { return writer_->waiting(); }
    std::chrono::steady_clock::duration still_for() const override { return writer_->still_for(); }

    void put_definition(const DefinitionRow& definition) override;
    std::optional<DefinitionRow> definition(const std::string& hash) override;

    std::optional<RunRow> run(const std::string& id) override;
    std::optional<RunRow> run_named(const std::string& workflow, const std::string& id) override;
    std::vector<RunRow> runs(const RunFilter& filter) override;
    std::int64_t count(const RunFilter& filter) override;
    std::vector<StepRow> steps(const std::string& run_id) override;
    std::optional<std::string> turn_holder(const std::string& workflow,
                                           const std::string& turn) override;
    std::vector<std::string> unreverted(const std::string& run_id) override;
    std::vector<EventRow> events(const std::string& run_id) override;
    std::vector<FieldRow> fields(const std::string& run_id) override;
    std::map<std::string, std::int64_t> waiting() override;
    std::vector<OpenRuns> open_runs() override;
    void strand(std::vector<StrandedRuns> runs) override;
    std::optional<std::int64_t> newest() override;
    std::map<std::string, std::int64_t> waiting_since() override;
    std::vector<Unaccounted> unaccounted(std::chrono::milliseconds patience) override;
    std::vector<std::string> undriven(
        std::chrono::milliseconds patience,
        const std::function<bool(const std::string& run_id)>& drives) override;

    void suspect(const std::vector<std::string>& run_ids) override;
    std::size_t sweep(std::int64_t limit) override;
    void claim_due(std::int64_t limit, bool suspects, std::function<void(Due)> done) override;
    void claim(const std::string& run_id, bool take_turn, std::function<void(Claim)> done) override;
    void release() override;
    void wake(const std::string& kind) override;
    void move_delays(std::int64_t ms) override;
    void bound_delays() override;

    void put_signal(const std::string& run_id, SignalRow signal,
                    std::function<void(SignalPut)> done) override;

    std::size_t erase(RunStatus status, std::int64_t before, std::int64_t limit) override;
    std::optional<std::int64_t> oldest(RunStatus status) override;

    StoreSize size() override;
    void shrink(std::int64_t pages) override;

    std::string note(const std::string& key) override;
    void put_note(const std::string& key, const std::string& value) override;

    void copy_to(const std::string& file) override;
    std::string lost() override { return file_ ? file_->lost() : ""; }
    const std::string& finding() const override { return finding_; }
    void raise_stamp() override;

    LockFile* lock() override { return lock_.get(); }

private:
    /// One thread at a time reads through it.
    struct Reader {
        explicit Reader(const std::string& file)
            : connection(file, SqliteConnection::Mode::kRead) {}
        std::mutex mutex;
        SqliteConnection connection;
    };

    /// Runs `fn(connection)` where look-ups belong and returns what it returns.
    template <typename Fn>
    auto read(Fn fn);
    /// The same for what goes through many rows: the look-ups of runs under way do not wait for it.
    template <typename Fn>
    auto scan(Fn fn);
    template <typename Fn>
    auto read_by(std::optional<Reader>& reader, Fn& fn);
    /// Runs `fn(connection)` on the writer's thread, between two batches, and waits for it.
    template <typename Fn>
    auto on_writer(Fn fn);
    /// Throws Error UNAVAILABLE where the file is lost.
    void check_lasting();
    /// The same without waiting: `done` gets what `fn` returns, or `failed(Error)` in its place.
    template <typename Fn, typename Failed, typename Answer>
    void later(Fn fn, Failed failed, std::function<void(Answer)> done);

    /// What `fn` returns; what it throws is counted.
    template <typename Fn>
    auto counted(Fn& fn);

    const std::string path_;
    const std::string host_;
    Metrics* const metrics_;
    WallClock clock_;
    std::unique_ptr<LockFile> lock_;
    std::optional<DatabaseLock> database_lock_;  // it goes after all connections to the file
    SqliteConnection write_;
    SqliteSink sink_;
    std::unique_ptr<BatchSink> wrapped_;
    std::string finding_;
    std::optional<Stamp> stamp_;     // the writer's; of a file
    std::optional<FileWatch> file_;  // of a file
    std::unique_ptr<BatchSink> lasting_;
    std::string stranded_;  // of scans alone; as lists.hpp has it
    std::optional<Reader> look_up_;
    std::optional<Reader> scan_;
    std::optional<Writer> writer_;  // last: it ends first
};

}  // namespace gantry::host
