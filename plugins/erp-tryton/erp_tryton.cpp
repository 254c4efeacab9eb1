// The plugin: gantry.erp/1 for Tryton 6.0.
#include <gantry/erp.hpp>
#include <gantry/plugin.hpp>

#include "connector.hpp"

using erp_tryton::Connector;

GANTRY_PLUGIN(Connector, gantry::ErpV1);
