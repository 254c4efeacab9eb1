// The plugin: the methods of gantry.product/1, each handed to the catalogue with the call's key.
#include <gantry/plugin.hpp>

#include "catalogue.hpp"

namespace catalogue {

using gantry::Call;

class ProductPlugin {
public:
    explicit ProductPlugin(const json& options) : catalogue_(options) {}

    json retrieve(Call&, const json& input) { return catalogue_.retrieve(input); }
    json list(Call&, const json& input) { return catalogue_.list(input); }
    json snapshot(Call&, const json& input) { return catalogue_.snapshot(input); }
    json create(Call& call, const json& input) {
        return catalogue_.create(call.idempotency_key(), input);
    }
    json update(Call& call, const json& input) {
        return catalogue_.update(call.idempotency_key(), input);
    }
    json remove(Call& call, const json& input) {
        return catalogue_.remove(call.idempotency_key(), input);
    }
    json restore(Call& call, const json& input) {
        return catalogue_.restore(call.idempotency_key(), input);
    }

private:
    Catalogue catalogue_;
};

}  // namespace catalogue

using catalogue::ProductPlugin;
using gantry::Method;

GANTRY_PLUGIN(
    ProductPlugin,
    gantry::Serves<"gantry.product/1", Method<"retrieveProduct", &ProductPlugin::retrieve>,
                   Method<"listProducts", &ProductPlugin::list>,
                   Method<"createProducts", &ProductPlugin::create>,
                   Method<"updateProducts", &ProductPlugin::update>,
                   Method<"deleteProducts", &ProductPlugin::remove>,
                   Method<"snapshotProduct", &ProductPlugin::snapshot>,
                   Method<"restoreProduct", &ProductPlugin::restore>>);
