// Opening a store, and reading from it.
#include "store/store.hpp"

#include "store/store_impl.hpp"

#include <gantry/json.hpp>

#include <unistd.h>

namespace gantry::host {
namespace {

constexpr std::string_view kSqlitePrefix = "sqlite:";

// The condition of a filter, and its parameters in order.
struct Where {
    std::string sql = " WHERE 1";
    std::vector<std::string> texts;

    explicit Where(const RunFilter& filter) {
        if (filter.workflow) add(" AND name = ?", *filter.workflow);
        if (!filter.status.empty()) {
            sql += " AND status IN (";
            for (std::size_t i = 0; i < filter.status.size(); ++i) {
                add(i == 0 ? "?" : ",?", std::string(to_string(filter.status[i])));
            }
            sql += ")";
        }
        if (filter.text) {
            sql += " AND (instr(run_id,?)>0";
            texts.push_back(*filter.text);
            add(" OR instr(name,?)>0", *filter.text);
            add(" OR instr(ifnull(idem_key,''),?)>0)", *filter.text);
        }
        if (filter.id_end) {
            sql +=
                " AND substr(run_id, " + std::to_string(-static_cast<int>(filter.id_end->size()));
            add(") = ?", *filter.id_end);
        }
        if (filter.waits_for) {
            add(" AND substr(waits_for, 1, length(?))", *filter.waits_for);
            add(" = ?", *filter.waits_for);
        }
        if (filter.created_from) {
            sql += " AND created_at >= " + std::to_string(*filter.created_from);
        }
    }

    void add(const char* part, std::string text) {
        sql += part;
        texts.push_back(std::move(text));
    }
};

}  // namespace

std::unique_ptr<Store> Store::open(const std::string& where, const std::string& who,
                                   Metrics* metrics, const WrapSink& wrap) {
    try {
        if (where == "memory:") {
            return std::unique_ptr<Store>(
                new Store(std::make_unique<Impl>(":memory:", nullptr, metrics, wrap)));
        }
        if (!where.starts_with(kSqlitePrefix)) {
            throw Error(GANTRY_E_CONFIG,
                        "store \"" + where + "\": expected \"sqlite:PATH\" or \"memory:\"");
        }
        const std::filesystem::path path = where.substr(kSqlitePrefix.size());
        if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path());
        auto lock = std::make_unique<LockFile>(path, LockOwner{getpid(), who, "", ""});
        return std::unique_ptr<Store>(
            new Store(std::make_unique<Impl>(path.string(), std::move(lock), metrics, wrap)));
    } catch (const Error& e) {
        if (e.details().is_object()) throw;  // in use: it names the file
        throw Error(e.code(), "store \"" + where + "\": " + e.message());
    } catch (const SQLite::Exception& e) {
        throw Error(GANTRY_E_CONFIG, "store \"" + where + "\": " + e.what());
    } catch (const std::filesystem::filesystem_error& e) {
        throw Error(GANTRY_E_CONFIG, "store \"" + where + "\": " + e.what());
    }
}

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Store::~Store() = default;

void Store::post(Mutation mutation, Done done) {
    impl_->post(std::move(mutation), std::move(done));
}

std::size_t Store::write_queue() const { return impl_->waiting(); }
LockFile* Store::lock() { return impl_->lock(); }

void Store::put_definition(const DefinitionRow& definition) {
    impl_->on_writer([&](SqliteConnection& c) {
        auto& s = c.prepare(
            "INSERT INTO definition (def_hash, name, body, created_at)"
            " VALUES (?1, ?2, ?3, unixepoch() * 1000) ON CONFLICT DO NOTHING");
        s.bind(1, definition.hash);
        s.bind(2, definition.workflow);
        s.bind(3, definition.body);
        s.exec();
    });
}

std::optional<DefinitionRow> Store::definition(const std::string& hash) {
    return impl_->read([&](SqliteConnection& c) -> std::optional<DefinitionRow> {
        auto& s = c.prepare("SELECT def_hash, name, body FROM definition WHERE def_hash = ?1");
        s.bind(1, hash);
        if (!s.executeStep()) return std::nullopt;
        DefinitionRow row{s.getColumn(0).getString(), s.getColumn(1).getString(),
                          s.getColumn(2).getString()};
        s.reset();
        return row;
    });
}

std::optional<RunRow> Store::run(const std::string& id) {
    return impl_->read([&](SqliteConnection& c) -> std::optional<RunRow> {
        SQLite::Statement s(c.database(),
                            std::string("SELECT ") + kRunColumns + " FROM run WHERE run_id = ?1");
        s.bind(1, id);
        if (!s.executeStep()) return std::nullopt;
        return read_run(s);
    });
}

std::optional<RunRow> Store::run_named(const std::string& workflow, const std::string& id) {
    return impl_->read([&](SqliteConnection& c) -> std::optional<RunRow> {
        SQLite::Statement s(c.database(),
                            std::string("SELECT ") + kRunColumns +
                                " FROM run WHERE name = ?1 AND (run_id = ?2 OR idem_key = ?2)"
                                " ORDER BY run_id = ?2 DESC, run_id DESC LIMIT 1");
        s.bind(1, workflow);
        s.bind(2, id);
        if (!s.executeStep()) return std::nullopt;
        return read_run(s);
    });
}

std::vector<RunRow> Store::runs(const RunFilter& filter) {
    return impl_->scan([&](SqliteConnection& c) {
        const Where where(filter);
        SQLite::Statement s(c.database(), std::string("SELECT ") + kRunColumns + " FROM run" +
                                              where.sql + " ORDER BY run_id DESC LIMIT " +
                                              std::to_string(filter.limit) + " OFFSET " +
                                              std::to_string(filter.offset));
        int at = 0;
        for (const auto& text : where.texts) s.bind(++at, text);
        std::vector<RunRow> rows;
        while (s.executeStep()) rows.push_back(read_run(s));
        return rows;
    });
}

std::int64_t Store::count(const RunFilter& filter) {
    return impl_->scan([&](SqliteConnection& c) {
        const Where where(filter);
        SQLite::Statement s(c.database(), "SELECT count(*) FROM run" + where.sql);
        int at = 0;
        for (const auto& text : where.texts) s.bind(++at, text);
        s.executeStep();
        return s.getColumn(0).getInt64();
    });
}

std::vector<StepRow> Store::steps(const std::string& run_id) {
    return impl_->read([&](SqliteConnection& c) {
        SQLite::Statement s(c.database(), std::string("SELECT ") + kStepColumns +
                                              " FROM step WHERE run_id = ?1"
                                              " ORDER BY started_at, side DESC");
        s.bind(1, run_id);
        std::vector<StepRow> rows;
        while (s.executeStep()) rows.push_back(read_step(s));
        return rows;
    });
}

}  // namespace gantry::host
