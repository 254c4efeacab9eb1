// What the host counts, for Prometheus.
#include "api/api.hpp"

namespace gantry::host {

void add_metrics(Router& router, const std::shared_ptr<Api>& api) {
    router.add({.method = "GET",
                .pattern = "/metrics",
                .handler =
                    [api](const Request&, const Reply& reply) {
                        reply({200, api->parts.metrics.text(), {}, "text/plain; version=0.0.4"});
                    },
                .head = true});
}

}  // namespace gantry::host
