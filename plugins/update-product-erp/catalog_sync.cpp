// The workflow update-product-and-erp and its two steps: a product is changed in the product module
// and in an ERP, and if the ERP refuses, both are as they were.
#include <gantry/plugin.hpp>

#include "erp_fields.hpp"

namespace {

using gantry::json;

struct CatalogSync {
    explicit CatalogSync(const json&) {}
};

json changes_in(json input) {
    input.erase("id");
    input.erase("ref");
    input.erase("erp");
    return input;
}

json changes_for_erp(const json& input) {
    auto changes = changes_in(input);
    changes.update(input.value("erp", json::object()));
    return changes;
}

// Its id and, of an ERP that was told, what it may be known by there.
json product_in(const json& input) {
    json out = {{"id", input.at("id")}};
    if (input.contains("ref")) out["ref"] = input.at("ref");
    return out;
}

// What `before` answers, recorded. Nothing is changed yet: nor is it where that is too large.
template <typename Before>
json recorded(const gantry::Call& call, Before&& before) {
    try {
        return call.record_undo(std::forward<Before>(before));
    } catch (const gantry::Error& e) {
        if (e.code() != GANTRY_E_TOO_LARGE) throw;
        throw e.with_flags(GANTRY_EF_NOT_APPLIED);
    }
}

// `before` is what record_undo kept. Without it nothing was changed: record_undo comes first.
void restore(const gantry::Call& call, const char* name, const std::optional<json>& before) {
    if (!before) return;
    const auto output = call.output();
    const json written = output ? output->at("version") : json(nullptr);
    call.resolve(name).call("restoreProduct", {{"snapshot", *before}, {"written", written}});
}

// The write stands on what the snapshot has: else its undo would take somebody else's change back.
// Where that is no longer there, the service cannot tell our own write, whose reply was lost, from
// somebody else's. It is written all the same, and the version is one that nothing has: an undo by
// it says CHANGED, and a person decides.
json write(const gantry::Service& service, const char* method, json what, const json& version) {
    try {
        what["if_version"] = version;
        return service.call(method, what);
    } catch (const gantry::Error& e) {
        if (e.code() != GANTRY_E_CONFLICT || (e.flags() & GANTRY_EF_NOT_APPLIED) == 0) throw;
        const auto now = service.call("snapshotProduct", product_in(what)).at("version");
        if (now == version) throw;  // it may pass
    }
    what.erase("if_version");
    auto written = service.call(method, what);
    written["version"] = "overtaken by " + written.at("version").get<std::string>();
    return written;
}

gantry::StepResponse update_product(CatalogSync&, gantry::Call& call, const json& input) {
    const auto products = call.resolve("product");
    const auto before = recorded(call, [&] {
        catalog_sync::require_erp_fields(call.resolve("erp"), input);  // nothing is written yet
        return products.call("snapshotProduct", {{"id", input.at("id")}});
    });
    // The product's own fields: with all that belongs to it there is no room for a large one.
    const json what = {
        {"id", input.at("id")}, {"data", changes_in(input)}, {"relations", json::array()}};
    if (!before.at("exists").get<bool>()) return products.call("updateProducts", what);
    return write(products, "updateProducts", what, before.at("version"));
}

void restore_product(CatalogSync&, gantry::Call& call, const std::optional<json>& before) {
    restore(call, "product", before);
}

// What an earlier attempt has kept may be of the system that was the ERP then: what this one wrote
// to another could not be undone.
void require_system(const gantry::Service& erp, const json& before) {
    const auto began = before.at("system").at("id");
    const auto now = erp.call("describe", json::object()).at("system").at("id");
    if (began == now) return;
    throw gantry::Error(GANTRY_E_CONFIG,
                        "this run began with the ERP " + began.dump() + ", the module means " +
                            now.dump() +
                            " now: point it back and resume the run, or cancel the run. Where it "
                            "is the same system, give the module its name (\"system\": " +
                            began.dump() + ")",
                        GANTRY_EF_NOT_APPLIED);
}

gantry::StepResponse update_erp(CatalogSync&, gantry::Call& call, const json& input) {
    const auto erp = call.resolve("erp");
    auto what = product_in(input);
    bool is_kept = true;
    const auto before = recorded(call, [&] {
        is_kept = false;
        catalog_sync::require_erp_fields(erp, input);
        return erp.call("snapshotProduct", what);
    });
    if (is_kept) require_system(erp, before);
    what["data"] = changes_for_erp(input);
    what["create"] = true;
    return write(erp, "updateProductErpData", std::move(what), before.at("version"));
}

void restore_erp(CatalogSync&, gantry::Call& call, const std::optional<json>& before) {
    restore(call, "erp", before);
}

const gantry::Workflow kUpdateProductAndErp("update-product-and-erp", [](auto& wf, auto input) {
    wf.exclusive(input["id"]);  // two edits of one product cannot cross
    wf.search("product", input["id"]);
    auto product = wf.step("update-product", input);
    auto erp_data = wf.step("update-erp", input);
    return json{{"product", product}, {"erpData", erp_data}};
});

}  // namespace

GANTRY_PLUGIN(CatalogSync, gantry::Step<"update-product", update_product, restore_product>,
              gantry::Step<"update-erp", update_erp, restore_erp>,
              gantry::Workflows<kUpdateProductAndErp>);
