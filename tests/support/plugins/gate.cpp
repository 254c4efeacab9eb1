// A service in front of another one of its interface: forwards every method, and kills the process
// before or after a named one for as long as a marker file exists (each kill uses one up), or keeps
// all who call it waiting.
#include <gantry/plugin.hpp>

#include <unistd.h>
#include <csignal>
#include <thread>

namespace {

using gantry::Call;
using gantry::json;

class Gate {
public:
    /// `options`: {"kill": "before:METHOD" or "after:METHOD", "marker": "PATH"}, both or neither;
    /// {"sleep_ms": N} before each method but `describe`, whoever cancels the call.
    explicit Gate(const json& options)
        : kill_(options.value("kill", "")),
          marker_(options.value("marker", "")),
          sleep_(options.value("sleep_ms", 0)) {}

    json forward(Call& call, const std::string& method, const json& input) const {
        if (method != "describe") std::this_thread::sleep_for(sleep_);
        die_at("before:" + method);
        json answer = call.resolve("inner").call(method, input);
        die_at("after:" + method);
        return answer;
    }

private:
    // Of several threads only the one that removes the marker kills.
    void die_at(const std::string& point) const {
        if (point == kill_ && unlink(marker_.c_str()) == 0) std::raise(SIGKILL);
    }

    std::string kill_;
    std::string marker_;
    std::chrono::milliseconds sleep_;
};

template <gantry::Name kName>
json forward(Gate& gate, Call& call, const json& input) {
    return gate.forward(call, std::string(gantry::view(kName.str())), input);
}

template <gantry::Name kName>
using Forward = gantry::Method<kName, &forward<kName>>;

}  // namespace

// The methods of both interfaces; the manifest says which of them this build offers.
GANTRY_PLUGIN(
    Gate, gantry::Serves<GATE_INTERFACE, Forward<"describe">, Forward<"retrieveProductErpDetails">,
                         Forward<"updateProductErpData">, Forward<"createProductErpData">,
                         Forward<"listProductErpChanges">, Forward<"snapshotProduct">,
                         Forward<"restoreProduct">, Forward<"retrieveProduct">,
                         Forward<"listProducts">, Forward<"createProducts">,
                         Forward<"updateProducts">, Forward<"deleteProducts">>);
