// A filter becomes one SELECT per state, of all states where it names none. Each is read from the
// end of an index that ends with the time of creation, and SQLite merges them lazily, so that a
// page costs what it shows.
#include "store/lists.hpp"

#include "store/sqlite_rows.hpp"

namespace gantry::host {
namespace {

const std::vector<RunStatus> kAllStates = {
    RunStatus::kInvoking, RunStatus::kWaiting,  RunStatus::kCompensating, RunStatus::kPaused,
    RunStatus::kDone,     RunStatus::kReverted, RunStatus::kFailed};

// Texts are bound as ?1, ?2, …; the words of the states are literals.
class Condition {
public:
    explicit Condition(const RunFilter& filter) {
        if (filter.workflow) parts_ += " AND name = " + bound(*filter.workflow);
        if (filter.exactly) {
            const auto text = bound(*filter.exactly);
            parts_ += " AND (run_id = " + text + " OR idem_key = " + text + ")";
        }
        if (filter.text) {
            const auto text = bound(*filter.text);
            parts_ += " AND (instr(run_id, " + text + ") > 0 OR instr(name, " + text +
                      ") > 0 OR instr(idem_key, " + text + ") > 0)";
        }
        if (filter.id_end) {
            const auto text = bound(*filter.id_end);
            parts_ += " AND substr(run_id, -length(" + text + ")) = " + text;
        }
        if (filter.waits_for) {
            const auto text = bound(*filter.waits_for);
            parts_ +=
                " AND waits_for IS NOT NULL AND finished_at IS NULL AND waits_for >= " + text +
                " AND waits_for < " + text + " || char(1114111)";
        }
        if (filter.created_from) {
            parts_ += " AND created_at >= " + std::to_string(*filter.created_from);
        }
    }

    /// Of one state; of any when there is none.
    std::string where(const std::optional<RunStatus>& status) const {
        std::string all = " WHERE 1";
        if (status) all += " AND status = '" + std::string(to_string(*status)) + "'";
        return all + parts_;
    }

    void bind_to(SQLite::Statement& s) const {
        int at = 0;
        for (const auto& text : texts_) s.bindNoCopy(++at, text);
    }

private:
    std::string bound(const std::string& text) {
        texts_.push_back(text);
        return "?" + std::to_string(texts_.size());
    }

    std::string parts_;
    std::vector<std::string> texts_;
};

// What an exact name or a reason finds is few: found by its index, then sorted.
bool is_few(const RunFilter& filter) { return filter.exactly || filter.waits_for; }

// `columns` of what the filter finds.
std::string select(const RunFilter& filter, const Condition& condition,
                   const std::string& columns) {
    const std::string from = "SELECT " + columns + " FROM run";
    if (filter.status.empty() && is_few(filter)) return from + condition.where(std::nullopt);
    std::string all;
    for (const auto status : filter.status.empty() ? kAllStates : filter.status) {
        if (!all.empty()) all += " UNION ALL ";
        all += from + condition.where(status);
    }
    return all;
}

}  // namespace

std::optional<RunRow> run_named(SqliteConnection& c, const std::string& workflow,
                                const std::string& id) {
    // 1 name 2 id or key. A workflow has one run of a key.
    static const std::string kById =
        "SELECT " + kRunColumns + " FROM run WHERE run_id = ?2 AND +name = ?1";
    static const std::string kByKey =
        "SELECT " + kRunColumns + " FROM run WHERE idem_key = ?2 AND name = ?1";
    for (const auto* sql : {&kById, &kByKey}) {
        const auto s = c.prepare(sql->c_str());
        s->bindNoCopy(1, workflow);
        s->bindNoCopy(2, id);
        if (s->executeStep()) return read_run(*s);
    }
    return std::nullopt;
}

std::vector<RunRow> runs(SqliteConnection& c, const RunFilter& filter) {
    const Condition condition(filter);
    SQLite::Statement s(c.database(), select(filter, condition, kListColumns + ", accepted") +
                                          " ORDER BY created_at DESC, accepted DESC LIMIT " +
                                          std::to_string(filter.limit) + " OFFSET " +
                                          std::to_string(filter.offset));
    condition.bind_to(s);
    std::vector<RunRow> rows;
    while (s.executeStep()) rows.push_back(read_listed(s));
    return rows;
}

std::int64_t count(SqliteConnection& c, const RunFilter& filter, std::int64_t at_most) {
    const Condition condition(filter);
    SQLite::Statement s(c.database(), "SELECT count(*) FROM (" + select(filter, condition, "1") +
                                          " LIMIT " + std::to_string(at_most) + ")");
    condition.bind_to(s);
    s.executeStep();
    return s.getColumn(0).getInt64();
}

std::map<std::string, std::int64_t> waiting(SqliteConnection& c) {
    const auto s = c.prepare(
        "SELECT substr(waits_for, 1, instr(waits_for || ':', ':') - 1) AS kind, count(*)"
        " FROM run WHERE waits_for IS NOT NULL AND finished_at IS NULL GROUP BY kind");
    std::map<std::string, std::int64_t> counts;
    while (s->executeStep()) counts[s->getColumn(0).getString()] = s->getColumn(1).getInt64();
    return counts;
}

}  // namespace gantry::host
