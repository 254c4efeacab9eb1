// The plugin: the methods of gantry.erp/1, each handed to the ledger with the call's key.
#include <gantry/plugin.hpp>

#include "ledger.hpp"

namespace erp_ledger {

using gantry::Call;

class ErpLedger {
public:
    explicit ErpLedger(const json& options) : ledger_(options) {}

    void ping(Call&) { ledger_.ping(); }
    json describe(Call&, const json&) { return ledger_.describe(); }
    json retrieve(Call&, const json& input) { return ledger_.retrieve(input); }
    json snapshot(Call&, const json& input) { return ledger_.snapshot(input); }
    json changes(Call&, const json& input) { return ledger_.changes(input); }
    json backup(Call&, const json& input) { return ledger_.backup(input); }
    json update(Call& call, const json& input) {
        return ledger_.update(call.idempotency_key(), input);
    }
    json create(Call& call, const json& input) {
        return ledger_.create(call.idempotency_key(), input);
    }
    json restore(Call& call, const json& input) {
        return ledger_.restore(call.idempotency_key(), input);
    }

private:
    Ledger ledger_;
};

}  // namespace erp_ledger

using erp_ledger::ErpLedger;
using gantry::Method;

GANTRY_PLUGIN(ErpLedger, gantry::Serves<"gantry.erp/1", Method<"describe", &ErpLedger::describe>,
                                        Method<"retrieveProductErpDetails", &ErpLedger::retrieve>,
                                        Method<"updateProductErpData", &ErpLedger::update>,
                                        Method<"snapshotProduct", &ErpLedger::snapshot>,
                                        Method<"restoreProduct", &ErpLedger::restore>,
                                        Method<"createProductErpData", &ErpLedger::create>,
                                        Method<"listProductErpChanges", &ErpLedger::changes>,
                                        Method<"backupTo", &ErpLedger::backup>>);
