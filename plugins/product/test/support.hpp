// What the catalogue's tests share: a catalogue in a folder of its own, and products.
#pragma once

#include <optional>
#include <string>

#include "catalogue.hpp"
#include "sql/test/support.hpp"

namespace catalogue {

using plugin_sql::Database;
using plugin_sql::error_from;
using plugin_sql::expect_refused;

class CatalogueTest : public plugin_sql::FolderTest {
protected:
    CatalogueTest() { catalogue_.emplace(options()); }

    std::string path() const { return (folder_ / "data/product.db").string(); }
    json options() const { return {{"database", "sqlite:" + path()}}; }

    Catalogue& catalogue() { return *catalogue_; }
    void reopen() {
        catalogue_.reset();
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
