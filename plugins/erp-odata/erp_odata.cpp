// The plugin: gantry.erp/1 for OData services.
#include "connector.hpp"

#include <gantry/erp.hpp>
#include <gantry/plugin.hpp>

using erp_odata::Connector;

GANTRY_PLUGIN(Connector, gantry::ErpV1);
