// The embedded ERP: gantry.erp/1 on a SQLite file, each write one transaction with its key.
#include "ledger.hpp"

#include <array>

#include <algorithm>

#include "rules.hpp"
#include "schema.hpp"

namespace erp_ledger {

namespace {

using gantry::Error;
using plugin_sql::Outcome;
using plugin_sql::Write;

constexpr int kDefaultPage = 100;
constexpr int kLargestPage = 1000;

// The host checks inputs against the interface; a caller without a host gets the same class.
template <typename Body>
json checked(Body&& body) {
    try {
        return body();
    } catch (const json::exception& e) {
        throw Error(GANTRY_E_INVALID_DATA,
                    std::string("the input has not the shape of gantry.erp/1: ") + e.what(),
                    GANTRY_EF_NOT_APPLIED);
    }
}

json view_of(const Record& record) {
    return {{"erp_ids", {{"ledger", record.erp_number()}}},
            {"version", record.version()},
            {"data", record.data}};
}

Error not_found(const std::string& id) {
    return {GANTRY_E_NOT_FOUND,
            "no record for product " + id + "; \"create\": true makes one",
            GANTRY_EF_NOT_APPLIED,
            {{"id", id}}};
}

void check_version(const json& input, const std::optional<Record>& found) {
    if (!input.contains("if_version")) return;
    const json now = found ? json(found->version()) : json();
    const json& expected = input.at("if_version");
    if (now == expected) return;
    throw Error(GANTRY_E_CONFLICT,
                "the record is at version " + now.dump() + ", not at " + expected.dump() +
                    "; read it again",
                GANTRY_EF_NOT_APPLIED, {{"found", now}, {"expected", expected}});
}

struct Saved {
    Record record;
    json ignored;
};

// Lays input.data over what is there, or makes a record of it.
Saved saved(soci::session& sql, const std::string& id, const json& input,
            std::optional<Record> found) {
    json data = found ? found->data : json::object();
    json ignored = apply_changes(input.at("data"), data);
    if (!found) return {insert_record(sql, id, std::move(data)), std::move(ignored)};
    if (data != found->data) {
        found->data = std::move(data);
        replace_record(sql, id, *found);
    }
    return {std::move(*found), std::move(ignored)};
}

// Writes the record and notes that the request did; the answer to it.
json save(const Write& write, const std::string& id, const json& input,
          std::optional<Record> found) {
    Saved now = saved(write.sql, id, input, std::move(found));
    record_written(write, id, now.record.version());
    json answer = view_of(now.record);
    answer["ignored"] = std::move(now.ignored);
    return answer;
}

}  // namespace

constexpr std::array<plugin_sql::Version, 2> kVersions{kSchemaText, kPagesText};
const plugin_sql::Schema kSchema{"erp-ledger", kVersions};

Ledger::Ledger(const json& options)
    : database_(options.value("database", ""), kSchema), journal_(database_) {
    const auto id = database_.read([](soci::session& sql) {
        std::string found;
        sql << "SELECT id FROM system", soci::into(found);
        return found;
    });
    system_ = {
        {"kind", "gantry-ledger"}, {"id", id}, {"company", options.value("company", "1000")}};
}

json Ledger::describe() const {
    return {{"system", system_}, {"fields", described_fields()}, {"remove", "delete"}};
}

json Ledger::retrieve(const json& input) {
    return checked([&] {
        const auto id = input.at("id").get<std::string>();
        const auto record =
            database_.read([&](soci::session& sql) { return find_record(sql, id); });
        if (!record) throw not_found(id);
        json answer = view_of(*record);
        answer["id"] = id;
        return answer;
    });
}

json Ledger::update(std::string_view key, const json& input) {
    return once(key, "updateProductErpData", input, [&](const Write& write) {
        const auto id = input.at("id").get<std::string>();
        refuse_if_undone(write, id);
        auto found = find_record(write.sql, id);
        if (!found && !input.value("create", false)) throw not_found(id);
        check_version(input, found);
        return Outcome{save(write, id, input, std::move(found))};
    });
}

json Ledger::create(std::string_view key, const json& input) {
    return once(key, "createProductErpData", input, [&](const Write& write) {
        const auto id = input.at("id").get<std::string>();
        refuse_if_undone(write, id);
        if (const auto found = find_record(write.sql, id)) {
            throw Error(GANTRY_E_REJECTED,
                        "product " + id + " has record " + found->erp_number() +
                            " already; updateProductErpData changes it",
                        GANTRY_EF_NOT_APPLIED, {{"id", id}, {"found", found->erp_number()}});
        }
        return Outcome{save(write, id, input, std::nullopt)};
    });
}

json Ledger::snapshot(const json& input) {
    return checked([&] {
        const auto id = input.at("id").get<std::string>();
        return database_.read([&](soci::session& sql) {
            const auto record = find_record(sql, id);
            json answer{
                {"system", system_},  {"id", id},         {"exists", record.has_value()},
                {"version", nullptr}, {"state", nullptr}, {"page", plugin_sql::current_page(sql)}};
            if (record) {
                answer["version"] = record->version();
                answer["state"] = {{"number", record->number},
                                   {"created_at", record->created_at},
                                   {"data", record->data}};
            }
            return answer;
        });
    });
}

json Ledger::changes(const json& input) {
    return checked([&] {
        const auto since = input.value("since", 0LL);
        const auto limit = std::clamp(input.value("limit", kDefaultPage), 1, kLargestPage);
        return database_.read([&](soci::session& sql) { return list_changes(sql, since, limit); });
    });
}

json Ledger::once(std::string_view key, std::string_view method, const json& input,
                  const plugin_sql::Journal::Effect& effect) {
    return checked([&] { return journal_.once(key, method, input, effect); });
}

json Ledger::backup(const json& input) {
    return checked([&] { return plugin_sql::backup_to(database_, input, "database"); });
}

}  // namespace erp_ledger
