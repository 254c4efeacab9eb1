// One step that changes many records of an ERP, one after another; the ERP may refuse any of them.
// Input: {"changes": [{"id", "data"}, …]}
#include <gantry/plugin.hpp>

namespace {

using gantry::json;

struct Batch {
    explicit Batch(const json&) {}
};

gantry::StepResponse update_all(Batch&, gantry::Call& call, const json& input) {
    const auto erp = call.resolve("erp");
    call.record_undo([&] {
        json before = json::array();
        for (const auto& change : input.at("changes")) {
            before.push_back(erp.call("snapshotProduct", {{"id", change.at("id")}}));
        }
        return before;
    });
    json versions = json::array();
    for (const auto& change : input.at("changes")) {
        versions.push_back(erp.call("updateProductErpData", change).at("version"));
    }
    return versions;
}

// Which of them were changed nobody knows: a record that was not is left alone by its service.
void restore_all(Batch&, gantry::Call& call, const std::optional<json>& before) {
    if (!before) return;
    const auto erp = call.resolve("erp");
    for (const auto& snapshot : *before) erp.call("restoreProduct", {{"snapshot", snapshot}});
}

}  // namespace

GANTRY_PLUGIN(Batch, gantry::Step<"update-all", update_all, restore_all>);
