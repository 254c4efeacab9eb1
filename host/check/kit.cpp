#include "check/kit.hpp"

#include "base/nearest.hpp"
#include "check/live_product.hpp"
#include "check/live_scope.hpp"
#include "check/orphans.hpp"
#include "check/pace.hpp"
#include "check/put_back.hpp"
#include "check/system.hpp"
#include "plugin/interface.hpp"

#include <algorithm>
#include <ctime>
#include <fstream>
#include <random>
#include <utility>

namespace gantry::host::check {
namespace {

// Without these nothing else can be asked.
constexpr std::string_view kGround[] = {"file.elf",    "file.manifest",  "load.now",
                                        "table.shape", "table.manifest", "create.valid"};

bool named(const Check& check, const std::vector<std::string>& names) {
    return std::any_of(names.begin(), names.end(),
                       [&](const std::string& name) { return is_named(check, name); });
}

void refuse_unknown(const std::vector<std::string>& names) {
    std::vector<std::string> known;
    for (const auto& check : all_checks()) known.emplace_back(check.id);
    for (const auto& name : names) {
        const auto& all = all_checks();
        const bool there = std::any_of(all.begin(), all.end(),
                                       [&](const Check& check) { return is_named(check, name); });
        if (there) continue;
        throw Error(GANTRY_E_CONFIG,
                    "there is no check \"" + name + "\"." + did_you_mean_or_known(name, known));
    }
}

std::string today() {
    const std::time_t now = std::time(nullptr);
    std::tm date{};
    gmtime_r(&now, &date);
    char text[11];  // NOLINT: strftime fills it
    std::strftime(text, sizeof text, "%Y-%m-%d", &date);
    return text;
}

class TemporaryFolder {
public:
    TemporaryFolder() {
        std::string name =
            (std::filesystem::temp_directory_path() / "gantry-check-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) {
            throw Error(GANTRY_E_UNAVAILABLE, "cannot make a folder like " + name);
        }
        path_ = name;
    }
    ~TemporaryFolder() {
        std::error_code none;
        std::filesystem::remove_all(path_, none);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

// The folder is for this user alone.
void write_secret(const std::filesystem::path& file, const std::string& text) {
    std::ofstream(file, std::ios::binary) << text;
}

class Kit {
public:
    Kit(const KitSettings& settings, const Progress& progress)
        : settings_(settings),
          progress_(progress),
          contract_(read_contract(settings.subject.contract, known(settings.subject.file))),
          options_file_(folder_.path() / "options.json"),
          system_(std::in_place, contract_, folder_.path(), interrupt_),
          pace_(settings.within, progress.says) {
        if (settings.subject.options) write_secret(options_file_, settings.subject.options->dump());
        subject_ = settings.subject;
        if (subject_.options) subject_.options_file = options_file_;
        subject_.port = system_->port();
        if (!subject_.live_product) return;
        live_.emplace(
            subject_, contract_,
            [this](const Check& check, const Interrupt* by) { return made(check, by); },
            progress_.says);
    }

    std::vector<Finding> run() {
        std::vector<Finding> findings;
        const auto take = [&](Finding finding) {
            if (progress_.ends) progress_.ends(finding);
            findings.push_back(std::move(finding));
        };
        if (live_ && settings_.put_back) {
            take(live_->end());
            return findings;
        }
        if (live_) live_->keep(interrupt_);
        std::vector<const Check*> chosen;
        for (const auto& check : all_checks()) {
            const bool wanted = settings_.only.empty() ? check.level <= settings_.level
                                                       : named(check, settings_.only);
            if (wanted) chosen.push_back(&check);
        }
        if (settings_.shuffle) {
            std::shuffle(chosen.begin(), chosen.end(), std::mt19937_64(subject_.seed));
        }
        std::string broken;
        for (const auto* check : chosen) {
            if (progress_.begins) progress_.begins(*check, findings.size() + 1, chosen.size());
            auto finding = one(*check, broken);
            const auto status = finding.verdict.status;
            const bool ground =
                std::find(std::begin(kGround), std::end(kGround), check->id) != std::end(kGround);
            if (ground && broken.empty() && status >= Status::kFail) broken = check->id;
            pace_.took(finding, findings.size() + 1, chosen.size());
            take(std::move(finding));
            if (live_ && live_->is_damaged()) broken = kRestoreProduct.id;
        }
        if (live_) take(live_->end());
        return findings;
    }

private:
    // Null where there is no manifest to hold the contract against: that is for a check to say.
    const Manifest* known(const std::filesystem::path& file) {
        try {
            manifest_ = parse_manifest(read_manifest_text(file));
            if (manifest_->service) interface_of(*manifest_->service);
            return &*manifest_;
        } catch (const Error&) {
            return nullptr;
        }
    }

    Finding one(const Check& check, const std::string& broken) {
        Finding skipped;
        skipped.check = &check;
        skipped.seed = settings_.subject.seed;
        skipped.verdict.status = Status::kSkip;
        if (named(check, settings_.without)) {
            skipped.verdict.found = "by --skip";
            return skipped;
        }
        std::string over;  // since when it is no longer left out
        for (const auto& bypass : contract_.bypasses) {
            if (bypass.id != check.id) continue;
            over = bypass.until;
            if (bypass.until < today()) continue;
            skipped.verdict.found = "by contract.json until " + bypass.until + ": " + bypass.reason;
            return skipped;
        }
        if (out_of_time_ || pace_.left().count() == 0) {
            skipped.verdict = out_of_time();
            return skipped;
        }
        // What can be seen in the file alone is seen in any case.
        if (!broken.empty() && check.code[0] != 'A') {
            skipped.verdict.found = "it rests on " + broken + ", which failed";
            return skipped;
        }
        if (live_ && !not_live(check).empty()) {
            skipped.verdict.found = not_live(check);
            return skipped;
        }
        const bool is_cut = pace_.left() < check.limit;
        auto finding = live_ && check.code[0] != 'A' ? live_->made(check, interrupt_)
                                                     : made(check, &interrupt_);
        if (finding.verdict.status == Status::kTimeout && is_cut) finding.verdict = out_of_time();
        if (!over.empty() && finding.verdict.status >= Status::kFail) {
            finding.verdict.found += " (its skip in contract.json ended on " + over + ")";
        }
        return finding;
    }

    // A failure the first time; then the rest is skipped.
    Verdict out_of_time() {
        const auto status = std::exchange(out_of_time_, true) ? Status::kSkip : Status::kTimeout;
        return {status, pace_.over(), "an end in time; --within 20m gives them more", nullptr};
    }

    Finding made(const Check& check, const Interrupt* interrupt) {
        subject_.folder = folder_.path() / check.id;
        std::filesystem::create_directories(subject_.folder);
        if (!live_ && check.code[0] != 'A') refresh_system();
        orphans_.end(system_->pid());  // also those of one that was interrupted
        const auto limit = std::chrono::milliseconds(check.limit);
        auto finding = run_child(check, subject_, interrupt,
                                 interrupt == nullptr ? limit : std::min(limit, pace_.left()));
        orphans_.end(system_->pid());
        return finding;
    }

    // What a check left in the system would decide the next one.
    void refresh_system() {
        if (contract_.command.empty() || !std::exchange(system_is_used_, true)) return;
        system_.reset();
        system_.emplace(contract_, folder_.path(), interrupt_);
        subject_.port = system_->port();
    }

    const KitSettings& settings_;
    const Progress& progress_;
    std::optional<Manifest> manifest_;
    const ContractFile contract_;
    const Interrupt interrupt_;
    const TemporaryFolder folder_;
    const std::filesystem::path options_file_;
    const Orphans orphans_;
    std::optional<System> system_;  // always one
    bool system_is_used_ = false;
    Pace pace_;
    bool out_of_time_ = false;
    SubjectSettings subject_;
    std::optional<LiveProduct> live_;  // of a real system
};

}  // namespace

std::vector<Finding> check_plugin(const KitSettings& settings, const Progress& progress) {
    const auto& file = settings.subject.file;
    if (!std::filesystem::exists(file)) {
        throw Error(GANTRY_E_CONFIG, "no file " + file.string());
    }
    const auto& previous = settings.subject.previous;
    if (!previous.empty() && !std::filesystem::exists(previous)) {
        throw Error(GANTRY_E_CONFIG, "--previous: no file " + previous.string());
    }
    refuse_unknown(settings.only);
    refuse_unknown(settings.without);
    return Kit(settings, progress).run();
}

int exit_code(const std::vector<Finding>& findings) {
    return std::any_of(findings.begin(), findings.end(), failed) ? EXIT_FAILURE : EXIT_SUCCESS;
}

}  // namespace gantry::host::check
