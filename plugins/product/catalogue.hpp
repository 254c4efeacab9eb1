// The product catalogue: gantry.product/1 on a database, each write one transaction with its key.
#pragma once

#include <functional>
#include <string_view>

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
    /// `options`: {"database": "sqlite:PATH"}. Throws Error CONFIG.
    explicit Catalogue(const json& options);

    json retrieve(const json& input);
    json list(const json& input);
    json create(std::string_view key, const json& input);
    json update(std::string_view key, const json& input);
    json remove(std::string_view key, const json& input);
    json snapshot(const json& input);
    json restore(std::string_view key, const json& input);

private:
    using Outcome = plugin_sql::Outcome;
    using Effect = std::function<Outcome(const Write&)>;

    static Outcome restored(const Write& write, const json& input);
    json once(std::string_view key, std::string_view method, const json& input,
              const Effect& effect);

    plugin_sql::Database database_;
    plugin_sql::Journal journal_;
    Ids ids_;  // used within a write
};

}  // namespace catalogue
