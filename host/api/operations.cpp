// A person names a run by the end of its id, which has no slash, or by its workflow and key.
#include "api/operations.hpp"

#include "base/describe.hpp"

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
    add("transaction_id", key);
    for (const auto& [name, value] : fields) out.emplace_back("field." + name, value);
    return out;
}

json Operations::find(const std::string& name) {
    if (name.empty()) {
        throw Error(GANTRY_E_INVALID_DATA,
                    "which run? Give its id or an end of it, or WORKFLOW/KEY");
    }
    RunQuery query;
    query.limit = 2;
    const auto slash = name.find('/');
    if (slash == std::string::npos) {
        query.id_end = name;
    } else {
        query.workflow = name.substr(0, slash);
        query.key = name.substr(slash + 1);
        if (query.workflow.empty() || query.key.empty()) {
            throw Error(GANTRY_E_INVALID_DATA,
                        "which run? Found " + in_quotes(name) + ", expected both of WORKFLOW/KEY");
        }
    }
    auto found = runs(query).at("workflow_executions");
    if (found.empty()) throw Error(GANTRY_E_NOT_FOUND, "Run " + in_quotes(name) + " was not found");
    if (found.size() > 1) {
        throw Error(GANTRY_E_INVALID_DATA,
                    "more than one run has an id that ends in " + name + "; give more of it");
    }
    return std::move(found.front());
}

std::string Operations::naming(const std::string& run_id, const std::string& body) {
    return R"({"transaction_id":)" + json(run_id).dump() + "," + body.substr(body.find('{') + 1);
}

}  // namespace gantry::host
