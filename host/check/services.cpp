// A record's version is a tag of its content, as sdk/ERP.md wants it.
#include "check/services.hpp"

#include "base/error_json.hpp"
#include "base/hash.hpp"
#include "base/json_text.hpp"
#include "plugin/interface.hpp"

#include <gantry/service.hpp>

namespace gantry::host::check {
namespace {

constexpr const char* kErp = "gantry.erp/1";
constexpr const char* kProduct = "gantry.product/1";

json version_of(const std::map<std::string, json>& records, const std::string& id) {
    const auto it = records.find(id);
    return it == records.end() ? json(nullptr) : json(sha256(canonical(it->second)).substr(0, 16));
}

json details(const std::map<std::string, json>& records, const std::string& id) {
    const auto it = records.find(id);
    if (it == records.end()) {
        throw Error(GANTRY_E_NOT_FOUND, "no record " + id, GANTRY_EF_NOT_APPLIED);
    }
    return {{"id", id},
            {"erp_ids", {{"checker", id}}},
            {"version", version_of(records, id)},
            {"data", it->second}};
}

}  // namespace

Services::Services(const Manifest& manifest, const ContractFile& contract) {
    for (const auto& requirement : manifest.requirements) {
        Played played;
        played.interface = requirement.interface;
        const auto script = contract.services.find(requirement.name);
        if (script != contract.services.end()) played.script = script->second;
        if (requirement.interface == kErp || requirement.interface == kProduct) {
            for (const auto& [name, method] : interface_of({requirement.interface, {}}).methods) {
                played.methods[name] = method.writes;
            }
        }
        if (contract.product.is_object()) {
            played.records[contract.product.at("id")] = contract.product.at("data");
        }
        services_.emplace(requirement.name, std::move(played));
    }
}

void Services::forget() {
    const std::lock_guard lock(mutex_);
    for (auto& [name, service] : services_) {
        service.answers.clear();
        service.tombstones.clear();
    }
}

bool Services::writes(const std::string& name, const std::string& method) const {
    const std::lock_guard lock(mutex_);
    const auto service = services_.find(name);
    if (service == services_.end()) return true;
    const auto it = service->second.methods.find(method);
    return it == service->second.methods.end() || it->second;
}

void Services::check_method(const std::string& name, const std::string& method) const {
    const std::lock_guard lock(mutex_);
    const auto& service = services_.at(name);
    if (service.script.contains(method) || service.methods.contains(method)) return;
    if (service.methods.empty()) {
        throw Error(GANTRY_E_UNSUPPORTED,
                    "the checker does not know " + service.interface +
                        "; script its answers in contract.json under services." + name,
                    GANTRY_EF_NOT_APPLIED);
    }
    throw Error(GANTRY_E_UNSUPPORTED, "service \"" + name + "\" has no method \"" + method + "\"",
                GANTRY_EF_NOT_APPLIED);
}

json Services::call(const std::string& name, const std::string& method, const json& input,
                    const std::string& key) {
    const std::lock_guard lock(mutex_);
    const auto it = services_.find(name);
    if (it == services_.end()) {
        throw Error(GANTRY_E_MISUSE, "the manifest does not require a service \"" + name + "\"");
    }
    if (method.empty()) return nullptr;  // it was only asked whether somebody serves it
    auto& service = it->second;
    if (const auto scripted = service.script.find(method); scripted != service.script.end()) {
        if (scripted->contains("error")) {
            throw Error(code_named(scripted->at("error").get<std::string>()),
                        "scripted by contract.json", GANTRY_EF_NOT_APPLIED);
        }
        return scripted->value("output", json(nullptr));
    }
    if (key.empty()) return answer(service, method, input, key);
    if (const auto known = service.answers.find(key); known != service.answers.end()) {
        return known->second;
    }
    return service.answers[key] = answer(service, method, input, key);
}

json Services::answer(Played& service, const std::string& method, const json& input,
                      const std::string& key) {
    auto& records = service.records;
    const std::string id = input.value("id", "");
    if (method == "describe") {
        return {{"system", {{"kind", "checker"}, {"id", "checker"}, {"company", "1"}}},
                {"fields", json::array()},
                {"remove", "delete"}};
    }
    if (method == "retrieveProductErpDetails") return details(records, id);
    if (method == "retrieveProduct") {
        json product = details(records, id).at("data");
        product["id"] = id;
        product["version"] = version_of(records, id);
        return product;
    }
    if (method == "snapshotProduct") {
        const auto it = records.find(id);
        const bool exists = it != records.end();
        return {{"system", {{"id", "checker"}}},
                {"id", id},
                {"exists", exists},
                {"version", version_of(records, id)},
                {"state", exists ? it->second : json(nullptr)}};
    }
    if (method == "updateProductErpData" || method == "updateProducts" ||
        method == "restoreProduct") {
        return change(service, method, input, key);
    }
    throw Error(GANTRY_E_UNSUPPORTED, "the checker's service has no method " + method,
                GANTRY_EF_NOT_APPLIED);
}

json Services::change(Played& service, const std::string& method, const json& input,
                      const std::string& key) {
    auto& records = service.records;
    const std::string scope(key_scope(key));
    if (method == "restoreProduct") {
        const json& snapshot = input.at("snapshot");
        const std::string id = snapshot.at("id");
        service.tombstones.insert(scope);
        if (snapshot.at("exists").get<bool>()) {
            records[id] = snapshot.at("state");
        } else {
            records.erase(id);
        }
        return {{"result", "restored"}, {"version", version_of(records, id)}};
    }
    if (service.tombstones.contains(scope)) {
        throw Error(GANTRY_E_REJECTED, "this write was undone before it arrived",
                    GANTRY_EF_NOT_APPLIED);
    }
    const std::string id = input.at("id");
    if (!records.contains(id) && !input.value("create", false)) details(records, id);
    for (const auto& [field, value] : input.at("data").items()) records[id][field] = value;
    if (service.interface == kProduct) {
        json product = records.at(id);
        product["id"] = id;
        product["version"] = version_of(records, id);
        return product;
    }
    return {{"erp_ids", {{"checker", id}}},
            {"version", version_of(records, id)},
            {"data", records.at(id)},
            {"ignored", json::array()}};
}

}  // namespace gantry::host::check
