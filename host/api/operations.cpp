// A person names a run by the end of its id.
#include "api/operations.hpp"

namespace gantry::host {

std::string Operations::whole_id(const std::string& id_end) {
    RunQuery query;
    query.id_end = id_end;
    query.limit = 2;
    const auto found = runs(query).at("workflow_executions");
    if (found.empty()) throw Error(GANTRY_E_NOT_FOUND, "Run with id: " + id_end + " was not found");
    if (found.size() > 1) {
        throw Error(GANTRY_E_INVALID_DATA,
                    "more than one run has an id that ends in " + id_end + "; give more of it");
    }
    return found.front().at("run_id");
}

}  // namespace gantry::host
