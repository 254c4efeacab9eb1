// A connector in front of a Tryton in memory.
#pragma once

#include <gtest/gtest.h>

#include "fake_tryton.hpp"

namespace erp_tryton {

inline json shop_options() {
    return {{"url", "https://erp.example"},
            {"database", "shop"},
            {"user", "shop-login"},
            {"password", "right"}};
}

class Connected : public testing::Test {
protected:
    explicit Connected(const json& options = shop_options()) : plugin(host, options) {}

    json update(const json& data, json more = json::object()) {
        return plugin.call("updateProductErpData", input(data, std::move(more))).output();
    }
    gantry::Error refused(const std::string& method, const json& input) {
        const auto end = plugin.call(method, input);
        EXPECT_TRUE(end.error) << method << " succeeded";
        return end.error.value_or(gantry::Error(GANTRY_OK, ""));
    }
    static json input(const json& data, json more = json::object()) {
        more["id"] = "p1";
        more["data"] = data;
        return more;
    }
    json snapshot() { return plugin.call("snapshotProduct", {{"id", "p1"}}).output(); }
    json restore(const json& before, const json& written) {
        return plugin.call("restoreProduct", {{"snapshot", before}, {"written", written}}).output();
    }
    json& row() { return tryton.rows.at(0); }
    json& variant() { return row().at("products.").at(0); }

    gantry::testing::Host host;
    FakeTryton tryton{host};
    gantry::testing::Plugin plugin;
};

}  // namespace erp_tryton
