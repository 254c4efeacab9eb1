// gantry check: whether a plugin keeps the contract.
#include "api/cli/cli.hpp"
#include "base/duration.hpp"
#include "base/installation.hpp"
#include "base/replaced.hpp"
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
    std::string options;  // as given
    std::string child;    // be the process that makes this check
    std::string folder;
    std::string explain;
    std::string live_product;
    bool live = false;
    bool json = false;
    std::string junit;
    std::string within;
};

int explain(const std::string& name) {
    bool found = false;
    for (const auto& one : check::all_checks()) {
        if (!check::is_named(one, name)) continue;
        std::cout << (found ? "\n" : "") << one.code << ' ' << one.id << "\n\n  holds when  "
                  << one.says << "\n  to do       " << one.todo << "\n  level       " << one.level
                  << "\n  time        at most " << one.limit.count() << " s\n";
        found = true;
    }
    if (found) return kExitDone;
    std::cerr << "gantry check: there is no check \"" << name << "\"; these are:\n";
    for (const auto& one : check::all_checks()) {
        std::cerr << "  " << one.code << "  " << one.id << '\n';
    }
    return kExitUse;
}

// As a shell takes it.
std::string quoted(const std::string& word) {
    const bool plain = word.find_first_not_of(
                           "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                           "0123456789_-./:=@,") == std::string::npos;
    return plain && !word.empty() ? word : "'" + replaced(word, "'", "'\\''") + "'";
}

// What makes the same checks of the same plugin once more.
std::string again(const CheckOptions& o) {
    const auto& subject = o.kit.subject;
    std::string command = "gantry check " + quoted(subject.file.string());
    const auto add = [&](const char* option, const std::string& value) {
        if (!value.empty()) command += std::string(" ") + option + " " + quoted(value);
    };
    add("--contract", subject.contract.string());
    add("--options", o.options);
    add("--previous", subject.previous.string());
    add("--within", o.within);
    if (o.live) command += " --live";
    add("--product", o.live_product);
    for (const auto& one : subject.watched) add("--watch", one);
    return command;
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
    Printer(bool quiet, std::string again) : quiet_(quiet), again_(std::move(again)) {}

    check::Progress progress() {
        return {[this](const check::Check& check, std::size_t n, std::size_t of) {
                    if (terminal_) {
                        std::cerr << "\r\033[K  " << n << '/' << of << ' ' << check.id
                                  << std::flush;
                    }
                },
                [this](const check::Finding& finding) { take(finding); },
                [this](const std::string& text) {
                    std::cerr << (terminal_ ? "\r\033[K" : "") << text << std::flush;
                }};
    }

    /// Prints what was held back.
    void end() {
        if (terminal_) std::cerr << "\r\033[K" << std::flush;
        if (!quiet_ && !skipped_.empty()) {
            begin_family(skipped_.front());
            std::cout << check::to_text(skipped_, color_) << std::flush;
        }
        skipped_.clear();
    }

private:
    // Skips for one reason become one line.
    void take(const check::Finding& finding) {
        const bool skip = finding.verdict.status == check::Status::kSkip;
        const bool same = skip && !skipped_.empty() &&
                          skipped_.front().check->code[0] == finding.check->code[0] &&
                          skipped_.front().verdict.found == finding.verdict.found;
        if (!same) end();
        if (skip) {
            skipped_.push_back(finding);
        } else if (!quiet_) {
            begin_family(finding);
            std::cout << check::to_text(finding, color_, again_) << std::flush;
        }
    }

    void begin_family(const check::Finding& finding) {
        const char family = finding.check->code[0];
        if (family != family_) std::cout << check::family_name(family) << '\n';
        family_ = family;
    }

    const bool quiet_;
    const std::string again_;
    const bool terminal_ = ::isatty(STDERR_FILENO) == 1;
    const bool color_ = ::isatty(STDOUT_FILENO) == 1;
    std::vector<check::Finding> skipped_;
    char family_ = 0;
};

int run(CheckOptions& o) {
    auto& subject = o.kit.subject;
    if (!o.options.empty()) {
        subject.options = json::parse(json_argument(o.options, "--options"));
        if (!subject.options->is_object()) {
            throw Error(GANTRY_E_INVALID_DATA,
                        "--options: found " + subject.options->dump() + ", expected an object");
        }
    }
    if (o.live != !o.live_product.empty()) {
        throw Error(
            GANTRY_E_CONFIG,
            "--live and --product go together: a real system is asked for that product only");
    }
    if (!o.live && !(subject.watched.empty() && subject.kept.empty())) {
        throw Error(GANTRY_E_CONFIG, "--watch and --put-back go with --live");
    }
    if (!o.within.empty()) {
        const auto time = parse_duration(o.within);
        if (!time) {
            throw Error(GANTRY_E_CONFIG,
                        "--within: found \"" + o.within + "\", expected a duration as \"20m\"");
        }
        o.kit.within = *time;
    }
    if (o.live) subject.live_product = o.live_product;
    o.kit.put_back = !subject.kept.empty();
    if (subject.contract.empty()) subject.contract = contract_for(subject.file);
    const std::string name = subject.file.filename().string();
    std::ofstream junit;
    if (!o.junit.empty()) {
        junit.open(o.junit);  // before the checks, which take their time
        if (!junit) throw Error(GANTRY_E_CONFIG, "--junit: cannot write " + o.junit);
    }
    Printer printer(o.json, again(o));
    const auto findings = check::check_plugin(o.kit, printer.progress());
    printer.end();
    if (o.json) {
        std::cout
            << check::to_json(name, findings).dump(2, ' ', false, json::error_handler_t::replace)
            << '\n';
    } else {
        std::cout << check::summary(findings) << " (seed " << subject.seed << ")\n";
    }
    if (!o.junit.empty()) {
        junit << check::to_junit(name, findings) << std::flush;
        if (!junit) throw Error(GANTRY_E_CONFIG, "--junit: cannot write " + o.junit);
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
    command.add_flag("--shuffle", o.kit.shuffle, "In an order that the seed makes");
    command.add_option("--level", o.kit.level, "1 load, 2 contract, 3 stress (default)")
        ->check(CLI::Range(1, 3));
    command.add_option("--within", o.within, "The time for all of them (default: 5m)");
    command.add_option("--seed", subject.seed, "Repeats what a check made up (default: random)")
        ->check(CLI::NonNegativeNumber);
    command.add_option("--previous", subject.previous,
                       "An older build: what it took must still be taken");
    command.add_flag("--live", o.live, "Ask a real system; needs --product");
    command.add_option("--product", o.live_product,
                       "The only product that --live changes; it is put back");
    command
        .add_option("--watch", subject.watched, "Another product, which --live reads and compares")
        ->allow_extra_args(false);
    command.add_option("--put-back", subject.kept,
                       "With --live: only put the product back that this file keeps");
    command.add_flag("--json", o.json, "Print JSON");
    command.add_option("--junit", o.junit, "Write a JUnit report to this file");
    command.add_option("--explain", o.explain,
                       "Say what a check, or a family of them, wants, and what to do");
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
    command->footer(installed_pages());  // its exit codes are its own
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
            if (!o->options.empty()) {
                subject.options = json::parse(json_argument(o->options, "--options"));
            }
            if (!o->live_product.empty()) subject.live_product = o->live_product;
            exit_code = check::be_child(o->child, subject);
        } else {
            try {
                exit_code = run(*o);
            } catch (const Error& e) {
                if (e.code() != GANTRY_E_CANCELLED) throw;
                std::cerr << "\ngantry check: " << e.message() << '\n';
                exit_code = kExitUse;
            }
        }
    });
}

}  // namespace gantry::host
