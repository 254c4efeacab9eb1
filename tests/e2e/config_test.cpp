// Everything is checked before anything starts, and each mistake is shown at its place.
#include "support/shop.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <sstream>

namespace gantry::test {
namespace {

// "FILE:LINE:COLUMN" of the first place where `needle` stands in `text`; a member's is that of its
// key.
std::string place(const std::string& file, const std::string& text, const std::string& needle) {
    const auto at = text.find(needle);
    if (at == std::string::npos) throw std::runtime_error("no " + needle);
    const auto line = std::count(text.begin(), text.begin() + static_cast<long>(at), '\n') + 1;
    const auto start = at == 0 ? std::string::npos : text.rfind('\n', at - 1);
    const auto column = start == std::string::npos ? at + 1 : at - start;
    return file + ":" + std::to_string(line) + ":" + std::to_string(column);
}

// The lines of stderr that begin with the file's name; the others are the log and a heading.
std::vector<std::string> problems(const HostProcess& host, const CliResult& result) {
    std::vector<std::string> found;
    std::istringstream lines(result.err);
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with(host.config_file())) found.push_back(line);
    }
    return found;
}

void expect_begins(const std::vector<std::string>& lines, const std::vector<std::string>& starts) {
    EXPECT_EQ(lines.size(), starts.size()) << json(lines).dump(2);
    for (std::size_t i = 0; i < std::min(lines.size(), starts.size()); ++i) {
        EXPECT_TRUE(lines[i].starts_with(starts[i])) << lines[i] << "\nexpected: " << starts[i];
    }
}

std::string text_with(const std::string& modules, const std::string& rest = "") {
    return "// A shop.\n{\n  \"store\": \"sqlite:data/gantry.db\",\n"
           "  \"http\": {\"listen\": \"127.0.0.1:0\"},\n"
           "  \"plugin_path\": [\"" GANTRY_PLUGINS "\", \"" GANTRY_TEST_PLUGINS
           "\"],\n"
           "  \"modules\": {\n" +
           modules + "\n  }" + rest + "\n}\n";
}

const std::string kProduct =
    R"(    "product": {"plugin": "product", "options": {"database": "sqlite:data/product.db"}})";
const std::string kErp =
    R"(    "erp": {"plugin": "erp-ledger", "options": {"database": "sqlite:data/erp.db"}})";
const std::string kCatalog = R"(    "catalog": {"plugin": "update-product-erp"})";

const std::vector<std::vector<std::string>> kCommands = {
    {"config", "check"}, {"serve"}, {"run", "update-product-and-erp", "--input", "{}"}};

void expect_nothing_made(const HostProcess& host) {
    EXPECT_FALSE(std::filesystem::exists(host.dir() / "data"));
}

TEST(Config, a_good_one_passes_and_starts_nothing) {
    HostProcess host(text_with(kProduct + ",\n" + kErp + ",\n" + kCatalog));
    const auto good = host.cli({"config", "check"});
    EXPECT_EQ(good.exit_code, 0) << good.err;
    EXPECT_NE(good.out.find("no problems"), std::string::npos) << good.out;
    expect_nothing_made(host);
}

TEST(Config, five_mistakes_are_five_lines_whatever_the_command) {
    const std::string text = text_with(
        R"(    "product": {"plugin": "prodct", "options": {"database": "sqlite:data/product.db"}},
    "erp": {"plugin": "erp-ledger",
            "options": {"database": "sqlite:data/erp.db", "compny": "2000"}},
    "catalog": {"plugin": "update-product-erp", "bind": {"erp": "errp"}})",
        R"(,
  "plugin_paths": [],
  "routes": [{"method": "POST", "path": "/store/products/{id}/erp",
              "workflow": "update-product-and-erp", "wait": "ten seconds"}])");
    HostProcess host(text);
    const auto at = [&](const std::string& needle, const std::string& rest) {
        return place(host.config_file(), text, needle) + " " + rest;
    };
    const std::vector<std::string> expected = {
        at("\"plugin\": \"prodct\"", "modules.product.plugin: no plugin \"prodct\""),
        at("\"compny\"", "modules.erp.options.compny: unknown option"),
        at("\"erp\": \"errp\"", "modules.catalog.bind.erp: "),
        at("\"plugin_paths\"", "plugin_paths: unknown key. Did you mean \"plugin_path\"?"),
        at("\"wait\"", "routes[0].wait: found \"ten seconds\", expected a duration")};
    for (const auto& command : kCommands) {
        SCOPED_TRACE(command.front());
        const auto bad = host.cli(command);
        EXPECT_EQ(bad.exit_code, 2);
        EXPECT_EQ(bad.out, "");
        expect_begins(problems(host, bad), expected);
    }
    expect_nothing_made(host);
}

TEST(Config, a_routes_input_that_is_no_template_over_the_body_is_refused) {
    for (const char* input : {"${ .steps.a }", "${ .inptu.id }", "N-${ .input.id }"}) {
        const auto text =
            text_with(kProduct + ",\n" + kErp + ",\n" + kCatalog,
                      ",\n  \"routes\": [{\"method\": \"POST\", \"path\": \"/a\", "
                      "\"workflow\": \"update-product-and-erp\",\n    \"input\": {\"id\": \"" +
                          std::string(input) + "\"}}]");
        HostProcess host(text);
        for (const auto& command : kCommands) {
            const auto result = host.cli(command);
            EXPECT_EQ(result.exit_code, 2) << input;
            expect_begins(problems(host, result),
                          {place(host.config_file(), text, "\"input\"") + " routes[0].input: "});
        }
    }
}

TEST(Config, one_that_does_not_parse_is_refused_at_the_place) {
    const std::string text = "{\n  \"store\": \"memory:\",\n  \"modules\": {,}\n}\n";
    HostProcess host(text);
    for (const auto& command : kCommands) {
        SCOPED_TRACE(command.front());
        const auto bad = host.cli(command);
        EXPECT_EQ(bad.exit_code, 2);
        expect_begins(problems(host, bad), {host.config_file() + ":3:15: "});
    }
}

TEST(Config, one_that_is_not_there_is_refused) {
    HostProcess host(json::object());
    std::filesystem::remove(host.config_file());
    for (const auto& command : kCommands) {
        SCOPED_TRACE(command.front());
        const auto bad = host.cli(command);
        EXPECT_EQ(bad.exit_code, 2);
        expect_begins(problems(host, bad), {host.config_file()});
    }
}

TEST(Config, broken_files_on_the_plugin_path_only_warn_while_nobody_uses_them) {
    HostProcess host(text_with(kProduct + ",\n" + kErp + ",\n" + kCatalog));
    host.serve();
    EXPECT_NE(host.log().find("no-manifest.so"), std::string::npos) << host.log();
    EXPECT_NE(host.log().find("bad-manifest.so"), std::string::npos) << host.log();
    EXPECT_EQ(host.stop(), 0);
}

TEST(Config, a_broken_plugin_that_is_used_is_refused) {
    for (const std::string plugin :
         {"wrong-major", "no-manifest", "bad-manifest", "unresolved-symbol", "bad-table"}) {
        SCOPED_TRACE(plugin);
        const std::string text =
            text_with("    \"bad\": {\"plugin\": \"" GANTRY_TEST_PLUGINS "/" + plugin + ".so\"}");
        HostProcess host(text);
        for (const auto& command : kCommands) {
            const auto bad = host.cli(command);
            EXPECT_EQ(bad.exit_code, 2);
            const auto lines = problems(host, bad);
            ASSERT_EQ(lines.size(), 1U) << bad.err;
            EXPECT_TRUE(lines[0].starts_with(place(host.config_file(), text, "\"plugin\":") +
                                             " modules.bad.plugin: "))
                << lines[0];
            EXPECT_NE(lines[0].find(plugin), std::string::npos) << lines[0];
        }
    }
}

TEST(Config, two_modules_of_one_name_are_refused_at_the_second) {
    HostProcess host(text_with(kErp + ",\n" + kProduct + ",\n" + kProduct + ",\n" + kCatalog));
    for (const auto& command : kCommands) {
        SCOPED_TRACE(command.front());
        const auto bad = host.cli(command);
        EXPECT_EQ(bad.exit_code, 2);
        expect_begins(problems(host, bad),
                      {host.config_file() + ":9:5 modules.product: found \"product\" again, first "
                                            "at 8:5"});
    }
}

TEST(Config, a_service_that_nobody_provides_is_refused) {
    const std::string text = text_with(kProduct + ",\n" + kCatalog);
    HostProcess host(text);
    for (const auto& command : kCommands) {
        SCOPED_TRACE(command.front());
        const auto bad = host.cli(command);
        EXPECT_EQ(bad.exit_code, 2);
        expect_begins(problems(host, bad), {place(host.config_file(), text, "\"catalog\":") +
                                            " modules.catalog: plugin update-product-erp requires "
                                            "a service \"erp\" (gantry.erp/1)"});
    }
}

TEST(Config, a_service_of_another_interface_is_refused) {
    const std::string text = text_with(kProduct + ",\n" + kErp + ",\n" +
                                       R"(    "catalog": {"plugin": "update-product-erp",)" + "\n" +
                                       R"(                "bind": {"erp": "product"}})");
    HostProcess host(text);
    const auto bad = host.cli({"config", "check"});
    EXPECT_EQ(bad.exit_code, 2);
    expect_begins(problems(host, bad), {place(host.config_file(), text, "\"erp\": \"product\"") +
                                        " modules.catalog.bind.erp: "});
}

TEST(Config, options_of_a_wrong_type_are_refused) {
    const std::string text =
        text_with(R"(    "product": {"plugin": "product", "options": {"database": 5}})");
    HostProcess host(text);
    for (const auto& command : kCommands) {
        SCOPED_TRACE(command.front());
        const auto bad = host.cli(command);
        EXPECT_EQ(bad.exit_code, 2);
        expect_begins(problems(host, bad), {place(host.config_file(), text, "\"database\"") +
                                            " modules.product.options.database: "});
    }
}

TEST(Config, a_workflow_with_an_unknown_step_is_refused_in_its_own_file) {
    auto config = shop_config();
    config["workflows"] = {"workflows/*.json"};
    HostProcess host(config);
    add_workflow(host, "typo", {{{"step", "update-produkt"}}});
    const auto bad = host.cli({"config", "check"});
    EXPECT_EQ(bad.exit_code, 2);
    EXPECT_NE(bad.err.find("workflows/typo.json:5:"), std::string::npos) << bad.err;
    EXPECT_NE(bad.err.find("Did you mean \"update-product\"?"), std::string::npos) << bad.err;
}

/// The lines about one configuration, of `config check`.
std::vector<std::string> told(const json& config, int exit_code, const std::string& workflow = "") {
    auto all = config;
    if (!workflow.empty()) all["workflows"] = {"workflows/*.json"};
    HostProcess host(all);
    write_text(host.dir() / "maps/mapping.json", "{}");
    if (!workflow.empty()) write_text(host.dir() / "workflows/w.json", workflow);
    const auto checked = host.cli({"config", "check"});
    EXPECT_EQ(checked.exit_code, exit_code) << checked.err;
    std::vector<std::string> lines;
    std::istringstream text(checked.err);
    for (std::string line; std::getline(text, line);) {
        if (!line.starts_with("{")) lines.push_back(line);  // the log
    }
    expect_nothing_made(host);
    return lines;
}

void expect_line(const std::vector<std::string>& lines, const std::vector<std::string>& parts) {
    ASSERT_EQ(lines.size(), 1U) << json(lines).dump(2);
    for (const auto& part : parts) {
        EXPECT_NE(lines[0].find(part), std::string::npos) << lines[0] << "\nexpected: " << part;
    }
}

TEST(Config, an_option_without_its_scheme_is_told_with_the_right_text) {
    auto config = shop_config();
    config["modules"]["erp"]["options"]["database"] = "data/erp.db";
    expect_line(told(config, 2), {"modules.erp.options.database: found \"data/erp.db\"",
                                  "Did you mean \"sqlite:data/erp.db\"?"});
    config["modules"]["erp"]["options"]["database"] = "mysql://joe:s3cret@db/erp";
    const auto lines = told(config, 2);
    expect_line(lines, {"expected text such as \"sqlite:data/erp.db\""});
    EXPECT_EQ(lines.at(0).find("s3cret"), std::string::npos) << lines.at(0);
    ::setenv("GANTRY_TEST_DATABASE", "s3cret", 1);  // NOLINT: no other thread runs
    config["modules"]["erp"]["options"]["database"] = "$(env:GANTRY_TEST_DATABASE)";
    const auto filled = told(config, 2);
    expect_line(filled, {"what \"$(env:GANTRY_TEST_DATABASE)\" stands for does not fit, expected"});
    EXPECT_EQ(filled[0].find("s3cret"), std::string::npos) << filled[0];
}

json odata_config(const json& options) {
    auto config = shop_config();
    config["modules"]["erp"] = {{"plugin", "erp-odata"}, {"options", options}};
    return config;
}

TEST(Config, a_file_that_an_option_names_is_there) {
    json options = {{"url", "https://erp.example"},
                    {"user", "joe"},
                    {"password", "x"},
                    {"mapping", "maps/maping.json"}};
    expect_line(told(odata_config(options), 2),
                {"modules.erp.options.mapping: found no file \"", "maps/maping.json\"",
                 "Did you mean \"mapping.json\"?"});
    options["mapping"] = "maps";
    expect_line(told(odata_config(options), 2), {"which is no plain file"});
    options["mapping"] = "map/mapping.json";
    expect_line(told(odata_config(options), 2), {"its folder does not exist"});
    options["mapping"] = "maps/mapping.json";
    EXPECT_EQ(told(odata_config(options), 0), std::vector<std::string>{});
}

TEST(Config, a_user_and_his_password_go_together) {
    const auto with = [](const json& more) {
        json options = {{"url", "https://erp.example"}};
        options.update(more);
        return odata_config(options);
    };
    expect_line(told(with({{"user", "joe"}}), 2),
                {"modules.erp.options: found \"user\" without \"password\" or \"oauth_url\""});
    expect_line(told(with({{"password", "x"}}), 2), {"found \"password\" without \"user\""});
    expect_line(told(with({{"client_id", "x"}, {"client_secret", "y"}}), 2),
                {"without \"oauth_url\""});
    const json token = {
        {"oauth_url", "https://erp.example/t"}, {"client_id", "x"}, {"client_secret", "y"}};
    EXPECT_EQ(told(with(token), 0), std::vector<std::string>{});
}

// What its create() would say, said before.
TEST(Config, options_that_a_module_would_refuse_are_refused) {
    const json password = {{"user", "joe"}, {"password", "x"}};
    const json token = {
        {"oauth_url", "https://erp.example/t"}, {"client_id", "x"}, {"client_secret", "y"}};
    auto both = password;
    both.update(token);
    struct Refused {
        std::string plugin;
        json options;
        std::vector<std::string> told;
    };
    const std::string url = "https://erp.example";
    auto with_url = [&](json options) {
        options["url"] = url;
        return options;
    };
    const std::vector<Refused> all = {
        {"erp-odata",
         with_url({}),
         {"modules.erp.options: missing \"user\" and \"password\", or \"oauth_url\", "
          "\"client_id\" and \"client_secret\""}},
        {"erp-odata",
         with_url(both),
         {"modules.erp.options: found \"user\" and \"password\" beside \"oauth_url\", "
          "\"client_id\" and \"client_secret\", expected one of them"}},
        {"erp-odata", with_url({{"oauth_url", url}}), {"found \"oauth_url\" without \"client_"}},
        {"erp-tryton",
         {{"url", "erp.example"}, {"database", "d"}, {"user", "u"}, {"password", "p"}},
         {"modules.erp.options.url: found \"erp.example\""}},
        {"erp-ledger",
         {{"database", "sqlite:a\"b.db"}},
         {"modules.erp.options.database: found ", "expected text such as \"sqlite:data/erp.db\""}}};
    for (const auto& one : all) {
        auto config = shop_config();
        config["modules"]["erp"] = {{"plugin", one.plugin}, {"options", one.options}};
        expect_line(told(config, 2), one.told);
    }
    auto named = token;
    named["user"] = "joe";
    for (const auto& good : {password, token, named}) {
        EXPECT_EQ(told(odata_config(with_url(good)), 0), std::vector<std::string>{}) << good;
    }
}

TEST(Config, a_plugin_that_is_configured_twice_for_one_system_is_warned_about) {
    auto config = shop_config();
    config["modules"]["erp2"] = config["modules"]["erp"];
    expect_line(told(config, 0), {"warning: ",
                                  " modules.erp2: the same plugin with the same options "
                                  "as module \"erp\""});
    config["modules"]["erp2"]["options"]["database"] = "sqlite:data/erp2.db";
    EXPECT_EQ(told(config, 0), std::vector<std::string>{});
}

TEST(Config, a_pattern_that_no_file_matches_and_no_modules_are_warned_about) {
    auto config = shop_config();
    config["workflows"] = {"workfows/*.json"};
    expect_line(told(config, 0), {"warning: ", " workflows[0]: no file matches this pattern in "});
    expect_line(told(json::object(), 0), {"warning: ", ": no modules are configured"});
    HostProcess host(json::object());
    const auto modules = host.cli({"modules"});
    EXPECT_EQ(modules.exit_code, 1);
    EXPECT_NE(modules.err.find("no modules are configured in "), std::string::npos) << modules.err;
}

TEST(Config, a_write_that_is_never_undone_is_warned_about_unless_that_is_meant) {
    const auto workflow = [](const char* undo) {
        return std::string(R"({"name": "w", "steps": [
  {"call": "erp.updateProductErpData", "id": "a", )") +
               undo + R"( "with": {"id": "${ .input.id }", "data": {}}},
  {"call": "erp.describe", "id": "b"}]})";
    };
    const auto lines = told(shop_config(), 0, workflow(""));
    expect_line(lines, {"warning: ",
                        "w.json:2:4 steps[0].call: erp.updateProductErpData is a write "
                        "method, and what it changed stays"});
    EXPECT_EQ(told(shop_config(), 0, workflow(R"("undo": null,)")), std::vector<std::string>{});

    auto config = shop_config();
    config["workflows"] = {"workflows/*.json"};
    HostProcess host(config);
    write_text(host.dir() / "workflows/w.json", workflow(""));
    host.serve();
    EXPECT_NE(host.log().find("is a write method"), std::string::npos) << host.log();
    EXPECT_EQ(host.stop(), 0);
}

TEST(Config, a_path_that_stands_in_no_expression_is_warned_about) {
    const auto lines = told(shop_config(), 0, R"({"name": "w", "steps": [
  {"call": "erp.retrieveProductErpDetails", "id": "a", "with": {"id": ".input.id"}},
  {"call": "erp.retrieveProductErpDetails", "id": "b", "with": {"id": ".id or .input"}}],
 "result": {"of": [".steps.a.version"]}})");
    ASSERT_EQ(lines.size(), 2U) << json(lines).dump(2);
    expect_line(
        {lines[0]},
        {"warning: ", "w.json:2:65 steps[0].with.id: the text \".input.id\" is handed on as it is.",
         "Did you mean \"${ .input.id }\"?"});
    expect_line({lines[1]},
                {"warning: ", " result.of[0]: the text \".steps.a.version\" is handed on",
                 "Did you mean \"${ .steps.a.version }\"?"});
}

TEST(Config, what_a_step_gets_is_held_against_its_schema_as_far_as_it_is_known) {
    const auto workflow = [](const std::string& with) {
        return R"({"name": "w", "steps": [
  {"call": "erp.retrieveProductErpDetails", "id": "a",
   "with": )" + with +
               "}]}";
    };
    expect_line(told(shop_config(), 2, workflow(R"({"id": 5})")),
                {"w.json:3:13 steps[0].with.id: found a number (5), expected a string "
                 "(the input of erp.retrieveProductErpDetails)"});
    expect_line(told(shop_config(), 2, workflow(R"({"ref": "${ .input.ref }"})")),
                {"w.json:3:4 steps[0].with: missing required field \"id\""});
    expect_line(told(shop_config(), 2, workflow(R"({"id": "${ .input.id }", "reff": 1})")),
                {"steps[0].with.reff: unknown field \"reff\". Did you mean \"ref\"?"});
    for (const char* good : {R"("${ .input }")", R"({"id": "${ .input.id }"})",
                             R"({"id": "x", "ref": {"skus": "${ .input.skus }"}})"}) {
        EXPECT_EQ(told(shop_config(), 0, workflow(good)), std::vector<std::string>{}) << good;
    }
    const std::string undo = R"({"name": "w", "steps": [
  {"call": "erp.updateProductErpData", "id": "a", "with": {"id": "x", "data": {}},
   "undo": {"call": "erp.updateProductErpData"}}]})";
    const auto lines = told(shop_config(), 2, undo);
    EXPECT_TRUE(std::any_of(lines.begin(), lines.end(), [](const std::string& line) {
        return line.find("w.json:3:4 steps[0].undo.with: missing required field \"id\"") !=
               std::string::npos;
    })) << json(lines).dump(2);
}

TEST(Config, a_plugin_that_cannot_be_loaded_is_told_and_not_every_name_it_would_have_brought) {
    auto config = shop_config();
    config["plugin_path"].push_back(GANTRY_TEST_PLUGINS);
    config["modules"]["catalog"]["plugin"] = "unresolved-symbol";
    config["modules"]["erp"]["plugin"] = GANTRY_TEST_PLUGINS "/no-manifest.so";
    const auto lines = told(config, 2, R"({"name": "w", "steps": [
  {"step": "update-product"}, {"step": "catalog/update-erp", "id": "b"},
  {"call": "erp.describe", "id": "c"}, {"workflow": "update-product-and-erp"}]})");
    ASSERT_EQ(lines.size(), 3U) << json(lines).dump(2);
    EXPECT_NE(lines[0].find("modules.catalog.plugin: "), std::string::npos) << lines[0];
    EXPECT_NE(lines[0].find("unresolved-symbol.so: cannot be loaded: "), std::string::npos)
        << lines[0];
    const auto rest = lines[1].find("because of this ") != std::string::npos ? lines[1] : lines[2];
    EXPECT_NE(rest.find("because of this 5 more"), std::string::npos) << json(lines).dump(2);
}

TEST(Config, a_reference_to_nothing_is_told_once_wherever_it_stands) {
    ::unsetenv("GANTRY_TEST_NONE");  // NOLINT: no other thread runs
    const json odata = {{"url", "https://erp.example"}, {"user", "u"}, {"password", "x"}};
    for (const char* place :
         {"/store", "/http/listen", "/modules/erp/options/url", "/modules/erp/options/user",
          "/modules/erp/options/client", "/modules/erp/options/mapping", "/modules/erp/system",
          "/modules/erp/plugin", "/routes/0/path", "/routes/0/workflow", "/routes/0/wait",
          "/routes/0/input/id"}) {
        auto config = odata_config(odata);
        config[json::json_pointer(place)] = "$(env:GANTRY_TEST_NONE)";
        expect_line(told(config, 2), {"the environment has no variable \"GANTRY_TEST_NONE\""});
    }
}

TEST(Config, what_never_works_is_refused_and_what_hardly_does_is_warned_about) {
    auto config = shop_config();
    config["store"] = "sqlite:maps";
    expect_line(told(config, 2), {" store: found a folder, expected a file"});
    config["store"] = "data/gantry.db";
    expect_line(told(config, 2),
                {" store: found \"data/gantry.db\"", "Did you mean \"sqlite:data/gantry.db\"?"});
    config["store"] = "sqlite:data/erp.db";
    expect_line(told(config, 2),
                {" modules.erp.options.database: found the file of the host's own"});
    config = shop_config();
    config["modules"]["erp"]["options"]["database"] = "sqlite:data/product.db";
    const auto shared = told(config, 0);
    expect_line(shared, {"warning: ", "\" of another plugin has the same file"});
    config = shop_config();
    config["plugin_path"].push_back("plugns");
    expect_line(told(config, 0), {"warning: ", " plugin_path[1]: there is no folder /"});
    config = shop_config();
    config["routes"][0]["method"] = "post";
    expect_line(told(config, 2), {"Did you mean \"POST\"?"});
    config = shop_config();
    config["routes"][0]["input"] = {{"id", 5}};
    expect_line(told(config, 2),
                {" routes[0].input.id: found a number (5), expected a string (the input of "
                 "workflow update-product-and-erp)"});
    const json odata = {{"url", "https://erp.example"}, {"user", "u"}, {"password", "x"}};
    const auto with = [&](const std::string& name, const json& value) {
        auto all = odata_config(odata);
        all["modules"]["erp"]["options"][name] = value;
        return told(all, 2);
    };
    expect_line(with("url", "https://"), {"modules.erp.options.url: found \"https://\""});
    expect_line(with("url", "https://u:s3cret@erp"), {"options.url: found a string, expected"});
    expect_line(with("password", ""), {"options.password: found 0 characters, at least 1"});
    expect_line(with("password", "${env:X}"), {"found \"${env:\", expected $(env:"});
    auto proxied = odata_config(odata);
    proxied["modules"]["erp"]["http"] = {{"proxy", "proxy 3128"}, {"ca_file", "maps/mapping.json"}};
    EXPECT_EQ(told(proxied, 2).size(), 2U);
}

// O6: whoever may write it may do what the host may.
TEST(Config, a_database_that_is_something_else_is_refused_before_the_start) {
    HostProcess host(shop_config());
    ASSERT_EQ(host.cli({"call", "product", "listProducts"}).exit_code, 0);
    const auto data = host.dir() / "data";
    std::filesystem::copy_file(data / "gantry.db", data / "old.db");
    write_text(data / "text.db", std::string(4096, 'x'));
    write_text(data / "empty.db", "");
    const auto checked = [&](const std::string& module, const std::string& file, int exit_code) {
        auto config = shop_config();
        config["modules"]["product"]["options"]["database"] = "sqlite:data/free.db";
        config["modules"][module]["options"]["database"] = "sqlite:data/" + file;
        write_text(host.config_file(), config.dump(2));
        const auto check = host.cli({"config", "check"});
        EXPECT_EQ(check.exit_code, exit_code) << file << check.err;
        return check.err;
    };
    const auto expect_told = [](const std::string& told, const std::string& module,
                                const std::string& what) {
        EXPECT_NE(told.find("modules." + module + ".options.database: "), std::string::npos)
            << told;
        EXPECT_NE(told.find(what), std::string::npos) << told;
    };
    expect_told(checked("erp", "product.db", 2), "erp",
                "is a database of product, expected one of erp-ledger");
    expect_told(checked("erp", "old.db", 2), "erp", "is the store of a host");
    expect_told(checked("product", "text.db", 2), "product", "is no SQLite database");
    EXPECT_EQ(checked("product", "product.db", 0), "");
    EXPECT_EQ(checked("product", "empty.db", 0), "");
    EXPECT_EQ(checked("erp", "not-there.db", 0), "");
    EXPECT_FALSE(std::filesystem::exists(data / "not-there.db"));
    EXPECT_FALSE(std::filesystem::exists(data / "product.db-wal")) << "looking makes nothing";
}

TEST(Config, a_postgresql_server_that_is_not_there_is_told_apart_from_a_wrong_address) {
    HostProcess host(shop_config());
    const auto checked = [&](const std::string& url) {
        auto config = shop_config();
        config["modules"]["product"]["options"]["database"] = url;
        write_text(host.config_file(), config.dump(2));
        return host.cli({"config", "check"});
    };
    const auto away = checked("postgres://ada:se%40cret@127.0.0.1:1/shop");
    EXPECT_EQ(away.exit_code, 74) << away.err;
    EXPECT_NE(away.err.find("modules.product.options.database: the PostgreSQL server at "
                            "127.0.0.1:1 cannot be reached: Connection refused"),
              std::string::npos)
        << away.err;
    EXPECT_EQ(away.err.find("cret"), std::string::npos) << away.err;
    for (const char* port : {"543x", "0", "70000"}) {
        const auto wrong =
            checked(std::string("postgres://ada:se%40cret@127.0.0.1:") + port + "/shop");
        EXPECT_EQ(wrong.exit_code, 2) << wrong.err;
        EXPECT_NE(wrong.err.find("found a port that is no number from 1 to 65535"),
                  std::string::npos)
            << wrong.err;
    }
    // A password with a slash stands where a port does, and an address of another kind is none.
    for (const char* address :
         {"postgres://ada:SECRET/x@127.0.0.1:1/shop", "postgres://ada:SECRET?x@127.0.0.1:1/shop",
          "host=127.0.0.1 password=SECRET dbname=shop"}) {
        const auto wrong = checked(address);
        EXPECT_EQ(wrong.exit_code, 2) << wrong.err;
        EXPECT_EQ(wrong.err.find("SECRET"), std::string::npos) << wrong.err;
    }
    expect_nothing_made(host);
}

TEST(Config, a_plugin_that_others_may_write_is_warned_about) {
    namespace fs = std::filesystem;
    for (const bool folder : {false, true}) {
        auto config = shop_config();
        config["plugin_path"] = {"plugins"};
        HostProcess host(config);
        const auto plugins = host.dir() / "plugins";
        fs::create_directory(plugins);
        for (const char* name : {"product", "erp-ledger", "update-product-erp"}) {
            fs::copy_file(GANTRY_PLUGINS "/" + std::string(name) + ".so",
                          plugins / (std::string(name) + ".so"));
        }
        const auto warned = [&] {
            const auto checked = host.cli({"config", "check"});
            EXPECT_EQ(checked.exit_code, 0) << checked.err;
            host.serve();
            EXPECT_EQ(host.stop(), 0);
            const std::string warning = "can be changed by others than this user";
            const bool by_check = checked.err.find(warning) != std::string::npos;
            EXPECT_EQ(host.log().find(warning) != std::string::npos, by_check) << checked.err;
            return by_check;
        };
        EXPECT_FALSE(warned());
        const auto open = folder ? fs::path(plugins) : fs::path(plugins / "erp-ledger.so");
        fs::permissions(open, fs::perms::others_write, fs::perm_options::add);
        EXPECT_TRUE(warned()) << open;
    }
}

TEST(Config, a_list_and_a_condition_that_are_written_out_are_such) {
    const std::string step = R"({"call": "erp.describe", "id": "a"})";
    expect_line(told(shop_config(), 2,
                     R"({"name": "w", "steps": [
  {"for_each": "abc", "id": "x", "do": )" +
                         step + "}]}"),
                {"w.json:2:4 steps[0].for_each: expected a list or an expression, found \"abc\""});
    expect_line(told(shop_config(), 2,
                     R"({"name": "w", "steps": [
  {"when": "yes", "then": )" +
                         step + "}]}"),
                {"w.json:2:4 steps[0].when: expected true, false or an expression, found \"yes\""});
    expect_line(told(shop_config(), 2,
                     R"({"name": "w", "exclusive": ".input.id",
 "steps": [)" + step + "]}"),
                {"w.json:1:15 exclusive: found \".input.id\"", "Did you mean \"${ .input.id }\"?"});
}

}  // namespace
}  // namespace gantry::test
