// gantry new plugin NAME: writes a project from sdk/template, which is built into the program.
// Needs neither a configuration nor a store.
#include "api/cli/cli.hpp"
#include "api/cli/streams.hpp"
#include "base/replaced.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <fstream>
#include <set>

namespace gantry::host {
namespace {

namespace fs = std::filesystem;

struct TemplateFile {
    std::string_view path;  // "step/src/acme_erp.cpp"; the first part is the variant, or "common"
    std::string_view text;
};

constexpr TemplateFile kTemplate[] = {
#include "api/template.inc"
};

constexpr std::size_t kLongestName = 64;
constexpr std::string_view kErp = "gantry.erp/1";

struct NewArguments {
    std::string name;
    std::string interface;
    std::string into;
};

void check_name(const std::string& name) {
    const auto fits = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    };
    const bool good = !name.empty() && name.size() <= kLongestName && name[0] >= 'a' &&
                      name[0] <= 'z' && std::all_of(name.begin(), name.end(), fits);
    constexpr std::array kOfCMake = {"all",     "clean",          "help", "install",
                                     "package", "package-source", "test", "edit-cache",
                                     "depend",  "rebuild-cache"};
    if (std::find(kOfCMake.begin(), kOfCMake.end(), name) != kOfCMake.end()) {
        throw Error(GANTRY_E_INVALID_DATA,
                    "found the name \"" + name + "\", which CMake keeps for itself; take another");
    }
    if (good) return;
    throw Error(GANTRY_E_INVALID_DATA,
                "found the name \"" + name +
                    "\"; expected a letter and then letters, digits and \"-\", all in lower case, "
                    "at most 64, as in acme-erp");
}

void check_folder(const fs::path& folder) {
    std::error_code ignored;
    if (!fs::exists(folder, ignored)) return;
    if (!fs::is_directory(folder, ignored)) {
        throw Error(GANTRY_E_INVALID_DATA,
                    folder.string() + " is a file; name a folder with --into");
    }
    if (fs::is_empty(folder, ignored) && !ignored) return;
    throw Error(GANTRY_E_INVALID_DATA, folder.string() +
                                           " is there and not empty, and nothing is overwritten; "
                                           "name another folder with --into");
}

// "my-shop" → "MyShop".
std::string camel_case(std::string_view name) {
    std::string out;
    bool begins = true;
    for (const char c : name) {
        if (c != '-') out += begins && c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c;
        begins = c == '-';
    }
    return out;
}

std::string named(const std::string& text, const NewArguments& arguments) {
    const bool erp = !arguments.interface.empty();
    auto snake = arguments.name;
    std::replace(snake.begin(), snake.end(), '-', '_');
    auto out = replaced(text, "WORKFLOW", erp ? "change-title" : "rename-product");
    out = replaced(out, "SUMMARY",
                   erp ? "a connector, which offers `gantry.erp/1` by an HTTP interface."
                       : "the step `rename`, which changes a product by an HTTP interface, and the "
                         "workflow `rename-product`.");
    // First the marks, so that a name which holds another one's letters is left alone.
    out = replaced(out, "acme-erp", "\1");
    out = replaced(out, "acme_erp", "\2");
    out = replaced(out, "AcmeErp", "\3");
    out = replaced(out, "\1", arguments.name);
    out = replaced(out, "\2", snake);
    return replaced(out, "\3", camel_case(arguments.name));
}

void write_file(const fs::path& file, const std::string& text) {
    std::error_code why;
    fs::create_directories(file.parent_path(), why);
    std::ofstream out(file, std::ios::binary);
    out << text << std::flush;
    if (!out) throw Error(GANTRY_E_CONFIG, "cannot write " + file.string());
}

void write_project(const NewArguments& arguments) {
    check_name(arguments.name);
    if (!arguments.interface.empty() && arguments.interface != kErp) {
        throw Error(GANTRY_E_INVALID_DATA, "--interface: found \"" + arguments.interface +
                                               "\"; there is a template for " + std::string(kErp) +
                                               ", and without --interface one with a step");
    }
    const fs::path folder = arguments.into.empty() ? arguments.name : arguments.into;
    check_folder(folder);
    const std::string_view variant = arguments.interface.empty() ? "step" : "erp";
    std::error_code ignored;
    const bool was_there = fs::symlink_status(folder, ignored).type() != fs::file_type::not_found;
    std::vector<std::string> written;
    std::set<fs::path> tops;  // of what is written
    try {
        for (const auto& [path, text] : kTemplate) {
            const auto slash = path.find('/');
            if (path.substr(0, slash) != "common" && path.substr(0, slash) != variant) continue;
            const fs::path below = named(std::string(path.substr(slash + 1)), arguments);
            const auto file = folder / below;
            tops.insert(folder / *below.begin());
            write_file(file, named(std::string(text), arguments));
            written.push_back(file.string());
        }
    } catch (const Error&) {  // half a project would be in the way of the next attempt
        for (const auto& entry : fs::directory_iterator(folder, ignored)) {
            if (tops.contains(entry.path())) fs::remove_all(entry.path(), ignored);
        }
        if (!was_there) fs::remove(folder, ignored);
        throw;
    }
    for (const auto& file : written) to_stdout() << file << '\n';
    to_stderr() << "\nNext:\n  cd " << folder.string()
                << "\n  cmake -S . -B build\n  cmake --build build\n"
                   "  ctest --test-dir build --output-on-failure\n"
                   "README.md says how to try it in a host, and how to debug it.\n";
}

}  // namespace

void add_new(CLI::App& app, int& exit_code) {
    auto* command = app.add_subcommand("new", "Begins a project.");
    command->require_subcommand(1);
    auto* plugin =
        command->add_subcommand("plugin",
                                "Writes the project of a plugin, with a unit test, a stand-in for "
                                "the system it speaks to,\n"
                                "and files for CI and debugger. Prints the files written.\n"
                                "  gantry new plugin acme-erp --interface gantry.erp/1");
    const auto arguments = std::make_shared<NewArguments>();
    plugin->add_option("name", arguments->name, "The plugin's id, such as acme-erp")->required();
    plugin->add_option("--interface", arguments->interface,
                       "What service it offers: gantry.erp/1 (default: none, but a step)");
    plugin->add_option("--into", arguments->into,
                       "The folder; not there yet, or empty (default: ./NAME)");
    plugin->callback([&exit_code, arguments] {
        write_project(*arguments);
        exit_code = kExitDone;
    });
}

}  // namespace gantry::host
