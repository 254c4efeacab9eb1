// The product catalogue: gantry.product/1 on a database, each write one transaction with its key.
#include "catalogue.hpp"

#include "events.hpp"
#include "methods.hpp"
#include "refusal.hpp"
#include "schema.hpp"

namespace catalogue {

namespace {

constexpr plugin_sql::Version kVersions[] = {kSchemaText,
                                             kCategoriesText,
                                             {kSearchSqliteText, kSearchPostgresqlText},
                                             kVariantImagesText,
                                             kPagesText};

}  // namespace

const plugin_sql::Schema kSchema{"product", kVersions};

Catalogue::Catalogue(const json& options)
    : database_(options.value("database", ""), kSchema),
      journal_(database_, {"made"}, &prune_events) {}

json Catalogue::call(std::string_view name, std::string_view key, const json& input) {
    const auto* method = find_method(name);
    if (method == nullptr) {
        throw Error(GANTRY_E_UNSUPPORTED, "gantry.product/1 has no method " + std::string(name),
                    GANTRY_EF_NOT_APPLIED);
    }
    try {
        if (method->read) {
            return database_.read([&](soci::session& sql) { return method->read(sql, input); });
        }
        return journal_.once(key, name, input, [&](const plugin_sql::Write& write) {
            return method->write({write, ids_}, input);
        });
    } catch (const json::exception& e) {  // a caller without a host, which checks inputs
        throw invalid_data(std::string("the input has not the shape of gantry.product/1: ") +
                           e.what());
    }
}

json Catalogue::backup(const json& input) {
    return plugin_sql::backup_to(database_, input, "database");
}

}  // namespace catalogue
