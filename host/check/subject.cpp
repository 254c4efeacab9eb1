#include "check/subject.hpp"

#include "check/live_scope.hpp"
#include "check/verdict.hpp"

#include <unistd.h>

namespace gantry::host::check {
namespace {

// One change of the contract's product, shown by reading it.
Scenario change_of_product(const std::string& interface, const json& product) {
    Scenario s;
    s.name = "changes the contract's product";
    s.undo = MethodUndo{"snapshotProduct", "restoreProduct"};
    s.input = {{"id", product.at("id")}, {"data", product.at("change")}};
    s.probe = Probe{};
    s.probe->input = {{"id", product.at("id")}};
    if (interface == "gantry.erp/1") {
        s.method = "updateProductErpData";
        s.input["create"] = true;
        s.probe->method = "retrieveProductErpDetails";
    } else {
        json made = product.at("data");
        made["id"] = product.at("id");
        s.prepare.push_back({"createProducts", {{"products", json::array({made})}}});
        s.method = "updateProducts";
        s.probe->method = "retrieveProduct";
    }
    s.ignore = {"/updated_at", "/version"};
    return s;
}

}  // namespace

Subject::Subject(SubjectSettings settings)
    : settings_(std::move(settings)), contract_(read_contract(settings_.contract)) {
    if (settings_.live_product && contract_.product.is_object()) {
        contract_.product["id"] = *settings_.live_product;
    }
}

json Subject::options() const {
    return filled_in(settings_.options.value_or(contract_.options), settings_.port,
                     settings_.folder);
}

const std::string& Subject::manifest_text() {
    if (!manifest_text_) manifest_text_ = read_manifest_text(settings_.file);
    return *manifest_text_;
}

const Manifest& Subject::manifest() {
    if (!manifest_) manifest_ = parse_manifest(manifest_text());
    return *manifest_;
}

const Interface& Subject::interface() {
    if (!interface_) {
        interface_.emplace();
        if (const auto& service = manifest().service) interface_ = interface_of(*service);
    }
    return *interface_;
}

const Library& Subject::library() {
    if (!library_) {
        doing("loading " + settings_.file.string());
        library_ = std::make_unique<Library>(settings_.file);
    }
    return *library_;
}

std::vector<Scenario> Subject::scenarios() {
    std::vector<Scenario> all;
    for (const auto& scenario : contract_.scenarios) {
        if (!left_out(*this, scenario)) all.push_back(scenario);
    }
    if (!all.empty()) return all;
    const auto& service = manifest().service;
    const bool known = service && (service->interface == "gantry.erp/1" ||
                                   service->interface == "gantry.product/1");
    if (!known || !contract_.product.is_object()) return {};
    auto change = change_of_product(service->interface, contract_.product);
    if (settings_.live_product) change.prepare.clear();  // it is there
    return {change};
}

std::vector<Scenario> Subject::good_scenarios() {
    std::vector<Scenario> good;
    for (auto& scenario : scenarios()) {
        if (!scenario.error) good.push_back(std::move(scenario));
    }
    if (!good.empty()) return good;
    skip(manifest().steps.empty() && !manifest().service
             ? std::string("it exports neither a step nor a service")
         : settings_.live_product
             ? "contract.json has no scenario that changes only product \"" +
                   *settings_.live_product + "\""
             : "contract.json has no scenario that succeeds; write one under \"scenarios\"");
}

void Subject::doing(const std::string& what) const {
    if (report_to < 0) return;
    const std::string line =
        json{{"doing", what}}.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
    (void)!::write(report_to, line.data(), line.size());
}

bool writes(Subject& subject, const std::string& method) {
    const auto& methods = subject.interface().methods;
    const auto it = methods.find(method);
    return it == methods.end() || it->second.writes;
}

bool writes(Subject& subject, const Scenario& scenario) {
    if (scenario.step.empty()) return writes(subject, scenario.method);
    for (const auto& step : subject.manifest().steps) {
        if (step.name == scenario.step) return step.writes;
    }
    return true;
}

}  // namespace gantry::host::check
