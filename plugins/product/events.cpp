#include "events.hpp"

#include <array>
#include <map>
#include <string>

#include "refusal.hpp"
#include "state.hpp"

namespace catalogue {

namespace {

using soci::into;
using soci::use;

constexpr std::array kColumns{Column{"seq"}, Column{"name"}, Column{"entity_id"},
                              Column{"product_id"}, Column{"recorded_at"}};
constexpr Table kEvent{"event", "Event", "", kColumns};

struct Followed {
    const Table& table;
    const char* name;
};
const Followed kFollowed[] = {{kProduct, "product.product."},
                              {kVariant, "product.product-variant."},
                              {kOption, "product.product-option."}};

bool is_there(const json* row) { return row != nullptr && row->at("deleted_at").is_null(); }

// Nothing: it is as it was, as far as anybody sees.
const char* what_happened(const json* before, const json* after) {
    if (!is_there(before) && is_there(after)) return before == nullptr ? "created" : "restored";
    if (is_there(before) && !is_there(after)) return "deleted";
    return is_there(after) && *before != *after ? "updated" : nullptr;
}

std::map<std::string, const json*> by_id(const json& rows) {
    std::map<std::string, const json*> index;
    for (const auto& row : rows) index.emplace(row.at("id").get<std::string>(), &row);
    return index;
}

// Appends to `events` what makes `after` of `before`.
void tell(const json& before, const json& after, json& events) {
    const json& product = product_of(after.is_null() ? before : after).at("id");
    for (const auto& [table, name] : kFollowed) {
        const auto old = by_id(rows_of(before, table));
        const auto now = by_id(rows_of(after, table));
        auto all = old;
        all.insert(now.begin(), now.end());
        for (const auto& [id, unused] : all) {
            const auto was = old.find(id);
            const auto is = now.find(id);
            const char* what = what_happened(was == old.end() ? nullptr : was->second,
                                             is == now.end() ? nullptr : is->second);
            if (what == nullptr) continue;
            events.push_back(
                {{"name", std::string(name) + what}, {"entity_id", id}, {"product_id", product}});
        }
    }
}

void record(const Write& write, json events) {
    long long last = 0;
    write.sql << "SELECT coalesce(max(seq), 0) FROM event", into(last);
    std::vector<const json*> rows;
    for (auto& event : events) {
        event["seq"] = ++last;
        event["recorded_at"] = write.request.now;
        rows.push_back(&event);
    }
    insert_all(write.sql, kEvent, rows);
}

// Events that will never be told, and that nobody would miss.
void refuse_a_gap(soci::session& sql, long long since) {
    if (since == 0) return;
    long long first = 0;
    long long last = 0;
    sql << "SELECT coalesce(min(seq), 0), coalesce(max(seq), 0) FROM event", into(first),
        into(last);
    if (since <= last && since + 1 >= first) return;
    const auto number = [](long long value) { return std::to_string(value); };
    const std::string why =
        since > last ? "expected " + number(last) +
                           " at most, the last event: the module was put back from an older copy"
                     : "the events up to " + number(first - 1) + " are forgotten by now";
    throw Error(GANTRY_E_CHANGED,
                "since: found " + number(since) + ", " + why +
                    ". Read the products anew, and go on from " + number(last),
                GANTRY_EF_NOT_APPLIED, {{"first", first}, {"last", last}});
}

}  // namespace

void note_events(const Write& write, const json& before, const json& after) {
    json events = json::array();
    tell(before, after, events);
    record(write, std::move(events));
}

void note_created(const Write& write, const std::vector<json>& states) {
    json events = json::array();
    for (const auto& state : states) tell(nullptr, state, events);
    record(write, std::move(events));
}

json list_events(soci::session& sql, const json& input) {
    const auto since = input.value("since", 0LL);
    const auto limit = input.value("limit", 100LL);
    refuse_a_gap(sql, since);
    json events = json::array();
    long long next = since;
    const soci::rowset<soci::row> rows =
        (sql.prepare << "SELECT seq, name, entity_id, product_id, recorded_at FROM event WHERE seq "
                        "> :since ORDER BY seq LIMIT :limit",
         use(since), use(limit));
    for (const auto& row : rows) {
        next = row.get_properties(0).get_data_type() == soci::dt_integer ? row.get<int>(0)
                                                                         : row.get<long long>(0);
        events.push_back({{"seq", next},
                          {"name", row.get<std::string>(1)},
                          {"id", row.get<std::string>(2)},
                          {"product_id", row.get<std::string>(3)},
                          {"at", row.get<std::string>(4)}});
    }
    return {{"events", std::move(events)}, {"next", next}};
}

void prune_events(soci::session& sql, const std::string& time) {
    sql << "DELETE FROM event WHERE seq IN (SELECT seq FROM event WHERE recorded_at < :time ORDER "
           "BY "
           "seq LIMIT 200) AND seq < (SELECT max(seq) FROM event)",
        use(time);
}

}  // namespace catalogue
