// gantry check: whether a plugin keeps the contract.
#include "api/cli/cli.hpp"
#include "check/kit.hpp"
#include "check/report.hpp"

#include <CLI/CLI.hpp>

#include <unistd.h>

#include <fstream>
#include <iostream>
#include <random>

namespace gantry::host {
namespace {

struct CheckOptions {
    check::KitSettings kit;
    std::string options;
    std::string child;  // be the process that makes this check
    std::string folder;
    std::string explain;
    std::string live_product;
    bool live = false;
    bool json = false;
    std::string junit;
};

int explain(const std::string& name) {
    for (const auto& one : check::all_checks()) {
        if (one.id != name && one.code != name) continue;
        std::cout << one.code << ' ' << one.id << "\n\n  holds when  " << one.says
                  << "\n  to do       " << one.todo << "\n  level       " << one.level
                  << "\n  time        at most " << one.limit.count() << " s\n";
        return kExitDone;
    }
    std::cerr << "gantry check: there is no check \"" << name << "\"; these are:\n";
    for (const auto& one : check::all_checks()) {
        std::cerr << "  " << one.code << "  " << one.id << '\n';
    }
    return kExitUse;
}

// A contract beside the plugin or here needs no option.
std::filesystem::path contract_for(const std::filesystem::path& plugin) {
    for (const auto& folder : {plugin.parent_path(), std::filesystem::path(".")}) {
        auto file = folder / "contract" / "contract.json";
        if (std::filesystem::exists(file)) return file;
    }
    return {};
}

class Printer {
public:
    explicit Printer(bool quiet) : quiet_(quiet) {}

    check::Progress progress() {
        return {[this](const check::Check& check, std::size_t n, std::size_t of) {
                    if (terminal_) {
                        std::cerr << "\r\033[K  " << n << '/' << of << ' ' << check.id
                                  << std::flush;
                    }
                },
                [this](const check::Finding& finding) { print(finding); }};
    }

private:
    void print(const check::Finding& finding) {
        if (terminal_) std::cerr << "\r\033[K" << std::flush;
        if (quiet_) return;
        const char family = finding.check->code[0];
        if (family != family_) std::cout << check::family_name(family) << '\n';
        family_ = family;
        std::cout << check::to_text(finding, ::isatty(STDOUT_FILENO) == 1) << std::flush;
    }

    const bool quiet_;
    const bool terminal_ = ::isatty(STDERR_FILENO) == 1;
    char family_ = 0;
};

int run(CheckOptions& o) {
    auto& subject = o.kit.subject;
    if (!o.options.empty()) subject.options = json::parse(json_argument(o.options, "--options"));
    if (o.live != !o.live_product.empty()) {
        throw Error(
            GANTRY_E_CONFIG,
            "--live and --product go together: a real system is asked for that product only");
    }
    if (o.live) subject.live_product = o.live_product;
    if (subject.contract.empty()) subject.contract = contract_for(subject.file);
    const std::string name = subject.file.filename().string();
    Printer printer(o.json);
    const auto findings = check::check_plugin(o.kit, printer.progress());
    if (o.json) {
        std::cout
            << check::to_json(name, findings).dump(2, ' ', false, json::error_handler_t::replace)
            << '\n';
    } else {
        std::cout << check::summary(findings) << " (seed " << subject.seed << ")\n";
    }
    if (!o.junit.empty()) {
        std::ofstream file(o.junit);
        file << check::to_junit(name, findings) << std::flush;
        if (!file) throw Error(GANTRY_E_CONFIG, "--junit: cannot write " + o.junit);
    }
    return check::exit_code(findings);
}

void add_words(CLI::App& command, CheckOptions& o) {
    auto& subject = o.kit.subject;
    command.add_option("plugin", subject.file, "The plugin's file, acme-erp.so");
    command.add_option("--options", o.options,
                       "The module's options: JSON, or @FILE (default: those of the contract)");
    command.add_option(
        "--contract", subject.contract,
        "contract.json (default: contract/contract.json beside the plugin, or here)");
    command.add_option("--only", o.kit.only, "Checks by id, code or family: step.once, D2, D")
        ->delimiter(',');
    command.add_option("--skip", o.kit.without, "Not these")->delimiter(',');
    command.add_option("--level", o.kit.level, "1 load, 2 contract, 3 stress (default)")
        ->check(CLI::Range(1, 3));
    command.add_option("--seed", subject.seed, "Repeats what a check made up (default: random)");
    command.add_option("--previous", subject.previous,
                       "An older build: what it took must still be taken");
    command.add_flag("--live", o.live, "Ask a real system; needs --product");
    command.add_option("--product", o.live_product, "The only product that --live may change");
    command.add_flag("--json", o.json, "Print JSON");
    command.add_option("--junit", o.junit, "Write a JUnit report to this file");
    command.add_option("--explain", o.explain, "Say what a check wants, and what to do about it");
    // The words between the checker and the processes it starts.
    command.add_option("--child", o.child)->group("");
    command.add_option("--port", subject.port)->group("");
    command.add_option("--folder", subject.folder)->group("");
}

}  // namespace

void add_check(CLI::App& app, int& exit_code) {
    auto* command = app.add_subcommand(
        "check",
        "Checks whether a plugin keeps the contract, each check in a process of its own.\n"
        "Exit codes: 0 nothing failed, 1 something did, 2 it could not be checked.");
    const auto o = std::make_shared<CheckOptions>();
    o->kit.subject.seed = std::random_device{}();
    add_words(*command, *o);
    command->callback([&exit_code, o] {
        auto& subject = o->kit.subject;
        if (!o->explain.empty()) {
            exit_code = explain(o->explain);
        } else if (subject.file.empty()) {
            throw Error(GANTRY_E_CONFIG,
                        "which plugin? Its file comes first: gantry check acme-erp.so --only D");
        } else if (!o->child.empty()) {
            if (!o->options.empty()) subject.options = json::parse(o->options);
            if (!o->live_product.empty()) subject.live_product = o->live_product;
            exit_code = check::be_child(o->child, subject);
        } else {
            exit_code = run(*o);
        }
    });
}

}  // namespace gantry::host
