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

// Whether what it finds is few, and has an index of its own.
bool finds_few(const RunFilter& filter) {
    return filter.exactly || filter.waits_for || filter.id_end;
}

// Texts are bound as ?1, ?2, …; the words of the states are literals.
class Condition {
public:
    explicit Condition(const RunFilter& filter) {
        if (filter.workflow) {
            parts_ +=
                (finds_few(filter) ? " AND +name = " : " AND name = ") + bound(*filter.workflow);
        }
        if (filter.exactly) {
            const auto text = bound(*filter.exactly);
            parts_ += " AND (run_id = " + text + " OR idem_key = " + text + ")";
        }
        if (filter.id_end) {
            const auto text = bound(*filter.id_end);
            // An index of the ids is a small part of the table.
            parts_ += " AND accepted IN (SELECT accepted FROM run WHERE substr(run_id, -length(" +
                      text + ")) = " + text + ")";
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
        if (filter.text) {
            const auto text = bound(*filter.text);
            text_ = " WHERE instr(run_id, " + text + ") > 0 OR instr(name, " + text +
                    ") > 0 OR instr(idem_key, " + text + ") > 0";
        }
    }

    /// Of one state, as its index has them.
    std::string where(RunStatus status) const {
        return " WHERE status = '" + std::string(to_string(status)) + "'" + parts_;
    }
    /// Of some states, looked at in what is found otherwise; of any when there are none.
    std::string where(const std::vector<RunStatus>& states) const {
        std::string words;
        for (const auto status : states) {
            words += (words.empty() ? "'" : ",'") + std::string(to_string(status)) + "'";
        }
        return (words.empty() ? " WHERE 1" : " WHERE +status IN (" + words + ")") + parts_;
    }

    /// Of what the rest has found.
    std::string text() const { return text_; }

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
    std::string text_;
    std::vector<std::string> texts_;
};

// Whether the newest of all runs are looked at, which is quickest as they stand in the table.
bool looks_at_all(const RunFilter& filter) {
    return filter.text && filter.status.empty() && !filter.workflow && !filter.created_from &&
           !filter.waits_for && !filter.id_end;
}

std::string newest_first(const RunFilter& filter) {
    return looks_at_all(filter) ? " ORDER BY accepted DESC"
                                : " ORDER BY created_at DESC, accepted DESC";
}

// `columns` of what the filter finds but for its text.
std::string select_any(const RunFilter& filter, const Condition& condition,
                       const std::string& columns) {
    const std::string from = "SELECT " + columns + " FROM run";
    if (looks_at_all(filter) || finds_few(filter)) return from + condition.where(filter.status);
    std::string all;
    for (const auto status : filter.status.empty() ? kAllStates : filter.status) {
        if (!all.empty()) all += " UNION ALL ";
        all += from + condition.where(status);
    }
    return all;
}

// The list of what the filter finds, which begins at the newest.
std::string select(const RunFilter& filter, const Condition& condition) {
    const auto columns = kListColumns + ", accepted";
    if (!filter.text) return select_any(filter, condition, columns) + newest_first(filter);
    return "SELECT * FROM (" + select_any(filter, condition, columns) + newest_first(filter) +
           " LIMIT " + std::to_string(RunFilter::kTextLooksAt) + ")" + condition.text() +
           newest_first(filter);
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
    SQLite::Statement s(c.database(), select(filter, condition) + " LIMIT " +
                                          std::to_string(filter.limit) + " OFFSET " +
                                          std::to_string(filter.offset));
    condition.bind_to(s);
    std::vector<RunRow> rows;
    while (s.executeStep()) rows.push_back(read_listed(s));
    return rows;
}

std::int64_t count(SqliteConnection& c, const RunFilter& filter, std::int64_t at_most) {
    const Condition condition(filter);
    const auto found = filter.text ? select(filter, condition) : select_any(filter, condition, "1");
    SQLite::Statement s(
        c.database(), "SELECT count(*) FROM (" + found + " LIMIT " + std::to_string(at_most) + ")");
    condition.bind_to(s);
    s.executeStep();
    return s.getColumn(0).getInt64();
}

std::map<std::string, std::int64_t> waiting(SqliteConnection& c) {
    // 1 a reason: the first one from there on, by which the next kind is found without walking
    // through this one.
    constexpr const char* kNext =
        "SELECT min(waits_for) FROM run WHERE waits_for IS NOT NULL AND finished_at IS NULL"
        " AND waits_for >= ?1";
    // 1 from 2 to
    constexpr const char* kHowMany =
        "SELECT count(*) FROM run WHERE waits_for IS NOT NULL AND finished_at IS NULL"
        " AND waits_for >= ?1 AND waits_for < ?2";
    const auto next = c.prepare(kNext);
    const auto how_many = c.prepare(kHowMany);
    std::map<std::string, std::int64_t> counts;
    std::string from;
    for (;;) {
        next->tryReset();
        next->bind(1, from);
        next->executeStep();
        const auto reason = text_or_null(*next, 0);
        if (!reason) return counts;
        const auto kind = reason->substr(0, reason->find(':'));
        from = kind + ";";  // the character after the colon
        how_many->tryReset();
        how_many->bind(1, *reason);
        how_many->bind(2, from);
        how_many->executeStep();
        counts[kind] = how_many->getColumn(0).getInt64();
    }
}

}  // namespace gantry::host
