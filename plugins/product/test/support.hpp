// What the catalogue's tests share: a catalogue in a folder of its own, and the error of a refusal.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <optional>
#include <string>

#include "catalogue.hpp"

namespace catalogue {

class CatalogueTest : public testing::Test {
protected:
    CatalogueTest() { catalogue_.emplace(options()); }
    ~CatalogueTest() override {
        catalogue_.reset();
        std::filesystem::remove_all(folder_);
    }

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

    const std::filesystem::path folder_ = [] {
        std::string name = (std::filesystem::temp_directory_path() / "product-XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
        return std::filesystem::path(name);
    }();

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

/// The Error that `body` throws; fails the test when it throws none.
template <typename Body>
gantry::Error error_from(Body&& body) {
    try {
        body();
    } catch (const gantry::Error& e) {
        return e;
    }
    ADD_FAILURE() << "nothing was thrown";
    return {GANTRY_OK, ""};
}

inline void expect_refused(const gantry::Error& e, gantry_status code, const std::string& text) {
    EXPECT_EQ(e.code(), code) << e.message();
    EXPECT_EQ(e.flags(), GANTRY_EF_NOT_APPLIED) << e.message();
    EXPECT_NE(e.message().find(text), std::string::npos) << e.message();
}

}  // namespace catalogue
