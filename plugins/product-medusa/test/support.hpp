// A connector in front of a Medusa in memory, which has a shirt.
#pragma once

#include <gtest/gtest.h>

#include "fake_medusa.hpp"

namespace product_medusa {

inline const gantry::Error kLost(GANTRY_E_UNAVAILABLE, "no answer", GANTRY_EF_MAYBE_APPLIED);

inline json shop_options() {
    return {{"url", "https://shop.example"}, {"api_key", "sk_secret"}, {"page_size", 2}};
}

class Connected : public testing::Test {
protected:
    explicit Connected(const json& options = shop_options()) : plugin(host, options) {
        medusa.products.push_back(shirt());
    }

    gantry::testing::End update(const json& data, const std::string& key = "",
                                json more = json::object()) {
        more["id"] = "prod_1";
        more["data"] = data;
        gantry::testing::CallOptions options;
        options.key = key;
        return plugin.call("updateProducts", more, options);
    }
    json updated(const json& data) { return update(data).output(); }
    json snapshot() { return plugin.call("snapshotProduct", {{"id", "prod_1"}}).output(); }
    gantry::testing::End restore(const json& before, const json& written,
                                 const std::string& key = "") {
        gantry::testing::CallOptions options;
        options.key = key;
        return plugin.call("restoreProduct", {{"snapshot", before}, {"written", written}}, options);
    }
    static void expect_refused(const gantry::testing::End& end, gantry_status code,
                               std::uint32_t flags = GANTRY_EF_NOT_APPLIED) {
        ASSERT_TRUE(end.error) << "succeeded";
        EXPECT_EQ(end.error->code(), code) << end.error->what();
        // A host takes no NOT_APPLIED after an answered write.
        EXPECT_EQ(end.error->flags() & GANTRY_EF_MAYBE_APPLIED, flags & GANTRY_EF_MAYBE_APPLIED)
            << end.error->what();
    }

    gantry::testing::Host host;
    FakeMedusa medusa{host};
    gantry::testing::Plugin plugin;
};

}  // namespace product_medusa
