// A filter becomes one SELECT per state, of all states where it names none. Each is read from the
// end of an index that ends with the time of creation, and SQLite merges them lazily, so that a
// page costs what it shows. With a field it is one SELECT, from the end of that field's entries.
// Where runs are stranded, those that wait or begin are looked through for who needs a person.
#include "store/lists.hpp"

#include "store/sqlite_rows.hpp"

#include <gantry/json.hpp>

namespace gantry::host {
namespace {

const std::vector<RunStatus> kAllStates = {
    RunStatus::kInvoking, RunStatus::kWaiting,  RunStatus::kCompensating, RunStatus::kPaused,
    RunStatus::kDone,     RunStatus::kReverted, RunStatus::kFailed};

// Whether what it finds is few, and has an index of its own.
bool finds_few(const RunFilter& filter) {
    return filter.exactly || filter.waits_for || filter.id_end;
}

constexpr const char* kForPlugin =
    "waits_for IS NOT NULL AND finished_at IS NULL AND waits_for >= 'plugin:'"
    " AND waits_for < 'plugin;'";

const std::vector<RunStatus> kUntouched = {RunStatus::kInvoking, RunStatus::kWaiting};

// Whether a field's entries lead to the runs.
bool goes_by_field(const RunFilter& filter) { return !filter.fields.empty() && !finds_few(filter); }

// Texts are bound as ?1, ?2, …; the words of the states are literals.
class Condition {
public:
    Condition(const RunFilter& filter, const std::string& stranded) {
        const bool for_plugin =
            filter.waits_for && std::string_view("plugin: ").starts_with(*filter.waits_for);
        if ((filter.needs_person || for_plugin) && !stranded.empty()) {
            stranded_ = "FROM json_each(" + bound(stranded) + ") AS s";
        }
        const bool by_field = goes_by_field(filter);
        if (by_field) parts_ += has(filter.fields.front());
        for (std::size_t i = by_field ? 1 : 0; i < filter.fields.size(); ++i) {
            parts_ +=
                " AND EXISTS (SELECT 1 FROM run_field AS other WHERE other.run = run.accepted"
                " AND other.at = run.created_at" +
                has(filter.fields[i], "other.") + ")";
        }
        if (filter.workflow) {
            parts_ += (finds_few(filter) || by_field ? " AND +name = " : " AND name = ") +
                      bound(*filter.workflow);
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
            const auto says =
                "waits_for IS NOT NULL AND finished_at IS NULL AND waits_for >= " + text +
                " AND waits_for < " + text + " || char(1114111)";
            const bool also = for_plugin && has_stranded();
            parts_ += also ? " AND ((" + says + ") OR " + is_stranded() + ")" : " AND " + says;
        }
        if (filter.created_from) {
            parts_ += (by_field ? " AND at >= " : " AND created_at >= ") +
                      std::to_string(*filter.created_from);
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
    /// Of the states that are asked for, looked at in what is found otherwise.
    std::string where(const RunFilter& filter) const {
        std::string words;
        for (const auto status : filter.status) {
            words += (words.empty() ? "'" : ",'") + std::string(to_string(status)) + "'";
        }
        std::string out = words.empty() ? " WHERE 1" : " WHERE +status IN (" + words + ")";
        if (filter.needs_person) {
            out += " AND (+status IN ('failed', 'paused') OR (" + std::string(kForPlugin) + ")";
            if (has_stranded()) out += " OR " + is_stranded();
            out += ")";
        }
        return out + parts_;
    }
    bool has_stranded() const { return !stranded_.empty(); }
    /// Of those in this state that are stranded and do not say so.
    std::string where_stranded(RunStatus status) const {
        return where(status) + " AND " + is_stranded() + " AND NOT coalesce(" + kForPlugin + ", 0)";
    }
    /// `columns`, in which a stranded run waits for its plugin.
    std::string columns(const std::string& all) const {
        constexpr std::string_view kReason = " waits_for,";
        const auto at = all.find(kReason);
        if (!has_stranded() || at == std::string::npos) return all;
        return all.substr(0, at) + " CASE WHEN " + is_stranded() +
               " THEN (SELECT 'plugin: ' || json_extract(s.value, '$.why') " + stranded_ +
               " WHERE json_extract(s.value, '$.def_hash') = def_hash"
               " AND json_extract(s.value, '$.pins') = pins) ELSE waits_for END AS" +
               all.substr(at);
    }
    /// Of those that wait for a plugin, by their index.
    std::string where_for_plugin() const {
        return " WHERE " + std::string(kForPlugin) + " AND +status <> 'paused'" + parts_;
    }

    /// Of what the rest has found.
    std::string text() const { return text_; }

    void bind_to(SQLite::Statement& s) const {
        int at = 0;
        for (const auto& text : texts_) s.bindNoCopy(++at, text);
    }

private:
    std::string is_stranded() const {
        return "(+status IN ('invoking', 'waiting') AND (def_hash, pins) IN (SELECT"
               " json_extract(s.value, '$.def_hash'), json_extract(s.value, '$.pins') " +
               stranded_ + "))";
    }
    std::string has(const FieldRow& field, const std::string& of = {}) {
        return " AND " + of + "field = " + bound(field.name) + " AND " + of +
               "value = " + bound(field.value);
    }
    std::string bound(const std::string& text) {
        texts_.push_back(text);
        return "?" + std::to_string(texts_.size());
    }

    std::string parts_;
    std::string text_;
    std::string stranded_;  // the rows of those, where they count
    std::vector<std::string> texts_;
};

// Whether the newest of all runs are looked at, which is quickest as they stand in the table.
bool looks_at_all(const RunFilter& filter) {
    return filter.text && filter.status.empty() && !filter.needs_person && !filter.workflow &&
           !filter.created_from && !filter.waits_for && !filter.id_end && filter.fields.empty();
}

std::string newest_first(const RunFilter& filter) {
    if (goes_by_field(filter)) return " ORDER BY at DESC, run DESC";
    return looks_at_all(filter) ? " ORDER BY accepted DESC"
                                : " ORDER BY created_at DESC, accepted DESC";
}

const std::vector<RunStatus>& states_of(const RunFilter& filter) {
    static const std::vector<RunStatus> kForPerson = {RunStatus::kFailed, RunStatus::kPaused};
    if (filter.needs_person) return kForPerson;
    return filter.status.empty() ? kAllStates : filter.status;
}

// `columns` of what the filter finds but for its text.
std::string select_any(const RunFilter& filter, const Condition& condition,
                       const std::string& columns) {
    const auto select = "SELECT " + condition.columns(columns);
    const std::string from = select + " FROM run";
    if (goes_by_field(filter)) {
        // In this order: the entries of the field, then the run of each.
        return select + " FROM run_field CROSS JOIN run ON run.accepted = run_field.run" +
               condition.where(filter);
    }
    if (looks_at_all(filter) || finds_few(filter)) return from + condition.where(filter);
    std::string all;
    for (const auto status : states_of(filter)) {
        if (!all.empty()) all += " UNION ALL ";
        all += from + condition.where(status);
    }
    if (filter.needs_person) all += " UNION ALL " + from + condition.where_for_plugin();
    if (!condition.has_stranded()) return all;
    for (const auto status : kUntouched) {
        all += " UNION ALL " + from + condition.where_stranded(status);
    }
    return all;
}

// The list of what the filter finds, which begins at the newest.
std::string select(const RunFilter& filter, const Condition& condition) {
    const auto columns = kListColumns + ", accepted";
    if (!filter.text) return select_any(filter, condition, columns) + newest_first(filter);
    return "SELECT * FROM (" + select_any(filter, condition, columns) + newest_first(filter) +
           " LIMIT " + std::to_string(RunFilter::kTextLooksAt) + ")" + condition.text() +
           (goes_by_field(filter) ? " ORDER BY created_at DESC, accepted DESC"
                                  : newest_first(filter));
}

// What `sql` says of the reasons of each kind, which are from ?1 on and before ?2.
std::map<std::string, std::int64_t> by_kind(SqliteConnection& c, const char* sql) {
    // 1 a reason: the first one from there on, by which the next kind is found without walking
    // through this one.
    constexpr const char* kNext =
        "SELECT min(waits_for) FROM run WHERE waits_for IS NOT NULL AND finished_at IS NULL"
        " AND waits_for >= ?1";
    const auto next = c.prepare(kNext);
    const auto number = c.prepare(sql);
    std::map<std::string, std::int64_t> numbers;
    std::string from;
    for (;;) {
        next->tryReset();
        next->bind(1, from);
        next->executeStep();
        const auto reason = text_or_null(*next, 0);
        if (!reason) return numbers;
        const auto kind = reason->substr(0, reason->find(':'));
        from = kind + ";";  // the character after the colon
        number->tryReset();
        number->bind(1, *reason);
        number->bind(2, from);
        number->executeStep();
        numbers[kind] = number->getColumn(0).getInt64();
    }
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

std::string stranded_text(const std::vector<StrandedRuns>& runs) {
    if (runs.empty()) return {};
    json all = json::array();
    for (const auto& [of, why] : runs) {
        all.push_back({{"def_hash", of.def_hash}, {"pins", of.pins}, {"why", why}});
    }
    return all.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::vector<RunRow> runs(SqliteConnection& c, const RunFilter& filter,
                         const std::string& stranded) {
    const Condition condition(filter, stranded);
    SQLite::Statement s(c.database(), select(filter, condition) + " LIMIT " +
                                          std::to_string(filter.limit) + " OFFSET " +
                                          std::to_string(filter.offset));
    condition.bind_to(s);
    std::vector<RunRow> rows;
    while (s.executeStep()) rows.push_back(read_listed(s));
    return rows;
}

std::int64_t count(SqliteConnection& c, const RunFilter& filter, std::int64_t at_most,
                   const std::string& stranded) {
    const Condition condition(filter, stranded);
    const auto found = filter.text ? select(filter, condition) : select_any(filter, condition, "1");
    SQLite::Statement s(
        c.database(), "SELECT count(*) FROM (" + found + " LIMIT " + std::to_string(at_most) + ")");
    condition.bind_to(s);
    s.executeStep();
    return s.getColumn(0).getInt64();
}

std::map<std::string, std::int64_t> waiting(SqliteConnection& c) {
    // 1 from 2 to
    return by_kind(c,
                   "SELECT count(*) FROM run WHERE waits_for IS NOT NULL AND finished_at IS NULL"
                   " AND waits_for >= ?1 AND waits_for < ?2");
}

std::map<std::string, std::int64_t> waiting_since(SqliteConnection& c) {
    // 1 from 2 to. The last write of a run that stands still is the one that let it.
    return by_kind(c,
                   "SELECT min(updated_at) FROM run WHERE waits_for IS NOT NULL"
                   " AND finished_at IS NULL AND waits_for >= ?1 AND waits_for < ?2");
}

}  // namespace gantry::host
