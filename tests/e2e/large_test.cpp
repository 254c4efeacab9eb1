// Products of very many variants: changed, refused by the ERP and as they were again, in a file or,
// where GANTRY_TEST_POSTGRESQL names a database, there; and one that is larger than undo data.
#include "support/process_memory.hpp"
#include "support/sanitizers.hpp"
#include "support/shop.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <random>

namespace gantry::test {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kVariants = 5000;
constexpr int kPage = 500;
const std::string kId = "prod_large";

const char* server() { return std::getenv("GANTRY_TEST_POSTGRESQL"); }  // NOLINT: no thread writes

json config() {
    auto config = shop_config();
    if (server() != nullptr) config["modules"]["product"]["options"]["database"] = server();
    return config;
}

class Large : public testing::Test {
protected:
    Large() { host_.serve(); }

    // A second test finds the database that the first one left.
    ~Large() override { call("deleteProducts", {{"ids", {kId}}}); }

    json call(const std::string& method, const json& input) const {
        return host_.call("product", method, input);
    }

    // All there is of the product, apart from its own time of change.
    json whole() const {
        json all = call("retrieveProduct",
                        {{"id", kId}, {"relations", {"options", "tags", "images", "type"}}});
        all.erase("updated_at");
        all["variants"] = json::array();
        for (int skip = 0; skip % kPage == 0; skip = static_cast<int>(all["variants"].size())) {
            const auto page = call("listProductVariants", {{"filters", {{"product_id", kId}}},
                                                           {"select", {"options.id"}},
                                                           {"order", {{"id", "ASC"}}},
                                                           {"skip", skip},
                                                           {"take", kPage}});
            if (page.empty()) break;
            all["variants"].insert(all["variants"].end(), page.begin(), page.end());
        }
        return all;
    }

    HttpResponse timed(const std::string& what, const json& changes) const {
        const auto begin = Clock::now();
        auto answer = update(host_, kId, changes);
        const auto took =
            std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin);
        std::cout << what << ": " << took.count() << " ms\n";
        return answer;
    }

    HostProcess host_{config()};
};

std::string number(int i) { return std::to_string(i); }

json values_up_to(int count) {
    json values = json::array();
    for (int i = 0; i < count; ++i) values.push_back(number(i));
    return values;
}

// As many as its sizes and colours make.
json large_product(int variants) {
    json product = {{"id", kId},
                    {"title", "Large"},
                    {"options",
                     {{{"title", "Size"}, {"values", values_up_to(variants / 50)}},
                      {{"title", "Colour"}, {"values", values_up_to(50)}}}},
                    {"variants", json::array()}};
    for (int i = 0; i < variants; ++i) {
        product["variants"].push_back(
            {{"title", "Variant " + number(i)},
             {"sku", "SKU-" + number(i)},
             {"metadata", {{"shelf", "A-" + number(i % 97)}, {"batch", i}}},
             {"options", {{"Size", number(i / 50)}, {"Colour", number(i % 50)}}}});
    }
    return product;
}

// The whole set, with one title that is another.
json with_one_titled(const json& variants, const std::string& title) {
    json all = json::array();
    for (const auto& variant : variants) all.push_back({{"id", variant.at("id")}});
    all.at(all.size() / 2)["title"] = title;
    return all;
}

TEST_F(Large, a_product_of_5000_variants_is_changed_refused_by_the_erp_and_as_it_was) {
    const int variants =
        kSanitized ? kVariants / 5 : kVariants;  // there it takes five times as long
    const auto made = call("createProducts",
                           {{"products", {large_product(variants)}}, {"relations", json::array()}});
    EXPECT_EQ(made.at(0).at("title"), "Large");

    const auto ids =
        call("listProductVariants", {{"filters", {{"product_id", kId}}}, {"select", {"id"}}});
    ASSERT_EQ(ids.size(), static_cast<std::size_t>(variants));
    const auto changed =
        timed("changed", {{"title", "Larger"}, {"variants", with_one_titled(ids, "Changed")}});
    ASSERT_EQ(changed.status, 200) << changed.body.substr(0, 500);
    EXPECT_EQ(changed.parsed().at("product").at("title"), "Larger");
    const auto before = whole();
    EXPECT_EQ(changed.parsed().at("product").at("version"), before.at("version"));
    EXPECT_NE(made.at(0).at("version"), before.at("version"));

    json refused_changes = {{"title", long_title()},
                            {"variants", with_one_titled(before.at("variants"), "Refused")}};
    refused_changes["variants"].erase(0);
    const auto refused = timed("refused and restored", refused_changes);
    EXPECT_EQ(refused.status, 400) << refused.body.substr(0, 500);
    EXPECT_EQ(refused.parsed().value("type", ""), "not_allowed");
    EXPECT_EQ(refused.parsed().value("state", ""), "reverted");
    EXPECT_TRUE(whole() == before) << "not as it was";

    std::cout << variants << " variants, the host's memory at its highest: "
              << memory_kib(host_.process().pid(), "VmHWM") / 1024 << " MiB\n";
}

std::string noise(std::size_t size) {
    std::mt19937 random(size);
    std::uniform_int_distribution<> letter(0, 63);
    std::string text(size, ' ');
    for (auto& c : text) c = static_cast<char>('0' + letter(random));
    return text;
}

TEST_F(Large, a_product_that_is_larger_than_undo_data_is_refused_before_anything_is_changed) {
    json product = large_product(50);
    product["variants"][0]["metadata"] = {{"noise", noise(450'000)}};
    product["variants"][1]["metadata"] = {{"noise", noise(450'001)}};
    call("createProducts", {{"products", {product}}, {"relations", json::array()}});
    const auto one =
        call("listProductVariants", {{"filters", {{"sku", "SKU-2"}}}, {"select", {"id"}}});
    call("updateProductVariants",
         {{"id", one.at(0).at("id")}, {"data", {{"metadata", {{"noise", noise(450'002)}}}}}});
    const auto before = call("retrieveProduct", {{"id", kId}, {"relations", json::array()}});

    const auto refused = update(host_, kId, {{"title", "Larger"}});
    EXPECT_EQ(refused.status, 413) << refused.body.substr(0, 500);
    EXPECT_EQ(refused.parsed().value("code", ""), "too_large");
    EXPECT_EQ(refused.parsed().value("state", ""), "reverted");
    EXPECT_EQ(refused.parsed().value("step", ""), "update-product");
    EXPECT_NE(refused.body.find("at most 1048576"), std::string::npos) << refused.body;
    EXPECT_EQ(call("retrieveProduct", {{"id", kId}, {"relations", json::array()}}), before);
}

// A write whose report is longer than its script.
json wordy_script() {
    json script = {{"do", json::array()}};
    for (int i = 0; i < 15000; ++i) {
        script["do"].push_back({{"call", {{"service", "nobody"}, {"method", "m"}}}});
    }
    return script;
}

TEST(LargeAnswers, of_a_write_that_is_done_do_not_claim_that_it_was_refused) {
    HostProcess host(json{{"store", "sqlite:data/gantry.db"},
                          {"http", {{"listen", "127.0.0.1:0"}}},
                          {"plugin_path", {GANTRY_TEST_PLUGINS}},
                          {"modules", {{"leaf", {{"plugin", "probe-leaf"}}}}}});
    host.serve();
    const auto ask = [&](const std::string& method) {
        return host.send({"POST", "/admin/services/leaf/" + method, wordy_script().dump(), {}});
    };
    const auto written = ask("put");
    EXPECT_EQ(written.status, 500) << written.body.substr(0, 500);
    EXPECT_EQ(written.parsed().value("type", ""), "unexpected_state");
    EXPECT_EQ(written.parsed().value("code", ""), "too_large");
    EXPECT_NE(written.body.find("what it changed stands"), std::string::npos)
        << written.body.substr(0, 500);

    const auto read = ask("look");
    EXPECT_EQ(read.status, 413) << read.body.substr(0, 500);
    EXPECT_EQ(read.body.find("stands"), std::string::npos) << read.body.substr(0, 500);

    write_text(host.dir() / "script.json", wordy_script().dump());
    for (const bool serves : {true, false}) {
        if (!serves) host.stop();
        const auto said = host.cli({"call", "leaf", "put", "--input", "@script.json"});
        EXPECT_EQ(said.exit_code, 1);
        EXPECT_NE(said.err.find("TOO_LARGE: it did its work, and what it changed stands"),
                  std::string::npos)
            << said.err;
    }
}

}  // namespace
}  // namespace gantry::test
