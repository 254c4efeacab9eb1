// Two tables of one database: one of our own, and the journal's of steps that were undone.
#include "notes.hpp"

#include <gantry/service.hpp>

#include "schema.hpp"

namespace product_medusa {
namespace {

using plugin_sql::Request;
using soci::into;
using soci::use;

constexpr plugin_sql::Version kVersions[] = {kSchemaText, kPagesText};
constexpr plugin_sql::Schema kSchema{"product-medusa", kVersions};

}  // namespace

Notes::Notes(const std::string& url)
    : database_(url.empty() ? "sqlite::memory:" : url, kSchema), journal_(database_, {"meant"}) {}

void Notes::note(std::string_view key, const std::string& product, const json& content) {
    const Request request(key, "note", nullptr);
    if (request.scope.empty()) return;
    const auto text = content.dump();
    database_.write([&](soci::session& sql) {
        plugin_sql::refuse_if_undone({sql, request}, product);
        sql << "INSERT INTO meant (scope, product_id, content, recorded_at) "
               "VALUES (:scope, :id, :content, :now) ON CONFLICT (scope, product_id) "
               "DO UPDATE SET content = excluded.content, recorded_at = excluded.recorded_at",
            use(request.scope), use(product), use(text), use(request.now);
        journal_.prune_now_and_then(sql);
        return true;
    });
}

json Notes::find(std::string_view key, const std::string& product) {
    const std::string scope(gantry::key_scope(key));
    return database_.read([&](soci::session& sql) {
        std::string text;
        sql << "SELECT content FROM meant WHERE scope = :scope AND product_id = :id", use(scope),
            use(product), into(text);
        return sql.got_data() ? json::parse(text) : json();
    });
}

void Notes::undone(std::string_view key, const std::string& product) {
    database_.write([&](soci::session& sql) {
        plugin_sql::leave_tombstone({sql, Request(key, "undone", nullptr)}, product);
        return true;
    });
}

json Notes::backup(const json& input) { return plugin_sql::backup_to(database_, input, "notes"); }

}  // namespace product_medusa
