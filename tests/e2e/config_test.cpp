// Everything is checked before anything starts, and each mistake is shown at its place.
#include "support/shop.hpp"

#include <gtest/gtest.h>

#include <algorithm>
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

}  // namespace
}  // namespace gantry::test
