// Says of each verb where it runs; what it does stands in the part named for it.
#include "store/sqlite_store.hpp"

#include "base/fault.hpp"
#include "base/id.hpp"
#include "base/may_block.hpp"
#include "store/accounts.hpp"
#include "store/claims.hpp"
#include "store/copy.hpp"
#include "store/lists.hpp"
#include "store/migration.hpp"
#include "store/own_file.hpp"
#include "store/records.hpp"
#include "store/room.hpp"
#include "store/signals.hpp"
#include "store/sqlite_rows.hpp"
#include "store/turns.hpp"

#include <gantry/json.hpp>

#include <sqlite3.h>
#include <unistd.h>

#include <future>

namespace gantry::host {
namespace {

constexpr std::string_view kSqlitePrefix = "sqlite:";
constexpr const char* kMemory = ":memory:";

// With its schema brought up to date: the sink counts on it.
SqliteConnection& migrated(SqliteConnection& connection) {
    migrate(connection);
    return connection;
}

template <typename Fn>
auto told(Fn&& fn, SqliteConnection& connection, std::string_view doing) {
    try {
        return fn(connection);
    } catch (const SQLite::Exception& e) {
        throw error_of(e, connection.database(), doing);
    }
}

/// Answers for what it writes only while the file is there.
class LastingSink : public BatchSink {
public:
    LastingSink(BatchSink& sink, FileWatch& file) : sink_(sink), file_(file) {}

    std::vector<Outcome> commit(std::vector<WriteItem>& batch) override {
        if (const auto why = file_.lost(); !why.empty()) {
            return {batch.size(), Error(GANTRY_E_UNAVAILABLE, why, GANTRY_EF_NOT_APPLIED)};
        }
        auto outcomes = sink_.commit(batch);
        if (const auto why = file_.lost(); !why.empty()) {
            outcomes.assign(batch.size(), Error(GANTRY_E_UNAVAILABLE, why));
        }
        return outcomes;
    }

private:
    BatchSink& sink_;
    FileWatch& file_;
};

// What is missing is looked for under the lock, when nobody else puts it there or takes it away.
std::unique_ptr<LockFile> locked(const std::string& file, const std::string& who) {
    auto lock = std::make_unique<LockFile>(file, LockOwner{getpid(), who, "", ""});
    refuse_a_vanished(file);
    return lock;
}

}  // namespace

std::unique_ptr<Store> Store::open(const std::string& where, const std::string& who,
                                   Metrics* metrics, const WrapSink& wrap) {
    try {
        if (where == "memory:") {
            return std::make_unique<SqliteStore>(kMemory, who, metrics, wrap);
        }
        if (!where.starts_with(kSqlitePrefix)) {
            throw Error(GANTRY_E_CONFIG, "expected \"sqlite:PATH\" or \"memory:\"");
        }
        const std::filesystem::path path = where.substr(kSqlitePrefix.size());
        refuse_of_others(path);  // before a lock of ours stands beside it
        make_own_folder(path.parent_path());
        return std::make_unique<SqliteStore>(path.string(), who, metrics, wrap);
    } catch (const Error& e) {
        if (e.details().is_object()) throw;  // in use: it names the file
        throw Error(e.code(), "store \"" + where + "\": " + e.message());
    } catch (const SQLite::Exception& e) {
        const bool damaged = e.getErrorCode() == SQLITE_CORRUPT;
        throw Error(
            GANTRY_E_CONFIG,
            "store \"" + where + "\": " + e.what() +
                (damaged ? ". Put a backup back (gantry restore DIR --replace). A file that was "
                           "copied here does not go with the -wal of another"
                         : ""));
    } catch (const std::filesystem::filesystem_error& e) {
        throw Error(GANTRY_E_CONFIG, "store \"" + where + "\": " + e.what());
    }
}

SqliteStore::SqliteStore(const std::string& file, const std::string& who, Metrics* metrics,
                         const WrapSink& wrap)
    : path_(file),
      host_(make_id()),
      metrics_(metrics),
      lock_(file == kMemory ? nullptr : locked(file, who)),
      database_lock_(lock_ ? std::make_optional<DatabaseLock>(file) : std::nullopt),
      write_(file, SqliteConnection::Mode::kWrite),
      sink_(migrated(write_), clock_) {
    if (lock_) {
        finding_ = check_stamp(write_, file, now());
        stamp_ = stamp_of(write_);
        stamp_->written = write_.database().getTotalChanges();
        for (const char* part : {"", "-wal", "-shm"}) keep_to_owner(file + part);
        file_.emplace(file);
        look_up_.emplace(file);
        scan_.emplace(file);
    }
    if (wrap) wrapped_ = wrap(sink_);
    BatchSink& sink = wrapped_ ? *wrapped_ : sink_;
    if (file_) lasting_ = std::make_unique<LastingSink>(sink, *file_);
    writer_.emplace(lasting_ ? *lasting_ : sink, Writer::Settings{}, metrics);
}

// An orderly end is one more number: a copy taken before it is older.
SqliteStore::~SqliteStore() {
    if (!file_) return;
    try {
        raise_stamp();
    } catch (const std::exception&) {
        // The file beside it is behind then, which is no harm.
    }
}

void SqliteStore::check_lasting() {
    if (const auto why = lost(); !why.empty()) {
        throw Error(GANTRY_E_UNAVAILABLE, why, GANTRY_EF_NOT_APPLIED);
    }
}

template <typename Fn>
auto SqliteStore::read_by(std::optional<Reader>& reader, Fn& fn) {
    fault::at("store.read");
    if (!reader) return on_writer(fn);
    about_to_block("a read of the store");
    const std::lock_guard lock(reader->mutex);
    return told(fn, reader->connection, "the store cannot be read");
}

template <typename Fn>
auto SqliteStore::read(Fn fn) {
    return read_by(look_up_, fn);
}

template <typename Fn>
auto SqliteStore::scan(Fn fn) {
    return read_by(scan_, fn);
}

template <typename Fn>
auto SqliteStore::counted(Fn& fn) {
    try {
        return told(fn, write_, "the store does not serve");
    } catch (const Error&) {
        if (metrics_ != nullptr) metrics_->store_error();
        throw;
    }
}

template <typename Fn>
auto SqliteStore::on_writer(Fn fn) {
    about_to_block("the store's writer");
    using Result = decltype(fn(write_));
    std::packaged_task<Result()> task([&] {
        check_lasting();
        return counted(fn);
    });
    auto result = task.get_future();
    writer_->post({{}, {}, [&] { task(); }});
    return result.get();
}

template <typename Fn, typename Failed, typename Answer>
void SqliteStore::later(Fn fn, Failed failed, std::function<void(Answer)> done) {
    writer_->post({{}, {}, [this, fn, failed, done = std::move(done)] {
                       try {
                           check_lasting();
                           done(counted(fn));
                       } catch (const Error& e) {
                           done(failed(e));
                       }
                   }});
}

void SqliteStore::post(std::shared_ptr<const Mutation> mutation, Done done) {
    writer_->post({std::move(mutation), std::move(done), {}});
}

void SqliteStore::put_definition(const DefinitionRow& definition) {
    on_writer([&](auto& c) { host::put_definition(c, definition, now()); });
}
std::optional<DefinitionRow> SqliteStore::definition(const std::string& hash) {
    return read([&](auto& c) { return host::definition(c, hash); });
}

std::optional<RunRow> SqliteStore::run(const std::string& id) {
    return read([&](auto& c) { return run_of(c, id); });
}
std::optional<RunRow> SqliteStore::run_named(const std::string& workflow, const std::string& id) {
    return read([&](auto& c) { return host::run_named(c, workflow, id); });
}
std::vector<RunRow> SqliteStore::runs(const RunFilter& filter) {
    return scan([&](auto& c) { return host::runs(c, filter, stranded_); });
}
std::int64_t SqliteStore::count(const RunFilter& filter) {
    return scan([&](auto& c) { return host::count(c, filter, kCountAtMost, stranded_); });
}
std::vector<StepRow> SqliteStore::steps(const std::string& run_id) {
    return read([&](auto& c) { return steps_of(c, run_id); });
}
std::optional<std::string> SqliteStore::turn_holder(const std::string& workflow,
                                                    const std::string& turn) {
    return read([&](auto& c) { return host::turn_holder(c, workflow, turn); });
}
std::vector<std::string> SqliteStore::unreverted(const std::string& run_id) {
    return read([&](auto& c) { return host::unreverted(c, run_id); });
}
std::vector<EventRow> SqliteStore::events(const std::string& run_id) {
    return read([&](auto& c) { return host::events(c, run_id); });
}
std::vector<FieldRow> SqliteStore::fields(const std::string& run_id) {
    return read([&](auto& c) { return host::fields(c, run_id); });
}
std::map<std::string, std::int64_t> SqliteStore::waiting() {
    return scan([&](auto& c) { return host::waiting(c); });
}
std::vector<OpenRuns> SqliteStore::open_runs() {
    return scan([](auto& c) { return host::open_runs(c); });
}
void SqliteStore::strand(std::vector<StrandedRuns> runs) {
    scan([&](auto&) { return stranded_ = stranded_text(runs); });
}
std::optional<std::int64_t> SqliteStore::newest() {
    return scan([](auto& c) { return host::newest(c); });
}
std::map<std::string, std::int64_t> SqliteStore::waiting_since() {
    return scan([&](auto& c) { return host::waiting_since(c); });
}
std::vector<Unaccounted> SqliteStore::unaccounted(std::chrono::milliseconds patience) {
    return scan([&](auto& c) { return host::unaccounted(c, host_, now(), patience.count()); });
}
// On the writer's thread no claim and no end is under way: the row and its driver are of one time.
std::vector<std::string> SqliteStore::undriven(
    std::chrono::milliseconds patience, const std::function<bool(const std::string&)>& drives) {
    auto ids = scan([&](auto& c) { return owned(c, host_, now() - patience.count()); });
    std::erase_if(ids, drives);
    if (ids.empty()) return ids;
    return on_writer([&](auto& c) {
        std::erase_if(ids,
                      [&](const std::string& id) { return drives(id) || !is_owned(c, id, host_); });
        return ids;
    });
}

void SqliteStore::suspect(const std::vector<std::string>& run_ids) {
    on_writer([&](auto& c) { host::suspect(c, run_ids); });
}
std::size_t SqliteStore::sweep(std::int64_t limit) {
    return on_writer([&](auto& c) { return host::sweep(c, host_, now(), limit); });
}
void SqliteStore::claim_due(std::int64_t limit, bool suspects, std::function<void(Due)> done) {
    later([this, limit,
           suspects](auto& c) { return host::claim_due(c, host_, now(), limit, suspects); },
          [](const Error&) {
              return Due{{}, {}, true, {}};
          },
          std::move(done));
}
void SqliteStore::claim(const std::string& run_id, bool take_turn,
                        std::function<void(Claim)> done) {
    later([this, run_id,
           take_turn](auto& c) { return host::claim(c, host_, now(), run_id, take_turn); },
          [](const Error& e) {
              return Claim{{}, {}, e};
          },
          std::move(done));
}
void SqliteStore::release() {
    on_writer([&](auto& c) { host::release(c, host_, now()); });
}
void SqliteStore::wake(const std::string& kind) {
    on_writer([&](auto& c) { host::wake(c, kind, now()); });
}
void SqliteStore::bound_delays() {
    on_writer([&](auto& c) { host::bound_delays(c, now()); });
}

void SqliteStore::move_delays(std::int64_t ms) {
    on_writer([&](auto& c) { host::move_delays(c, ms); });
}

void SqliteStore::put_signal(const std::string& run_id, SignalRow signal,
                             std::function<void(SignalPut)> done) {
    later([this, run_id, signal = std::move(signal)](
              auto& c) { return host::put_signal(c, run_id, signal, now()); },
          [](const Error& e) {
              SignalPut put;
              put.error = e;
              return put;
          },
          std::move(done));
}

std::size_t SqliteStore::erase(RunStatus status, std::int64_t before, std::int64_t limit) {
    return on_writer([&](auto& c) { return host::erase(c, status, before, limit, now()); });
}
std::optional<std::int64_t> SqliteStore::oldest(RunStatus status) {
    return scan([&](auto& c) { return host::oldest(c, status); });
}

StoreSize SqliteStore::size() {
    return scan([](auto& c) { return size_of(c); });
}
void SqliteStore::shrink(std::int64_t pages) {
    on_writer([&](auto& c) { give_back(c, pages); });
}

std::string SqliteStore::note(const std::string& key) {
    return read([&](auto& c) { return host::note(c, key); });
}
void SqliteStore::put_note(const std::string& key, const std::string& value) {
    on_writer([&](auto& c) { host::put_note(c, key, value); });
}

// The writer has written by then what was posted before.
void SqliteStore::copy_to(const std::string& file) {
    if (!file_) {
        throw Error(GANTRY_E_CONFIG, "the store is \"memory:\", which keeps nothing to copy");
    }
    on_writer([](auto&) {});
    SqliteConnection source(path_, SqliteConnection::Mode::kRead);
    told([&](SqliteConnection& c) { host::copy(c, file); }, source, "the store cannot be copied");
}

void SqliteStore::raise_stamp() {
    if (!file_) return;
    if (!lost().empty()) return leave_stamp(path_, *stamp_);
    on_writer([this](auto& c) { host::raise_stamp(c, path_, *stamp_); });
}

}  // namespace gantry::host
