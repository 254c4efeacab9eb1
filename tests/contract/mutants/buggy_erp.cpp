// The ledger with a bug.
#include "buggy.hpp"

#include "ledger.hpp"

#include <set>

namespace {

using mutants::Call;
using mutants::json;

class Erp : public mutants::Buggy<erp_ledger::Ledger> {
public:
    using Buggy::Buggy;

    json describe(Call&, const json&) {
        static std::atomic<int> times;
        auto answer = store().describe();
        if (has("describe")) answer["system"]["id"] = "system " + std::to_string(++times);
        for (auto& field : answer["fields"]) {
            if (has("field-types") && field.at("name") == "price") field["type"] = "integer";
            if (has("field-types-aside") && field.at("name") == "weight") field["type"] = "boolean";
            if (has("fields-described") && field.at("name") == "subtitle") field["name"] = "other";
        }
        if (has("fields-stubborn")) {
            answer["fields"].push_back(
                {{"name", "colour"}, {"type", "string"}, {"writable", true}, {"required", false}});
        }
        return answer;
    }

    // As of a system that numbers its records itself and finds them by ours.
    json retrieve(Call& call, const json& input) {
        try {
            return Buggy::retrieve(call, input);
        } catch (const mutants::Error&) {
            if (!has("create-once")) throw;
            return Buggy::retrieve(call, twin_of(input));
        }
    }

    json update(Call& call, const json& input) {
        auto answer = Buggy::update(call, input);
        if (has("create-once") && input.value("create", false) &&
            !made_.insert(std::string(call.idempotency_key())).second) {
            store().update("", twin_of(input));
        }
        if (!has("bystander")) return answer;
        // As a system does that is asked for all whose id begins so.
        const std::string id = input.at("id");
        const auto others = store().changes(json::object()).at("changes");
        for (const auto& one : others) {
            const std::string other = one.at("id");
            if (other == id || !other.starts_with(id)) continue;
            store().update("", {{"id", other}, {"data", input.at("data")}});
        }
        return answer;
    }

private:
    static json twin_of(json input) {
        input["id"] = input.at("id").get<std::string>() + " twin";
        return input;
    }

    std::set<std::string> made_;  // keys
};

}  // namespace

GANTRY_PLUGIN(Erp, gantry::Serves<"gantry.erp/1", gantry::Method<"describe", &Erp::describe>,
                                  gantry::Method<"retrieveProductErpDetails", &Erp::retrieve>,
                                  gantry::Method<"updateProductErpData", &Erp::update>,
                                  gantry::Method<"snapshotProduct", &Erp::snapshot>,
                                  gantry::Method<"restoreProduct", &Erp::restore>>);
