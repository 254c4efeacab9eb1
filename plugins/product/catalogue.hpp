// The product catalogue: gantry.product/1 on a database, each write one transaction with its key.
#pragma once

#include <functional>
#include <string_view>

#include "entities.hpp"
#include "write.hpp"

namespace catalogue {

/// The catalogue's own tables.
extern const plugin_sql::Schema kSchema;

/// All functions may be called on any thread and take and give what sdk/interfaces/product.v1.json
/// says. `key` is the idempotency key: the same key and input again is the same answer and no
/// second effect; empty means none. Every product has a `version`, a tag of its content. Input that
/// has not the shape is INVALID_DATA; every refusal carries NOT_APPLIED.
class Catalogue {
public:
    /// `options`: {"database": "sqlite:PATH"} or {"database": "postgres://…"}. Throws Error CONFIG.
    explicit Catalogue(const json& options);

    /// Any method by its name. Throws UNSUPPORTED for one that is none.
    json call(std::string_view method, std::string_view key, const json& input);

    /// Returns when the database answers; throws why it does not.
    void ping() { database_.ping(); }

    /// backupTo, which is no transaction.
    json backup(const json& input);

    // Those of products, which tests and restore name.
    json retrieve(const json& input) { return call("retrieveProduct", "", input); }
    json list(const json& input) { return call("listProducts", "", input); }
    json create(std::string_view key, const json& input) {
        return call("createProducts", key, input);
    }
    json update(std::string_view key, const json& input) {
        return call("updateProducts", key, input);
    }
    json remove(std::string_view key, const json& input) {
        return call("deleteProducts", key, input);
    }
    json snapshot(const json& input) { return call("snapshotProduct", "", input); }
    json restore(std::string_view key, const json& input) {
        return call("restoreProduct", key, input);
    }

private:
    plugin_sql::Database database_;
    plugin_sql::Journal journal_;
    Ids ids_;  // used within a write
};

}  // namespace catalogue
