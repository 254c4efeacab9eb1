// The plugin: the methods of gantry.erp/1, each the connector's.
#include "connector.hpp"

#include <gantry/erp.hpp>
#include <gantry/plugin.hpp>

namespace erp_odata {

class ErpOdata {
public:
    explicit ErpOdata(const json& options) : connector_(std::make_unique<Connector>(options)) {}

    void ping(Call& call) { connector_->ping(call); }
    json describe(Call& call, const json& input) { return connector_->describe(call, input); }
    json retrieve(Call& call, const json& input) { return connector_->retrieve(call, input); }
    json update(Call& call, const json& input) { return connector_->update(call, input); }
    json snapshot(Call& call, const json& input) { return connector_->snapshot(call, input); }
    json restore(Call& call, const json& input) { return connector_->restore(call, input); }

private:
    std::unique_ptr<Connector> connector_;  // has a mutex, and a plugin is moved into place
};

}  // namespace erp_odata

using erp_odata::ErpOdata;

GANTRY_PLUGIN(ErpOdata, gantry::ErpV1);
