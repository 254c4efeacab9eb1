// A person names a run by the end of its id.
#include "api/operations.hpp"

namespace gantry::host {

std::vector<std::pair<std::string, std::string>> RunQuery::words() const {
    std::vector<std::pair<std::string, std::string>> out{{"limit", std::to_string(limit)}};
    const auto add = [&](const char* name, const std::string& value) {
        if (!value.empty()) out.emplace_back(name, value);
    };
    add("workflow_id", workflow);
    add("state", state);
    add("since", since);
    add("waits_for", waits_for);
    add("needs_person", needs_person ? "true" : "");
    add("id_end", id_end);
    return out;
}

json Operations::find(const std::string& id_end) {
    if (id_end.empty()) {
        throw Error(GANTRY_E_INVALID_DATA, "which run? Give its id or an end of it");
    }
    RunQuery query;
    query.id_end = id_end;
    query.limit = 2;
    auto found = runs(query).at("workflow_executions");
    if (found.empty()) throw Error(GANTRY_E_NOT_FOUND, "Run with id: " + id_end + " was not found");
    if (found.size() > 1) {
        throw Error(GANTRY_E_INVALID_DATA,
                    "more than one run has an id that ends in " + id_end + "; give more of it");
    }
    return std::move(found.front());
}

std::string Operations::naming(const std::string& run_id, const std::string& body) {
    return R"({"transaction_id":)" + json(run_id).dump() + "," + body.substr(body.find('{') + 1);
}

}  // namespace gantry::host
