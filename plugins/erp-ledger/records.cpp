// The rows of the ledger: one record per product, and the log of its changes.
#include "records.hpp"

#include "sql/sha256.hpp"

namespace erp_ledger {

namespace {

using soci::into;
using soci::use;

void log_change(soci::session& sql, const std::string& id, const std::string& version,
                const std::string& kind) {
    auto known = version.empty() ? soci::i_null : soci::i_ok;
    sql << "INSERT INTO change (product_id, version, kind) VALUES (:id, :version, :kind)", use(id),
        use(version, known), use(kind);
}

}  // namespace

std::string Record::erp_number() const {
    const std::string digits = std::to_string(number);
    return "L-" + std::string(digits.size() < 5 ? 5 - digits.size() : 0, '0') + digits;
}

std::string Record::version() const {
    return plugin_sql::sha256_hex(json{{"number", erp_number()}, {"data", data}}.dump())
        .substr(0, 16);
}

std::optional<Record> find_record(soci::session& sql, const std::string& id) {
    Record record;
    std::string data;
    sql << "SELECT number, data, created_at FROM record WHERE product_id = :id", use(id),
        into(record.number), into(data), into(record.created_at);
    if (!sql.got_data()) return std::nullopt;
    record.data = json::parse(data);
    return record;
}

Record insert_record(soci::session& sql, const std::string& id, json data) {
    if (id.find('\0') != std::string::npos) {  // SQLite gives back what stands before it
        throw gantry::Error(GANTRY_E_INVALID_DATA, "the product's id has a character of code 0",
                            GANTRY_EF_NOT_APPLIED);
    }
    Record record;
    sql << "SELECT coalesce(max(seq), 0) + 1, strftime('%Y-%m-%dT%H:%M:%fZ', 'now') "
           "FROM sqlite_sequence WHERE name = 'record'",
        into(record.number), into(record.created_at);
    record.data = std::move(data);
    const std::string text = record.data.dump();
    const std::string version = record.version();
    sql << "INSERT INTO record (number, product_id, data, version, created_at) "
           "VALUES (:number, :id, :data, :version, :created_at)",
        use(record.number), use(id), use(text), use(version), use(record.created_at);
    log_change(sql, id, version, "created");
    return record;
}

void replace_record(soci::session& sql, const std::string& id, const Record& record) {
    const std::string text = record.data.dump();
    const std::string version = record.version();
    sql << "UPDATE record SET number = :number, data = :data, version = :version, "
           "created_at = :created_at WHERE product_id = :id",
        use(record.number), use(text), use(version), use(record.created_at), use(id);
    log_change(sql, id, version, "updated");
}

void delete_record(soci::session& sql, const std::string& id) {
    sql << "DELETE FROM record WHERE product_id = :id", use(id);
    log_change(sql, id, "", "deleted");
}

json list_changes(soci::session& sql, long long since, int limit) {
    json changes = json::array();
    long long next = since;
    std::string id;
    std::string version;
    std::string kind;
    std::string changed_at;
    soci::indicator known{};
    soci::statement rows =
        (sql.prepare << "SELECT seq, product_id, version, kind, changed_at FROM change "
                        "WHERE seq > :since ORDER BY seq LIMIT :limit",
         use(since), use(limit), into(next), into(id), into(version, known), into(kind),
         into(changed_at));
    rows.execute();
    while (rows.fetch()) {
        changes.push_back({{"id", id},
                           {"version", known == soci::i_null ? json() : json(version)},
                           {"change", kind},
                           {"changed_at", changed_at}});
    }
    return {{"changes", std::move(changes)}, {"next", next}};
}

}  // namespace erp_ledger
