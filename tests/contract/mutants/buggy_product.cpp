// The catalogue with a bug.
#include "buggy.hpp"

#include "catalogue.hpp"

namespace {

using mutants::Call;
using mutants::json;

class Product : public mutants::Buggy<catalogue::Catalogue> {
public:
    using Buggy::Buggy;

    json restore(Call& call, const json& input) {
        auto answer = Buggy::restore(call, input);
        const auto& snapshot = input.at("snapshot");
        if (!has("bystander") || !snapshot.at("exists").get<bool>()) return answer;
        for (const auto& one : store().list(json::object())) {
            if (one.at("id") == snapshot.at("id")) continue;
            store().update("", {{"id", one.at("id")}, {"data", {{"subtitle", "of another"}}}});
        }
        return answer;
    }

    json list(Call&, const json& input) { return store().list(input); }
    json create(Call& call, const json& input) {
        if (!has("create-once")) return store().create(call.idempotency_key(), input);
        auto another = input;
        for (auto& one : another["products"]) {
            one["handle"] = "handle-" + std::to_string(++handles_);
        }
        return store().create("", another);
    }
    json remove(Call& call, const json& input) {
        return store().remove(call.idempotency_key(), input);
    }

private:
    std::atomic<int> handles_{0};
};

}  // namespace

GANTRY_PLUGIN(
    Product,
    gantry::Serves<"gantry.product/1", gantry::Method<"retrieveProduct", &Product::retrieve>,
                   gantry::Method<"listProducts", &Product::list>,
                   gantry::Method<"createProducts", &Product::create>,
                   gantry::Method<"updateProducts", &Product::update>,
                   gantry::Method<"deleteProducts", &Product::remove>,
                   gantry::Method<"snapshotProduct", &Product::snapshot>,
                   gantry::Method<"restoreProduct", &Product::restore>>);
