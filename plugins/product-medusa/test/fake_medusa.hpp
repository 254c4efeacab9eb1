// A Medusa in memory, as far as a connector sees it: products, and what it does to them.
#pragma once

#include <gantry/testing.hpp>

namespace product_medusa {

using gantry::json;

class FakeMedusa {
public:
    explicit FakeMedusa(gantry::testing::Host& host);

    json products = json::array();  // as its admin API shows them
    json& product() { return products.at(0); }

    /// What happens to the next change: before it, instead of it, after it, on its way back.
    std::function<void()> before_write;
    std::optional<gantry::testing::HttpResponse> refuses;
    std::function<void(json& product)> after_write;
    std::optional<gantry::Error> instead_of_reply;

    std::size_t writes() const;
    json last_body() const;

private:
    gantry::testing::HttpResponse get(const std::string& id);
    gantry::testing::HttpResponse list(const std::string& url);
    gantry::testing::HttpResponse post(const std::string& id, const json& body);
    gantry::testing::HttpResponse create(const json& body);

    gantry::testing::Host& host_;
    int made_ = 0;
};

/// A shirt in two sizes with two images.
json shirt();

gantry::testing::HttpResponse refusal(int status, const std::string& type,
                                      const std::string& message);

}  // namespace product_medusa
