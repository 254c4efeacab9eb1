// The configuration: what is read, what is refused and where, references, globs.
#include "base/config.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <fstream>

namespace gantry::host {
namespace {

namespace fs = std::filesystem;

class ConfigTest : public testing::Test {
protected:
    ConfigTest() {
        auto name = (fs::temp_directory_path() / "gantry-config-XXXXXX").string();
        directory_ = ::mkdtemp(name.data());
    }
    ~ConfigTest() override { fs::remove_all(directory_); }

    void write(const std::string& name, const std::string& text) const {
        fs::create_directories((directory_ / name).parent_path());
        std::ofstream(directory_ / name, std::ios::binary) << text;
    }

    std::optional<Config> read(const std::string& text) {
        write("gantry.json", text);
        problems_ = {};
        return read_config(directory_ / "gantry.json", problems_);
    }

    /// The problems without the directory in front of each line.
    std::string problems(const std::string& text) {
        EXPECT_TRUE(read(text));
        auto out = problems_.text();
        const auto prefix = (directory_ / "").string();
        for (auto at = out.find(prefix); at != std::string::npos; at = out.find(prefix)) {
            out.erase(at, prefix.size());
        }
        return out;
    }

    fs::path directory_;
    Problems problems_;
};

TEST_F(ConfigTest, the_example_of_the_design_is_read_whole) {
    write("admin.token", "s3cret\n");
    write("workflows/b.json", "{}");
    write("workflows/a.json", "{}");
    write("workflows/notes.txt", "");
    const auto config = read(R"json({"store": "sqlite:data/gantry.db", // comment
 "http": {"listen": "127.0.0.1:9001", "tokens": {"admin": "$(file:admin.token)"}},
 "plugin_path": ["lib/gantry/plugins", "/usr/lib/gantry"],
 "modules": {
   "product": {"plugin": "product", "options": {"database": "sqlite:data/product.db"}},
   "erp":     {"plugin": "./lib/erp-ledger.so", "aliases": ["erpModuleService"]},
   "catalog": {"plugin": "update-product-erp", "bind": {"erp": "erp"}}},
 "workflows": ["workflows/*.json", "workflows/a.json"],
 "routes": [{"method": "POST", "path": "/store/products/{id}/erp", "workflow": "w", "wait": "2s"},
            {"method": "GET", "path": "/store", "workflow": "w", "input": {"id": "${ .path.id }"}}]})json");
    ASSERT_TRUE(config);
    EXPECT_EQ(problems_.text(), "");
    EXPECT_EQ(config->file, directory_ / "gantry.json");
    EXPECT_EQ(config->directory, directory_);
    EXPECT_EQ(config->store, "sqlite:" + (directory_ / "data/gantry.db").string());
    EXPECT_TRUE(config->has_http);
    EXPECT_EQ(config->http.listen.address, "127.0.0.1");
    EXPECT_EQ(config->http.listen.port, 9001);
    EXPECT_EQ(config->http.admin_token, "s3cret");
    EXPECT_FALSE(config->http.admin_open);
    EXPECT_EQ(config->plugin_path,
              (std::vector<fs::path>{directory_ / "lib/gantry/plugins", "/usr/lib/gantry"}));
    ASSERT_EQ(config->modules.size(), 3u);
    EXPECT_EQ(config->modules[0].name, "product");
    EXPECT_EQ(config->modules[0].options,
              json({{"database", "sqlite:" + (directory_ / "data/product.db").string()}}));
    EXPECT_EQ(config->modules[0].options_pointer, "/modules/product/options");
    EXPECT_EQ(config->modules[1].name, "erp");
    EXPECT_EQ(config->modules[1].plugin, (directory_ / "lib/erp-ledger.so").string());
    EXPECT_EQ(config->modules[1].options, json::object());
    EXPECT_EQ(config->modules[1].aliases, std::vector<std::string>{"erpModuleService"});
    EXPECT_EQ(config->modules[2].name, "catalog");
    EXPECT_EQ(config->modules[2].bind, (std::map<std::string, std::string>{{"erp", "erp"}}));
    EXPECT_EQ(config->workflows, (std::vector<fs::path>{directory_ / "workflows/a.json",
                                                        directory_ / "workflows/b.json"}));
    ASSERT_EQ(config->routes.size(), 2u);
    EXPECT_EQ(config->routes[0].method, "POST");
    EXPECT_EQ(config->routes[0].path, "/store/products/{id}/erp");
    EXPECT_EQ(config->routes[0].workflow, "w");
    EXPECT_EQ(config->routes[0].wait, std::chrono::seconds(2));
    EXPECT_EQ(config->routes[0].input, std::nullopt);
    EXPECT_EQ(config->routes[1].wait, std::chrono::seconds(10));
    EXPECT_EQ(config->routes[1].input, json({{"id", "${ .path.id }"}}));
    EXPECT_EQ(config->document.place("/modules/erp").line, 6);
}

TEST_F(ConfigTest, what_a_module_may_ask_over_http) {
    write("certs/ca.pem", "-----BEGIN CERTIFICATE-----\n");
    const auto config = read(R"json({"modules": {
 "sap": {"plugin": "sap", "http": {"allowed_hosts": ["API.example", "*.acme.example", "10.0.0.1", "[::1]"],
         "proxy": "http://proxy:3128", "ca_file": "certs/ca.pem"}},
 "none": {"plugin": "sap", "http": {"allowed_hosts": [], "proxy": ""}},
 "plain": {"plugin": "sap"}}})json");
    ASSERT_TRUE(config);
    EXPECT_EQ(problems_.text(), "");
    using Hosts = std::vector<std::string>;
    EXPECT_EQ(config->modules[0].http.allowed_hosts,
              (Hosts{"api.example", "*.acme.example", "10.0.0.1", "[::1]"}));
    EXPECT_EQ(config->modules[0].http.proxy, "http://proxy:3128");
    EXPECT_EQ(config->modules[0].http.ca_file, (directory_ / "certs/ca.pem").string());
    EXPECT_EQ(config->modules[1].http.allowed_hosts, Hosts{});
    EXPECT_EQ(config->modules[1].http.proxy, "");
    EXPECT_EQ(config->modules[2].http.allowed_hosts, std::nullopt);
    EXPECT_EQ(config->modules[2].http.proxy, std::nullopt);
    EXPECT_EQ(config->modules[2].http.ca_file, "");
}

TEST_F(ConfigTest, mistakes_in_what_a_module_may_ask_are_all_shown) {
    const auto found = problems(R"json({"modules": {"sap": {"plugin": "sap", "http": {
  "allowed_hosts": ["https://api.example", "api.example:443", "*", "a.*.example", "", 5],
  "proxi": "http://proxy",
  "ca_file": "none.pem"
}}}})json");
    for (const char* part :
         {"gantry.json:2:21 modules.sap.http.allowed_hosts[0]: found \"https://api.example\", "
          "expected "
          "a host without scheme and port such as \"api.example\", or \"*.acme.example\" for those "
          "below",
          "allowed_hosts[1]: found \"api.example:443\"", "allowed_hosts[2]: found \"*\"",
          "allowed_hosts[3]: found \"a.*.example\"", "allowed_hosts[4]: found \"\"",
          "allowed_hosts[5]: found a number (5), expected a string",
          "gantry.json:3:3 modules.sap.http.proxi: unknown key. Did you mean \"proxy\"?",
          "gantry.json:4:3 modules.sap.http.ca_file: found no file \"none.pem\" in "}) {
        EXPECT_NE(found.find(part), std::string::npos) << part << "\n" << found;
    }
}

TEST_F(ConfigTest, an_empty_object_gives_the_defaults) {
    const auto config = read("{}");
    ASSERT_TRUE(config);
    EXPECT_EQ(problems_.text(), "");
    EXPECT_EQ(config->store, "sqlite:" + (directory_ / "gantry.db").string());
    EXPECT_FALSE(config->has_http);
    EXPECT_EQ(config->http.listen.port, 9000);
    EXPECT_TRUE(config->modules.empty());
}

TEST_F(ConfigTest, five_mistakes_give_five_lines_with_their_places) {
    EXPECT_EQ(
        problems(R"json({
  "stroe": "memory:",
  "http": {"listen": 9000},
  "modules": {
    "erp": {"plugin": "erp", "optoins": {}},
    "2nd": {"plugin": "erp"}
  },
  "routes": [
    {"method": "PSOT", "path": "/a", "workflow": "w"}
  ]
})json"),
        "gantry.json:2:3 stroe: unknown key. Did you mean \"store\"?\n"
        "gantry.json:3:12 http.listen: found a number (9000), expected a string\n"
        "gantry.json:5:30 modules.erp.optoins: unknown key. Did you mean \"options\"?\n"
        "gantry.json:6:5 modules.2nd: found the name \"2nd\", expected letters, digits, \"_\" "
        "and \"-\", the first a letter or \"_\"\n"
        "gantry.json:9:6 routes[0].method: found \"PSOT\", expected a method. Did you mean "
        "\"POST\"?");
}

TEST_F(ConfigTest, what_could_be_read_is_returned_beside_the_problems) {
    const auto config =
        read(R"json({"store": 5, "modules": {"erp": {"plugin": "x"}, "bad": 7}})json");
    ASSERT_TRUE(config);
    EXPECT_EQ(problems_.size(), 3u - 1u) << problems_.text();
    ASSERT_EQ(config->modules.size(), 2u);
    EXPECT_EQ(config->modules[0].plugin, "x");
}

TEST_F(ConfigTest, only_a_file_that_is_no_json_returns_nothing) {
    EXPECT_FALSE(read("{"));
    EXPECT_EQ(problems_.size(), 1u);
    EXPECT_TRUE(read("[]"));
    EXPECT_EQ(problems_.size(), 1u);
    EXPECT_TRUE(read(R"json({"store": "memory:", "store": "memory:"})json"));
    EXPECT_EQ(problems_.size(), 1u);
    EXPECT_FALSE(read_config(directory_ / "none.json", problems_));
}

TEST_F(ConfigTest, unknown_keys_are_refused_at_every_level) {
    EXPECT_EQ(problems(R"json({"zzzzzz": 1})json"),
              "gantry.json:1:2 zzzzzz: unknown key. Known: store, http, plugin_path, modules, "
              "workflows, retention, expressions, routes.");
    for (const auto* text :
         {R"json({"http": {"x": 1}})json", R"json({"http": {"tokens": {"x": "y"}}})json",
          R"json({"modules": {"a": {"plugin": "p", "x": 1}}})json",
          R"json({"routes": [{"method": "GET", "path": "/a", "workflow": "w", "x": 1}]})json"}) {
        EXPECT_NE(problems(text).find("unknown key"), std::string::npos) << text;
        EXPECT_EQ(problems_.size(), 1u) << problems_.text();
    }
}

TEST_F(ConfigTest, references_are_filled_in_at_any_depth) {
    ::setenv("GANTRY_TEST_HOST", "erp.example.com", 1);
    write("secret", "tøken\r\n\n");
    write("empty", "");
    const auto config = read(R"json({"modules": {"a": {"plugin": "p", "options": {
        "url": "https://$(env:GANTRY_TEST_HOST)/x/$(env:GANTRY_TEST_HOST)",
        "deep": [{"token": "$(file:secret)"}], "none": "$(file:empty)", "jq": "${ .a }"}}}})json");
    ::unsetenv("GANTRY_TEST_HOST");
    ASSERT_TRUE(config);
    EXPECT_EQ(problems_.text(), "");
    EXPECT_EQ(config->modules.at(0).options,
              json({{"url", "https://erp.example.com/x/erp.example.com"},
                    {"deep", {{{"token", "tøken"}}}},
                    {"none", ""},
                    {"jq", "${ .a }"}}));
    EXPECT_EQ(config->document.root().dump().find("tøken"), std::string::npos);
}

TEST_F(ConfigTest, content_of_a_reference_is_not_filled_in_again) {
    write("secret", "$(env:HOME)");
    const auto config =
        read(R"json({"modules": {"a": {"plugin": "p", "options": {"x": "$(file:secret)"}}}})json");
    EXPECT_EQ(config->modules.at(0).options, json({{"x", "$(env:HOME)"}}));
}

TEST_F(ConfigTest, a_reference_to_nothing_is_one_problem) {
    ::unsetenv("GANTRY_TEST_NONE");
    EXPECT_EQ(
        problems(R"json({"http": {"listen": "$(env:GANTRY_TEST_NONE)",
  "tokens": {"admin": "$(file:none.token)"}},
  "modules": {"a": {"plugin": "p", "options": {"x": ["$(vault:y)", "$(env:Z"]}}}})json"),
        "gantry.json:1:11 http.listen: the environment has no variable \"GANTRY_TEST_NONE\"\n"
        "gantry.json:2:14 http.tokens.admin: cannot read the file \"none.token\": No such file "
        "or directory\n"
        "gantry.json:3:54 modules.a.options.x[0]: found \"$(vault:y)\", expected $(env:NAME) "
        "or $(file:PATH)\n"
        "gantry.json:3:68 modules.a.options.x[1]: found \"$(\" without its \")\", expected "
        "$(env:NAME) or $(file:PATH)");
}

TEST_F(ConfigTest, no_problem_shows_what_a_reference_stands_for) {
    write("secret", "hush hush");
    write("binary", "hush\xFF");
    const auto text = problems(R"json({"store": "$(file:secret)",
  "http": {"listen": "$(file:secret)", "admin": "$(file:secret)"},
  "modules": {"a": {"plugin": "p", "aliases": ["$(file:secret)"], "options": {"x": "$(file:binary)"}}},
  "workflows": ["$(file:secret)"],
  "routes": [{"method": "$(file:secret)", "path": "$(file:secret)", "workflow": "w",
              "wait": "$(file:secret)"}]})json");
    EXPECT_EQ(problems_.size(), 9u) << text;
    EXPECT_EQ(text.find("hush"), std::string::npos) << text;
}

TEST_F(ConfigTest, an_empty_token_is_refused) {
    write("admin.token", "\n");
    EXPECT_NE(problems(R"json({"http": {"tokens": {"admin": "$(file:admin.token)"}}})json"), "");
}

TEST_F(ConfigTest, admin_is_open_only_by_that_very_word_and_without_a_token) {
    const auto config = read(R"json({"http": {"admin": "open"}})json");
    EXPECT_TRUE(problems_.empty()) << problems_.text();
    EXPECT_TRUE(config->http.admin_open);
    EXPECT_FALSE(read(R"json({"http": {"admin": "opne"}})json")->http.admin_open);
    EXPECT_EQ(problems_.size(), 1u);
    read(R"json({"http": {"admin": "open", "tokens": {"admin": "x"}}})json");
    EXPECT_EQ(problems_.size(), 1u);
}

TEST_F(ConfigTest, beyond_this_machine_each_route_says_who_may_call_it_and_admin_is_not_open) {
    const std::string route = R"json({"method": "POST", "path": "/a", "workflow": "w")json";
    const auto with = [&](const std::string& listen, const std::string& more) {
        return problems(R"json({"http": {"listen": ")json" + listen + R"json("}, "routes": [)json" +
                        route + more + "}]}");
    };
    EXPECT_NE(with("0.0.0.0:9000", "").find("routes[0]: the host listens beyond this machine"),
              std::string::npos)
        << problems_.text();
    EXPECT_EQ(with("[::1]:9000", ""), "");
    EXPECT_EQ(with("0.0.0.0:9000", R"json(, "allow": "anyone")json"), "");
    EXPECT_EQ(with("[::]:9000", R"json(, "allow": "admin")json"), "");
    EXPECT_NE(with("127.0.0.1:9000", R"json(, "allow": "all")json").find("expected \"anyone\""),
              std::string::npos);
    EXPECT_NE(problems(R"json({"http": {"listen": "10.0.0.1:80", "admin": "open"}})json")
                  .find("expected a token for /admin"),
              std::string::npos);
    for (const char* admin_at : {"127.0.0.1:9001", "unix:run/admin.sock"}) {
        const std::string http = R"json({"http": {"listen": "0.0.0.0:9000", "admin": "open",
            "admin_listen": ")json" +
                                 std::string(admin_at) + R"json("}, "routes": [)json" + route;
        EXPECT_NE(problems(http + R"json(, "allow": "admin"}]})json").find("no token is asked for"),
                  std::string::npos)
            << problems_.text();
        EXPECT_EQ(problems(http + R"json(, "allow": "anyone"}]})json"), "");
    }
    EXPECT_NE(problems(R"json({"http": {"listen": "[::1]:80", "admin_listen": "[::1]:80"}})json")
                  .find("found the address of \"listen\""),
              std::string::npos);
}

TEST_F(ConfigTest, names_are_names) {
    EXPECT_EQ(read(R"json({"http": {"names": ["Shop.example"]}})json")->http.names,
              std::vector<std::string>{"shop.example"});
    EXPECT_NE(problems(R"json({"http": {"names": ["https://shop.example"]}})json"), "");
}

TEST_F(ConfigTest, admin_listens_at_a_port_or_a_unix_socket) {
    const auto at = read(R"json({"http": {"admin_listen": "[::1]:9001"}})json")->http.admin_listen;
    ASSERT_TRUE(at);
    EXPECT_EQ(at->address, "::1");
    EXPECT_EQ(at->port, 9001);
    const auto socket =
        read(R"json({"http": {"admin_listen": "unix:run/admin.sock"}})json")->http.admin_listen;
    ASSERT_TRUE(socket);
    EXPECT_EQ(socket->socket, (directory_ / "run/admin.sock").string());
    for (const auto& bad :
         {std::string("unix:"), std::string("9001"), "unix:/" + std::string(107, 'x')}) {
        const json config = {{"http", {{"admin_listen", bad}}}};
        EXPECT_NE(problems(config.dump()).find("http.admin_listen"), std::string::npos) << bad;
    }
    EXPECT_EQ(problems(R"json({"http": {"listen": "0.0.0.0:1", "admin": "open",
                                        "admin_listen": "127.0.0.1:2"}})json"),
              "")
        << "nobody else reaches it";
}

TEST_F(ConfigTest, a_system_has_a_name_that_can_be_read) {
    const auto config = read(R"json({"modules": {"erp": {"plugin": "p", "system": "erp-1"}}})json");
    EXPECT_EQ(config->modules.at(0).system, "erp-1");
    const json bad = {{"modules", {{"erp", {{"plugin", "p"}, {"system", "a\nb"}}}}}};
    EXPECT_NE(problems(bad.dump()).find("modules.erp.system"), std::string::npos);
}

TEST_F(ConfigTest, listen_takes_host_and_port) {
    const auto listen = [&](const std::string& text) {
        const auto config = read(json({{"http", {{"listen", text}}}}).dump());
        return problems_.empty()
                   ? config->http.listen.address + " " + std::to_string(config->http.listen.port)
                   : "";
    };
    EXPECT_EQ(listen("0.0.0.0:0"), "0.0.0.0 0");
    EXPECT_EQ(listen("[::1]:8080"), "::1 8080");
    EXPECT_EQ(listen("127.0.0.2:65535"), "127.0.0.2 65535");
    for (const auto* bad : {"", "9000", ":9000", "a:", "a:65536", "a:-1", "a:1x", "::1:80", "[]:80",
                            "[:80", "a: 80", "localhost:80"}) {
        EXPECT_EQ(listen(bad), "") << bad;
    }
}

TEST_F(ConfigTest, the_store_is_a_file_or_memory) {
    EXPECT_EQ(read(R"json({"store": "memory:"})json")->store, "memory:");
    EXPECT_EQ(read(R"json({"store": "sqlite:/var/lib/g.db"})json")->store, "sqlite:/var/lib/g.db");
    for (const auto* bad : {"", "sqlite:", "sqlite", "memory", "postgresql://u:hush@h/d"}) {
        const auto text = problems(json({{"store", bad}}).dump());
        EXPECT_EQ(problems_.size(), 1u) << bad;
        EXPECT_EQ(text.find("hush"), std::string::npos);
    }
    EXPECT_EQ(problems(R"json({"store": "data/g.db"})json"),
              "gantry.json:1:2 store: found \"data/g.db\", expected \"sqlite:PATH\" or "
              "\"memory:\". Did you mean \"sqlite:data/g.db\"?");
    ::setenv("GANTRY_TEST_STORE", "hush", 1);  // NOLINT: no other thread runs
    EXPECT_EQ(problems(R"json({"store": "$(env:GANTRY_TEST_STORE)"})json").find("hush"),
              std::string::npos);
}

TEST_F(ConfigTest, sqlite_paths_in_options_become_absolute) {
    const auto config = read(R"json({"modules": {"a": {"plugin": "p", "options": {
        "a": "sqlite:x/../y.db", "b": "sqlite:/z.db", "c": ["sqlite::memory:"], "d": "sqlite:"}}}})json");
    EXPECT_EQ(config->modules.at(0).options,
              json({{"a", "sqlite:" + (directory_ / "y.db").string()},
                    {"b", "sqlite:/z.db"},
                    {"c", {"sqlite::memory:"}},
                    {"d", "sqlite:"}}));
}

TEST_F(ConfigTest, names_and_aliases_are_unique_and_not_the_hosts) {
    EXPECT_EQ(problems(R"json({"modules": {
  "a": {"plugin": "p", "aliases": ["b", "c"]},
  "b": {"plugin": "p", "aliases": ["c", "gantry.log"]},
  "gantry-x": {"plugin": "p"}}})json"),
              "gantry.json:2:36 modules.a.aliases[0]: found the name \"b\" again, first at 3:3; "
              "expected every name and alias once\n"
              "gantry.json:3:36 modules.b.aliases[0]: found the name \"c\" again, first at 2:41; "
              "expected every name and alias once\n"
              "gantry.json:3:41 modules.b.aliases[1]: found the name \"gantry.log\", expected "
              "letters, digits, \"_\" and \"-\", the first a letter or \"_\"\n"
              "gantry.json:4:3 modules.gantry-x: found the name \"gantry-x\", but names with "
              "\"gantry\" belong to the host; expected another");
}

TEST_F(ConfigTest, a_module_needs_a_plugin) {
    EXPECT_EQ(problems("{\"modules\":\n {\"a\": {}}}"),
              "gantry.json:2:3 modules.a: found no \"plugin\", expected one");
    EXPECT_EQ(
        problems("{\"modules\":\n {\"a\": {\"plugin\": \"\"}}}"),
        "gantry.json:2:9 modules.a.plugin: found an empty text, expected a plugin's id or path");
}

TEST_F(ConfigTest, a_workflow_file_must_exist_and_a_glob_may_match_nothing) {
    EXPECT_EQ(problems(R"json({"workflows": ["none/*.json"]})json"), "");
    EXPECT_NE(
        problems(R"json({"workflows": ["none.json"]})json").find("found no file \"none.json\""),
        std::string::npos);
    fs::create_directories(directory_ / "folder");
    EXPECT_NE(problems(R"json({"workflows": ["folder"]})json"), "");
}

TEST_F(ConfigTest, signs_of_a_glob_in_the_directory_are_plain_text) {
    write("odd [a]*/w.json", "{}");
    write("odd [a]*/gantry.json", R"json({"workflows": ["*.json"]})json");
    const auto config = read_config(directory_ / "odd [a]*/gantry.json", problems_);
    EXPECT_EQ(config->workflows.size(), 2u) << problems_.text();
}

TEST_F(ConfigTest, the_limit_of_expressions_is_a_duration_within_bounds) {
    const auto config = read(R"json({"expressions": {"limit": "250ms"}})json");
    EXPECT_EQ(config->expressions.limit, std::chrono::milliseconds(250));
    for (const char* good : {"100ms", "60s"}) {
        EXPECT_EQ(problems(R"json({"expressions": {"limit": ")json" + std::string(good) + "\"}}"),
                  "");
    }
    for (const char* bad : {"99ms", "61s", "soon"}) {
        const auto found =
            problems(R"json({"expressions": {"limit": ")json" + std::string(bad) + "\"}}");
        EXPECT_NE(found.find("expressions.limit: found \"" + std::string(bad) +
                             "\", expected a duration from \"100ms\" to \"60s\""),
                  std::string::npos)
            << found;
    }
}

TEST_F(ConfigTest, the_memory_of_expressions_is_a_size_within_bounds) {
    EXPECT_EQ(read(R"json({})json")->expressions.memory_mib, 256u);
    const auto config = read(R"json({"expressions": {"memory": "64MiB"}})json");
    EXPECT_EQ(config->expressions.memory_mib, 64u);
    for (const char* good : {"16MiB", "4096MiB"}) {
        EXPECT_EQ(problems(R"json({"expressions": {"memory": ")json" + std::string(good) + "\"}}"),
                  "");
    }
    for (const char* bad : {"15MiB", "4097MiB", "256", "1GiB", "MiB", "-16MiB"}) {
        const auto found =
            problems(R"json({"expressions": {"memory": ")json" + std::string(bad) + "\"}}");
        EXPECT_NE(found.find("expressions.memory: found \"" + std::string(bad) +
                             "\", expected a size from \"16MiB\" to \"4096MiB\""),
                  std::string::npos)
            << found;
    }
}

TEST_F(ConfigTest, retention_is_a_duration_or_never_by_state) {
    write("gantry.json", R"json({"retention": {"done": "1d", "reverted": "never"}})json");
    const auto config = read_config(directory_ / "gantry.json", problems_);
    EXPECT_EQ(config->retention.done, std::chrono::hours(24));
    EXPECT_FALSE(config->retention.reverted);
    EXPECT_FALSE(config->retention.failed);
    const auto found = problems(R"json({"retention": {"done": "soon", "paused": "1d"}})json");
    EXPECT_NE(found.find("retention.done: found \"soon\""), std::string::npos) << found;
    EXPECT_NE(found.find("retention.paused"), std::string::npos) << found;
}

TEST_F(ConfigTest, routes_are_checked) {
    EXPECT_EQ(
        problems(R"json({"routes": [
  {"method": "GET", "path": "/a/{id}", "workflow": "w"},
  {"method": "GET", "path": "/a/{other}", "workflow": "w"},
  {"method": "PUT", "path": "/a/{id}", "workflow": "w", "wait": "soon"},
  {"method": "GET", "path": "/runs/{id}", "workflow": "w"},
  {"path": "a"},
  5]})json"),
        "gantry.json:3:21 routes[1].path: found GET \"/a/{other}\" again, first at 2:21; "
        "expected one route for one method and path\n"
        "gantry.json:4:57 routes[2].wait: found \"soon\", expected a duration: \"250ms\", "
        "\"30s\", \"5m\", \"2h\" or \"7d\"\n"
        "gantry.json:5:21 routes[3].path: found \"/runs/{id}\", but /runs belongs to the host; "
        "expected another beginning\n"
        "gantry.json:6:3 routes[4]: found no \"method\", expected one\n"
        "gantry.json:6:3 routes[4]: found no \"workflow\", expected one\n"
        "gantry.json:6:4 routes[4].path: found \"a\", expected a path that begins with \"/\"\n"
        "gantry.json:7:3 routes[5]: found a number (5), expected an object");
}

TEST_F(ConfigTest, a_route_waits_five_minutes_at_the_most) {
    const auto route = [&](const std::string& wait) {
        return problems(
            R"json({"routes": [{"method": "GET", "path": "/a", "workflow": "w", "wait": ")json" +
            wait + "\"}]}");
    };
    EXPECT_EQ(route("5m"), "");
    EXPECT_NE(route("301s").find("routes[0].wait: found \"301s\", expected at most \"5m\""),
              std::string::npos)
        << route("301s");
}

TEST_F(ConfigTest, a_secret_comes_from_a_plain_file_of_a_sensible_size) {
    ASSERT_EQ(::mkfifo((directory_ / "fifo").c_str(), 0600), 0);
    fs::create_directory(directory_ / "folder");
    write("large", std::string((1 << 20) + 1, 'x'));
    write("two", "s3cret\ns3cret too\n");
    write("blank", "s3 cret\n");
    const auto told = [&](const std::string& name) {
        return problems("{\"http\": {\"tokens\": {\"admin\": \"$(file:" + name + ")\"}}}");
    };
    const std::string at = "gantry.json:1:22 http.tokens.admin: ";
    const std::string cannot = at + "cannot read the file ";
    EXPECT_EQ(told("fifo"), cannot + "\"fifo\": it is a pipe or a device, expected a plain file");
    EXPECT_EQ(told("/dev/zero"),
              cannot + "\"/dev/zero\": it is a pipe or a device, expected a plain file");
    EXPECT_EQ(told("folder"), cannot + "\"folder\": it is a folder, expected a file");
    EXPECT_EQ(told("large"),
              cannot + "\"large\": it has 1048577 bytes, expected a secret of at most 1 MiB");
    EXPECT_EQ(told("two"), at + "found a token of 2 lines, expected one line: \"Authorization: "
                                "Bearer TOKEN\" takes no more");
    EXPECT_EQ(told("blank"),
              at + "found a token with blanks or other characters that \"Authorization: Bearer "
                   "TOKEN\" does not take, expected printable ASCII");
}

}  // namespace
}  // namespace gantry::host
