// The plugin under test and what is known of it, in the process that makes one check of it.
#pragma once

#include "check/contract_file.hpp"
#include "plugin/interface.hpp"
#include "plugin/library.hpp"

#include <cstdint>
#include <memory>

namespace gantry::host::check {

struct SubjectSettings {
    std::filesystem::path file;
    std::filesystem::path contract;  // empty: none
    std::optional<json> options;     // instead of the contract's example
    std::filesystem::path
        options_file;                // holds them, for the process of a check: they may be secret
    std::filesystem::path previous;  // an older build to compare with; empty: none
    std::uint64_t seed = 1;
    int port = 0;                             // of the plugin's own system; 0: none runs
    std::filesystem::path folder;             // of this check alone, empty at first
    std::optional<std::string> live_product;  // the only one a real system may be asked for
    std::vector<std::string> watched;         // products that are read there, and compared
    std::filesystem::path kept;               // how all these were before
};

class Subject {
public:
    explicit Subject(SubjectSettings settings);

    const SubjectSettings& settings() const { return settings_; }
    const ContractFile& contract() const { return contract_; }
    /// The example options, filled in.
    json options() const;

    /// Read on first use; throw Error CONFIG.
    const std::string& manifest_text();
    const Manifest& manifest();
    /// What its service answers to; no methods where it has none.
    const Interface& interface();
    /// Mapped on first use, as the host does it.
    const Library& library();

    /// The contract's, or where it has none those that the plugin's interface makes possible. Of a
    /// real system without those that are left_out().
    std::vector<Scenario> scenarios();
    /// Those of them that expect success; skip() with the reason where there is none.
    std::vector<Scenario> good_scenarios();
    /// The first of those.
    Scenario main_scenario() { return good_scenarios().front(); }

    /// What is being done, for the report of a crash.
    void doing(const std::string& what) const;
    /// Where doing() and the verdict are written; -1: nowhere.
    int report_to = -1;

private:
    SubjectSettings settings_;
    ContractFile contract_;
    std::optional<std::string> manifest_text_;
    std::optional<Manifest> manifest_;
    std::optional<Interface> interface_;
    std::unique_ptr<Library> library_;
};

/// Whether the interface or the manifest says that this method writes.
bool writes(Subject& subject, const std::string& method);
/// The same of what a scenario does.
bool writes(Subject& subject, const Scenario& scenario);

}  // namespace gantry::host::check
