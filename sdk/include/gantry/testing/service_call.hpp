// A call of a service: checked and keyed as the host does it, then answered by the script.
#pragma once

#include <gantry/testing/interface.hpp>
#include <gantry/testing/request.hpp>

namespace gantry::testing::detail {

inline json call_service(Host& host, const json& manifest, ActiveCall& call,
                         const gantry_service_request& request) {
    constexpr std::chrono::milliseconds kLeastMargin{500};
    const std::string name(view(request.service));
    const std::string method(view(request.method));
    const std::string each = name + "." + method;
    const auto* required = entry_of(manifest, "requires", name);
    if (required == nullptr) {
        throw Error(GANTRY_E_MISUSE,
                    "plugin " + manifest.value("id", "?") + " does not require \"" + name +
                        "\" in its manifest",
                    GANTRY_EF_NOT_APPLIED);
    }
    if (required->value("optional", false) && !host.has_service(name)) {
        throw Error(GANTRY_E_UNSUPPORTED,
                    "no module serves \"" + name + "\", which is optional for plugin " +
                        manifest.value("id", "?"),
                    GANTRY_EF_NOT_APPLIED);
    }
    if (method.empty()) return nullptr;  // it was only asked whether it is served
    auto& service = host.service(name);
    bool writes = !service.is_read(method);
    if (const auto* known = known_interface(required->value("interface", ""))) {
        const auto it = known->find(method);
        if (it == known->end()) {
            throw Error(GANTRY_E_UNSUPPORTED,
                        "service \"" + name + "\" has no method \"" + method + "\"",
                        GANTRY_EF_NOT_APPLIED);
        }
        writes = it->second;
    }
    const auto left = call.deadline - host.clock().now();
    const auto deadline = call.deadline - std::max(left / 10, kLeastMargin);
    if (deadline <= host.clock().now()) {
        throw Error(GANTRY_E_DEADLINE, "no time is left to call " + each, GANTRY_EF_NOT_APPLIED);
    }
    ServiceCall arrived{name, method, json::parse(view(request.input), nullptr, false), "",
                        deadline - host.clock().now()};
    if (writes) arrived.key = call.key_of_write(each, view(request.key));
    if (arrived.input.is_discarded()) {
        throw Error(GANTRY_E_INVALID_DATA, each + ": the input is no JSON", GANTRY_EF_NOT_APPLIED);
    }
    const auto turn = service.take(arrived);
    if (!turn) {
        not_scripted(call, each,
                     "host.service(\"" + name + "\").answers(\"" + method + "\", {...})");
    }
    return happen(host, call, *turn, arrived, {each, writes, GANTRY_EF_MAYBE_APPLIED, deadline});
}

}  // namespace gantry::testing::detail
