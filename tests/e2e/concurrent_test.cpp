// Many edits of few products at the same time: each product and its ERP record end as one edit
// after another would have left them.
#include "support/shop.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace gantry::test {
namespace {

constexpr int kProducts = 10;
constexpr int kEdits = 200;
constexpr int kClients = 16;

std::string product_of(int edit) { return "prod_" + std::to_string(edit % kProducts); }

TEST(Concurrent, two_hundred_edits_of_ten_products_a_third_refused_end_as_in_some_serial_order) {
    HostProcess host(shop_config());
    host.serve();
    json products = json::array();
    for (int i = 0; i < kProducts; ++i) {
        products.push_back({{"id", product_of(i)}, {"title", "before " + std::to_string(i)}});
    }
    host.call("product", "createProducts", {{"products", products}});
    for (int i = 0; i < kProducts; ++i) {
        ASSERT_EQ(update(host, product_of(i), {{"title", "edit -1"}, {"weight", 1000}}).status,
                  200);
    }

    // Of one edit both fields are: a title with its number, and that number as the weight.
    std::atomic<int> next{0};
    std::vector<int> status(kEdits);
    std::vector<std::thread> clients;
    for (int c = 0; c < kClients; ++c) {
        clients.emplace_back([&] {
            for (int i = next++; i < kEdits; i = next++) {
                const bool refused = i % 3 == 0;
                const std::string title = refused ? long_title() : "edit " + std::to_string(i);
                status[static_cast<std::size_t>(i)] =
                    update(host, product_of(i), {{"title", title}, {"weight", i}}).status;
            }
        });
    }
    for (auto& client : clients) client.join();

    for (int i = 0; i < kEdits; ++i) {
        EXPECT_EQ(status[static_cast<std::size_t>(i)], i % 3 == 0 ? 400 : 200) << "edit " << i;
    }
    for (const auto& run : host.runs()) EXPECT_NE(run.at("state"), "failed") << run;
    for (int i = 0; i < kProducts; ++i) {
        const auto product = host.call("product", "retrieveProduct", {{"id", product_of(i)}});
        const auto erp = host.call("erp", "retrieveProductErpDetails", {{"id", product_of(i)}});
        const auto title = product.at("title").get<std::string>();
        EXPECT_EQ(erp.at("data").at("title"), title) << product_of(i);
        ASSERT_TRUE(title.starts_with("edit ")) << title;
        const int edit = std::stoi(title.substr(5));
        EXPECT_NE(edit, -1) << "no edit of " << product_of(i) << " was accepted";
        EXPECT_NE(edit % 3, 0) << "a refused edit stands";
        EXPECT_EQ(edit % kProducts, i);
        EXPECT_EQ(product.at("weight").get<double>(), edit) << "two edits are mixed";
    }
    EXPECT_EQ(host.stop(), 0);
}

TEST(Concurrent, who_waits_for_a_turn_gets_it_after_a_kill_of_the_host_too) {
    HostProcess host(shop_config());
    host.serve();
    host.call("product", "createProducts", {{"products", {{{"id", "prod_0"}, {"title", "old"}}}}});
    constexpr int kRuns = 40;
    std::vector<std::thread> clients;
    for (int i = 0; i < kRuns; ++i) {
        clients.emplace_back([&, i] {
            update(host, "prod_0", {{"title", "edit " + std::to_string(i)}},
                   {{"Idempotency-Key", "k" + std::to_string(i)}, {"Prefer", "wait=0"}});
        });
    }
    for (auto& client : clients) client.join();
    EXPECT_EQ(host.runs().size(), static_cast<std::size_t>(kRuns));
    host.kill9();
    host.serve();
    ASSERT_TRUE(host.until([&] {
        for (const auto& run : host.runs()) {
            if (run.at("state") != "done" && run.at("state") != "reverted") return false;
        }
        return true;
    })) << host.log();
    for (const auto& run : host.runs()) EXPECT_EQ(run.at("state"), "done") << run;
    const auto product = host.call("product", "retrieveProduct", {{"id", "prod_0"}});
    const auto erp = host.call("erp", "retrieveProductErpDetails", {{"id", "prod_0"}});
    EXPECT_EQ(erp.at("data").at("title"), product.at("title"));
    EXPECT_EQ(host.stop(), 0);
}

}  // namespace
}  // namespace gantry::test
