// Which hosts a module may ask.
#include "plugin/http_policy.hpp"

#include <gtest/gtest.h>

namespace gantry::host {
namespace {

ModuleConfig module(std::optional<std::vector<std::string>> allowed,
                    json options = json::object()) {
    ModuleConfig config;
    config.name = "sap";
    config.options = std::move(options);
    config.http.allowed_hosts = std::move(allowed);
    return config;
}

/// Empty when it is allowed.
std::string refusal(const ModuleConfig& config, const std::string& host) {
    try {
        HttpPolicy(config).check(host);
        return "";
    } catch (const Error& e) {
        EXPECT_EQ(e.code(), GANTRY_E_CONFIG);
        EXPECT_EQ(e.flags(), GANTRY_EF_NOT_APPLIED);
        return e.message();
    }
}

TEST(HttpPolicy, a_host_is_allowed_by_its_whole_name) {
    const auto config = module({{"api.example", "127.0.0.1"}});
    EXPECT_EQ(refusal(config, "api.example"), "");
    EXPECT_EQ(refusal(config, "127.0.0.1"), "");
    for (const char* host : {"xapi.example", "api.example.evil", "x.api.example", "example", ""}) {
        EXPECT_NE(refusal(config, host), "") << host;
    }
}

TEST(HttpPolicy, a_star_stands_for_what_is_below_a_domain) {
    const auto config = module({{"*.acme.example"}});
    EXPECT_EQ(refusal(config, "eu.acme.example"), "");
    EXPECT_EQ(refusal(config, "a.eu.acme.example"), "");
    for (const char* host :
         {"acme.example", ".acme.example", "evilacme.example", "acme.example.x"}) {
        EXPECT_NE(refusal(config, host), "") << host;
    }
}

TEST(HttpPolicy, without_a_list_the_urls_among_the_options_count) {
    const json options = {{"url", "https://API.acme.example/v1"},
                          {"deep", {{"list", {1, "http://10.0.0.1:8080", "mailto:a@b.example"}}}},
                          {"text", "see https://doc.example"},
                          {"login", "https://user:pass@login.example"}};
    const auto config = module(std::nullopt, options);
    EXPECT_EQ(refusal(config, "api.acme.example"), "");
    EXPECT_EQ(refusal(config, "10.0.0.1"), "");
    for (const char* host : {"acme.example", "b.example", "doc.example", "login.example"}) {
        EXPECT_NE(refusal(config, host), "") << host;
    }
    EXPECT_NE(refusal(module({{"other.example"}}, options), "api.acme.example"), "")
        << "a list stands in their place";
}

TEST(HttpPolicy, a_refusal_says_the_host_the_module_and_the_key_to_add_it_to) {
    EXPECT_EQ(refusal(module({{"a.example", "*.b.example"}}), "evil.example"),
              "module \"sap\" may not ask the host evil.example, only a.example, *.b.example; add "
              "it to modules.sap.http.allowed_hosts if it should");
    EXPECT_EQ(refusal(module(std::nullopt, {{"url", "http://a.example"}}), "evil.example"),
              "module \"sap\" may not ask the host evil.example, only a.example, which is what its "
              "options name; add it to modules.sap.http.allowed_hosts if it should");
    EXPECT_NE(refusal(module(std::nullopt), "evil.example").find("only none"), std::string::npos);
}

}  // namespace
}  // namespace gantry::host
