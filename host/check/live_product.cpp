#include "check/live_product.hpp"

#include "check/live_notice.hpp"
#include "check/put_back.hpp"

#include <set>
#include <thread>

namespace gantry::host::check {
namespace {

// For what a killed process had sent and the system still carries out.
constexpr std::chrono::seconds kAfterKill{1};

constexpr const char* kIsAsItWas = " is as it was";

void refuse_what_cannot_put_back(const std::filesystem::path& plugin) {
    const auto service = parse_manifest(read_manifest_text(plugin)).service;
    const bool can = service && (service->interface == "gantry.erp/1" ||
                                 service->interface == "gantry.product/1");
    if (can) return;
    throw Error(GANTRY_E_CONFIG,
                "--live puts a product back by snapshotProduct and restoreProduct, and this plugin "
                "serves neither gantry.erp/1 nor gantry.product/1");
}

// Those that contract.json speaks of, too.
std::vector<std::string> watched(const SubjectSettings& subject, const ContractFile& contract) {
    std::set<std::string> all(subject.watched.begin(), subject.watched.end());
    const auto add = [&](const json& of) {
        if (of.is_object() && of.value("id", json()).is_string()) all.insert(of.at("id"));
    };
    add(contract.product);
    for (const auto& scenario : contract.scenarios) add(scenario.input);
    all.erase(*subject.live_product);
    return {all.begin(), all.end()};
}

}  // namespace

LiveProduct::LiveProduct(SubjectSettings& subject, const ContractFile& contract, Make make, Say say)
    : subject_(subject),
      make_(std::move(make)),
      say_(std::move(say)),
      name_("product \"" + *subject.live_product + "\"") {
    refuse_what_cannot_put_back(subject.file);
    if (!subject.kept.empty()) {
        read_kept(subject);
        return;
    }
    subject.kept = file_.emplace().path();
    subject.watched = watched(subject, contract);
}

void LiveProduct::keep(const Interrupt& interrupt) {
    Subject subject(subject_);
    say_(live_notice(subject));
    const auto kept = make_(kKeepProduct, &interrupt);
    if (kept.verdict.status == Status::kPass) return;
    const auto& v = kept.verdict;
    throw Error(GANTRY_E_CONFIG, "--live cannot begin: " + v.found +
                                     (v.expected.empty() ? "" : ", expected ") + v.expected);
}

Finding LiveProduct::made(const Check& check, const Interrupt& interrupt) {
    file_->set_needed(true);
    try {
        auto finding = make_(check, &interrupt);
        if (failed(finding)) std::this_thread::sleep_for(kAfterKill);
        if (auto restored = put_back(); failed(restored)) damage_ = std::move(restored);
        return finding;
    } catch (const Error& e) {
        throw after_put_back(e);
    } catch (const std::exception& e) {
        throw after_put_back(Error(GANTRY_E_INTERNAL, e.what()));
    }
}

Error LiveProduct::after_put_back(const Error& why) {
    say_("\n" + name_ + " is being put back\n");
    std::this_thread::sleep_for(kAfterKill);
    try {
        const auto restored = put_back();
        if (!failed(restored)) return {why.code(), why.message() + "; " + name_ + kIsAsItWas};
        return {GANTRY_E_CHANGED, why.message() + "; " + restored.verdict.found};
    } catch (const std::exception& e) {
        return {GANTRY_E_CHANGED, why.message() + "; " + name_ + " was not put back: " + e.what() +
                                      "; the same command with --put-back " +
                                      subject_.kept.string() + " does it"};
    }
}

// A part of the check that puts back was left out: the product is not known to be as it was.
Finding LiveProduct::made_whole(const Check& check) {
    auto finding = make_(check, nullptr);
    if (finding.verdict.status != Status::kPass && !failed(finding)) {
        finding.verdict.status = Status::kFail;
    }
    return finding;
}

Finding LiveProduct::put_back() {
    auto restored = made_whole(kRestoreProduct);
    if (file_) file_->set_needed(failed(restored));
    if (!failed(restored)) return restored;
    const auto written = made_whole(kRewriteProduct);
    auto& found = restored.verdict.found;
    found += failed(written) ? "\nA write of its fields did not help: " + written.verdict.found
                             : "\nBy now " + name_ + " itself" + kIsAsItWas;
    found += "\nHow all was before is kept in " + subject_.kept.string() +
             "; the same command with --put-back " + subject_.kept.string() +
             " puts it back once more, and compares";
    return restored;
}

}  // namespace gantry::host::check
