// The fake host of <gantry/testing.hpp>. It knows the plugin as any other table.
#include "play.hpp"

#include <gantry/testing.hpp>

#include <dlfcn.h>

namespace gantry::test {
namespace {

using gantry::testing::CallOptions;
using gantry::testing::End;
using gantry::testing::Host;
using gantry::testing::Plugin;
using gantry::testing::ServiceCall;

const gantry_plugin& table() {
    auto* library = dlopen(GANTRY_TEST_PLUGINS "/odd-calls.so", RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) throw std::runtime_error(dlerror());
    using Entry = const gantry_plugin* (*)();
    return *reinterpret_cast<Entry>(dlsym(library, "gantry_plugin_entry_v1"))();
}

constexpr const char* kUrl = "http://127.0.0.1:1";

void script(Host& host) {
    for (const char* method : {"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"}) {
        auto& http = host.http();
        http.on(method, kUrl + std::string("/lost")).loses_reply();
        http.on(method, kUrl + std::string("/stall")).stalls();
        for (const int status : {408, 422, 500, 503}) {
            http.on(method, kUrl + ('/' + std::to_string(status))).status(status);
        }
        http.on(method, std::string(kUrl) + "/").status(200);
    }
    host.service("erp")
        .answers("snapshotProduct", nullptr)
        .answers("updateProductErpData", nullptr);
}

End call(Plugin& plugin, const Play& what) {
    CallOptions options;
    options.timeout = what.timeout;
    if (what.in == "step" || what.in == "careful") {
        return plugin.invoke(what.in, what.script, options);
    }
    if (what.in == "compensate") {
        plugin.invoke("step", {{"do", json::array()}});
        return plugin.compensate("step", what.script, options);
    }
    if (what.in == "put") options.key = "run-1/step/odd.put#1";
    return plugin.call(what.in, what.script, options);
}

}  // namespace

Played play(const Play& what) {
    Host host;
    script(host);
    json options = {{"url", kUrl}};
    if (what.in == "create") options["at_start"] = what.script.at("do");
    Plugin plugin(host, options, table());
    Played played;
    if (what.in != "create") {
        const auto end = call(plugin, what);
        if (end.error) played.ended = shown(*end.error);
    }
    played.did = plugin.call("see").output();
    for (const auto& request : host.http().requests()) {
        played.arrived.push_back(arrival(request.method, request.header("idempotency-key")));
    }
    for (const auto& one : host.service("erp").calls()) {
        played.arrived.push_back(arrival(one.method, one.key));
    }
    return played;
}

}  // namespace gantry::test
