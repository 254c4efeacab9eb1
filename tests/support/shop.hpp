// The shop of the tests: a product module, an ERP, and the workflow that changes both.
#pragma once

#include "support/host_process.hpp"

namespace gantry::test {

/// Modules product, erp, catalog; the route POST /store/products/{id}/erp; port 0; data/.
json shop_config();

/// The same with a gate in front of both services; the one of `gate`, "product" or "erp", kills the
/// host at `point`, "before:METHOD" or "after:METHOD", when the file `marker` is there.
json gated_shop_config(const std::filesystem::path& marker, const std::string& gate,
                       const std::string& point);

/// The same with the plugin that misbehaves. `workflows/*.json` are its workflows, see
/// add_workflow.
json misbehaving_shop_config();

/// Writes a workflow of these steps, before the host starts.
void add_workflow(const HostProcess& host, const std::string& name, const json& steps);

/// A copy without the members of this name, at any depth.
json without(const json& value, const std::string& name);

/// What a rollback has to bring back: the product's snapshot and view, apart from its change times,
/// and all of the ERP's snapshot.
json state_of(const HostProcess& host, const std::string& product);

/// POST /store/products/{id}/erp
HttpResponse update(const HostProcess& host, const std::string& product, const json& changes,
                    HttpHeaders headers = {});

/// POST …/{workflow}/run: the end of a run, or where it stands after a minute.
HttpResponse run_workflow(const HostProcess& host, const std::string& workflow, const json& input);

/// One that the ERP refuses for its length.
std::string long_title();

}  // namespace gantry::test
