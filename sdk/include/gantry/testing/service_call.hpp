// A call of a service: checked and keyed as the host does it, then answered by the script.
#pragma once

#include <gantry/testing/interface.hpp>
#include <gantry/testing/payload.hpp>
#include <gantry/testing/request.hpp>

namespace gantry::testing::detail {

inline json call_service(Host& host, const json& manifest, ActiveCall& call,
                         const gantry_service_request& request) {
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
    const auto* interface = known_interface(required->value("interface", ""));
    const bool is_known = interface == nullptr || interface->contains(method);
    const bool writes = interface != nullptr && is_known ? interface->find(method)->second
                                                         : !service.is_read(method);
    const auto now = host.clock().now();
    const auto deadline = now + rules::left_for_others(call.deadline - now);
    if (deadline <= now) {
        throw Error(GANTRY_E_DEADLINE, "no time is left to call " + each, GANTRY_EF_NOT_APPLIED);
    }
    rules::check_key_part(view(request.key));
    std::string key;
    if (writes) {
        key = call.admit({"", each, "called the write method " + each, view(request.key)});
    }
    if (!is_known) {
        throw Error(GANTRY_E_UNSUPPORTED,
                    "service \"" + name + "\" has no method \"" + method + "\"",
                    GANTRY_EF_NOT_APPLIED);
    }
    if (const auto fault = payload_fault(view(request.input), rules::kServicePayload)) {
        const auto code = fault->too_large ? GANTRY_E_TOO_LARGE : GANTRY_E_INVALID_DATA;
        throw Error(code, each + ": the input " + fault->why, GANTRY_EF_NOT_APPLIED);
    }
    const ServiceCall arrived{name, method, json::parse(view(request.input)), key, deadline - now};
    const auto turn = service.take(arrived);
    if (!turn) {
        not_scripted(call, each,
                     "host.service(\"" + name + "\").answers(\"" + method + "\", {...})");
    }
    return happen(host, call, *turn, arrived, {each, writes, GANTRY_EF_MAYBE_APPLIED, deadline});
}

}  // namespace gantry::testing::detail
