// Tells what it sees. Every step and method takes a script, {"do": [action …]}, carries it out in
// order and answers what it saw and how each action went; what happened stays readable by "see".
#include <gantry/plugin.hpp>

#include <unistd.h>
#include <algorithm>
#include <condition_variable>
#include <mutex>

namespace {

using gantry::Call;
using gantry::Error;
using gantry::json;
using gantry::StepResponse;
using namespace std::chrono_literals;

json shown(const Error& e) {
    return {{"code", e.code()}, {"flags", e.flags()}, {"message", e.message()}};
}

class Probe {
public:
    /// `options`: {"refuse": CODE, "marker": "PATH"}, both or neither: create fails with the code
    /// as long as the file is there, and each time uses it up.
    Probe(gantry::Host host, const json& options) : host_(host) {
        if (options.contains("refuse") &&
            unlink(options.at("marker").get<std::string>().c_str()) == 0) {
            throw Error(options.at("refuse").get<gantry_status>(), "refused to start, as told");
        }
    }

    /// The actions: {"call": {"service", "method", "input"?, "key"?}}, {"undo": any},
    /// {"fail": {"code", "flags"?}}, {"complete": any}, {"until_stopped": true}.
    json look(Call& call, const std::string& what, const json& script) {
        json report = {{"key", call.idempotency_key()},
                       {"attempt", call.attempt()},
                       {"run", call.run_id()},
                       {"workflow", call.workflow()},
                       {"remaining_ms", call.remaining().count()},
                       {"did", json::array()}};
        {
            const std::lock_guard lock(mutex_);
            most_inside_ = std::max(most_inside_, ++inside_);
            seen_.push_back({{"what", what}, {"key", call.idempotency_key()}});
        }
        try {
            for (const auto& action : script.value("do", json::array())) {
                auto result = carry_out(call, action);
                const std::lock_guard lock(mutex_);
                seen_.push_back(result);
                report["did"].push_back(std::move(result));
            }
        } catch (...) {
            leave(what);
            throw;
        }
        leave(what);
        return report;
    }

    json see(Call& call) {
        const std::lock_guard lock(mutex_);
        return {{"key", call.idempotency_key()}, {"seen", seen_}, {"most_inside", most_inside_}};
    }

private:
    void leave(const std::string& what) {
        const std::lock_guard lock(mutex_);
        --inside_;
        seen_.push_back({{"left", what}});
    }

    json carry_out(Call& call, const json& action) {
        if (action.contains("fail")) {
            const auto& fail = action.at("fail");
            throw Error(fail.at("code").get<gantry_status>(), "failed as told",
                        fail.value("flags", 0U));
        }
        if (action.contains("complete")) return complete(call, action.at("complete").dump());
        if (action.contains("until_stopped")) return until_stopped(call);
        try {
            if (action.contains("undo")) {
                return {{"undo", call.record_undo([&] { return action.at("undo"); })}};
            }
            const auto& request = action.at("call");
            const auto service = request.at("service").get<std::string>();
            return call.resolve(service).call(request.at("method").get<std::string>(),
                                              request.value("input", json::object()),
                                              request.value("key", ""));
        } catch (const Error& e) {
            return shown(e);
        }
    }

    json complete(const Call& call, const std::string& output) const {
        const gantry_result result{sizeof result, 0, gantry::str(output), {}, nullptr};
        return {{"completed", host_.table().complete(&host_.table(), call.id(), &result)}};
    }

    static json until_stopped(const Call& call) {
        const auto end = std::chrono::steady_clock::now() + 30s;
        std::mutex mutex;
        std::condition_variable never;
        std::unique_lock lock(mutex);
        while (!call.stopped() && std::chrono::steady_clock::now() < end) never.wait_for(lock, 1ms);
        return {{"stopped", call.stopped()}};
    }

    gantry::Host host_;
    std::mutex mutex_;
    json seen_ = json::array();
    int inside_ = 0;
    int most_inside_ = 0;
};

StepResponse invoke(Probe& probe, Call& call, const json& script) {
    return probe.look(call, "invoke", script);
}

void compensate(Probe& probe, Call& call, const std::optional<json>& undo) {
    probe.look(call, "compensate", undo.value_or(json::object()));
}

json see(Probe& probe, Call& call, const json&) { return probe.see(call); }

template <gantry::Name kName>
json look(Probe& probe, Call& call, const json& script) {
    return probe.look(call, std::string(gantry::view(kName.str())), script);
}

template <gantry::Name kName>
using Look = gantry::Method<kName, &look<kName>>;

}  // namespace

// The methods of both interfaces; the manifest says which of them this build offers.
GANTRY_PLUGIN(
    Probe, gantry::Step<"probe", &invoke, &compensate>,
    gantry::Step<"careful", &invoke, &compensate>,
    gantry::Serves<PROBE_INTERFACE, gantry::Method<"see", &see>, Look<"look">, Look<"put">,
                   gantry::Method<"describe", &see>, Look<"retrieveProductErpDetails">,
                   Look<"updateProductErpData">, Look<"snapshotProduct">, Look<"restoreProduct">>);
