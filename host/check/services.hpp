// The services that a plugin under test requires, played by the checker: records in memory for the
// interfaces it knows, scripted answers for others.
#pragma once

#include "check/contract_file.hpp"
#include "check/seam.hpp"
#include "plugin/manifest.hpp"

#include <set>

namespace gantry::host::check {

/// [any]
class Services {
public:
    /// A service for each requirement of `manifest`; the contract's product exists in them.
    Services(const Manifest& manifest, const ContractFile& contract);

    /// The answer, or throws the error of it. `key`: of a write, empty for a read. Throws MISUSE
    /// for a name that the manifest does not require. With an empty method nothing is called.
    json call(const std::string& name, const std::string& method, const json& input,
              const std::string& key);

    /// Of writes by their keys; the records stay.
    void forget();

    /// Throws UNSUPPORTED, NOT_APPLIED for a method that the service does not have.
    void check_method(const std::string& name, const std::string& method) const;

    /// Whether the method writes. An unknown one counts as a write.
    bool writes(const std::string& name, const std::string& method) const;

private:
    struct Played {
        std::string interface;
        std::map<std::string, bool> methods;  // name → writes
        json script;
        std::map<std::string, json> records;  // id → data
        std::map<std::string, json> answers;  // of writes, by key
        std::set<std::string> tombstones;     // what was undone before it arrived
    };

    static json answer(Played& service, const std::string& method, const json& input,
                       const std::string& key);
    static json change(Played& service, const std::string& method, const json& input,
                       const std::string& key);

    mutable std::mutex mutex_;
    std::map<std::string, Played> services_;
};

}  // namespace gantry::host::check
