// The ledger with a bug.
#include "buggy.hpp"

#include "ledger.hpp"

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
        return answer;
    }
};

}  // namespace

GANTRY_PLUGIN(Erp, gantry::Serves<"gantry.erp/1", gantry::Method<"describe", &Erp::describe>,
                                  gantry::Method<"retrieveProductErpDetails", &Erp::retrieve>,
                                  gantry::Method<"updateProductErpData", &Erp::update>,
                                  gantry::Method<"snapshotProduct", &Erp::snapshot>,
                                  gantry::Method<"restoreProduct", &Erp::restore>>);
