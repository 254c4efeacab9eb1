// What the catalogue's tests share: a catalogue in a folder of its own, and products.
#pragma once

#include <cstdlib>
#include <functional>
#include <optional>
#include <string>

#include "catalogue.hpp"
#include "sql/test/support.hpp"

namespace catalogue {

using plugin_sql::Database;
using plugin_sql::error_from;
using plugin_sql::expect_refused;

/// Of a SQLite file of its own, or, where GANTRY_TEST_POSTGRESQL names one, of that database, which
/// it empties.
class CatalogueTest : public plugin_sql::FolderTest {
protected:
    CatalogueTest() {
        empty();
        catalogue_.emplace(options());
    }

    void empty() const {
        if (!on_a_server()) return std::filesystem::remove_all(folder_ / "data"), void();
        soci::session sql("postgresql", server());
        sql << "SET client_min_messages = warning";
        sql << "DROP SCHEMA IF EXISTS product CASCADE";
    }

    static std::string server() {
        const char* url = std::getenv("GANTRY_TEST_POSTGRESQL");  // NOLINT: no thread writes it
        return url == nullptr ? "" : url;
    }
    static bool on_a_server() { return !server().empty(); }

    std::string path() const { return (folder_ / "data/product.db").string(); }
    json options() const { return {{"database", on_a_server() ? server() : "sqlite:" + path()}}; }

    Catalogue& catalogue() { return *catalogue_; }
    void reopen() {
        catalogue_.reset();
        catalogue_.emplace(options());
    }
    /// Opens a database as version `number` of the tables has it, with what `fill` puts there.
    void reopen_from(std::size_t number, const std::function<bool(soci::session& sql)>& fill) {
        catalogue_.reset();
        empty();
        Database(options().at("database"), {kSchema.plugin, kSchema.versions.first(number)})
            .write(fill);
        catalogue_.emplace(options());
    }

    json create(const json& data, const std::string& key = "") {
        return catalogue().create(key, {{"products", json::array({data})}}).at(0);
    }
    json update(const std::string& id, const json& data, const std::string& key = "") {
        return catalogue().update(key, {{"id", id}, {"data", data}});
    }
    json retrieve(const std::string& id) { return catalogue().retrieve({{"id", id}}); }
    json snapshot(const std::string& id) { return catalogue().snapshot({{"id", id}}); }

private:
    std::optional<Catalogue> catalogue_;
};

/// A product with one option of two values and two variants.
inline json shirt() {
    return {{"id", "prod_shirt"},
            {"title", "Shirt"},
            {"weight", 250},
            {"options", {{{"title", "Size"}, {"values", {"S", "M"}}}}},
            {"variants",
             {{{"title", "S"}, {"sku", "TSH-S"}, {"options", {{"Size", "S"}}}},
              {{"title", "M"}, {"sku", "TSH-M"}, {"options", {{"Size", "M"}}}}}}};
}

/// The `field`s of `items`, in order.
inline json each(const json& items, const std::string& field) {
    json values = json::array();
    for (const auto& item : items) values.push_back(item.at(field));
    return values;
}

inline json find_by(const json& items, const std::string& field, const json& value) {
    for (const auto& item : items) {
        if (item.at(field) == value) return item;
    }
    ADD_FAILURE() << "no item with " << field << " " << value;
    return {};
}

}  // namespace catalogue
