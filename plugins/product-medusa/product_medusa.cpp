// The plugin: gantry.product/1 for a running Medusa.
#include <gantry/plugin.hpp>

#include "connector.hpp"

using product_medusa::Connector;

template <gantry::Name kName, auto kFunction>
using Method = gantry::Method<kName, kFunction>;

GANTRY_PLUGIN(
    Connector,
    gantry::Serves<
        "gantry.product/1", Method<"retrieveProduct", &Connector::retrieve>,
        Method<"listProducts", &Connector::list>,
        Method<"listAndCountProducts", &Connector::list_and_count>,
        Method<"createProducts", &Connector::create>, Method<"updateProducts", &Connector::update>,
        Method<"deleteProducts", &Connector::remove>,
        Method<"snapshotProduct", &Connector::snapshot>,
        Method<"restoreProduct", &Connector::restore>, Method<"backupTo", &Connector::backup>>);
