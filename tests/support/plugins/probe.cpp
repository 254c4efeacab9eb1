// Tells what it sees. Every step and method takes a script, {"do": [action …]}, carries it out in
// order and answers what it saw and how each action went; what happened stays readable by "see".
#include <gantry/plugin.hpp>

#include <fcntl.h>
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
    /// `options`: {"refuse": CODE, "marker": "PATH"}, both or neither: create and ping fail with
    /// the code as long as the file is there, and each time uses it up. {"hang_create": FIFO},
    /// {"hang_ping": FIFO}, {"hang_cancel": FIFO}: that waits until somebody opens it to write.
    Probe(gantry::Host host, const json& options) : host_(host), options_(options) {
        hang_at("hang_create");
        refuse();
    }

    void ping(Call&) {
        refuse();
        hang_at("hang_ping");
    }

    /// The actions: {"call": {"service", "method", "input"?, "key"?}}, {"undo": any},
    /// {"fail": {"code", "flags"?}}, {"complete": any}, {"until_stopped": true} asks again and
    /// again, {"find": name}, {"until_cancelled": true} waits for the plugin's cancel, {"hang":
    /// FIFO} until somebody opens it to write, {"skip": true} answers that it had nothing to do.
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

    /// The host's cancel. [any]
    void cancel(gantry_call call) {
        {
            const std::lock_guard lock(mutex_);
            cancelled_.push_back(call);
            told_.notify_all();
        }
        hang_at("hang_cancel");
    }

    json see(Call& call) {
        const std::lock_guard lock(mutex_);
        return {{"key", call.idempotency_key()},
                {"seen", seen_},
                {"most_inside", most_inside_},
                {"cancelled", cancelled_.size()}};
    }

private:
    static bool hang(const std::string& fifo) {
        const int fd = open(fifo.c_str(), O_RDONLY | O_CLOEXEC);
        if (fd >= 0) close(fd);
        return fd >= 0;
    }

    void hang_at(const char* option) const {
        if (options_.contains(option)) hang(options_.at(option).get<std::string>());
    }

    void refuse() const {
        if (options_.contains("refuse") &&
            unlink(options_.at("marker").get<std::string>().c_str()) == 0) {
            throw Error(options_.at("refuse").get<gantry_status>(), "refused to start, as told");
        }
    }

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
        if (action.contains("until_cancelled")) return until_cancelled(call);
        if (action.contains("hang")) return {{"hung", hang(action.at("hang"))}};
        if (action.contains("skip")) return action;
        try {
            if (action.contains("undo")) {
                return {{"undo", call.record_undo([&] { return action.at("undo"); })}};
            }
            if (action.contains("find")) {
                const auto found = call.find(action.at("find").get<std::string>());
                return {{"found", found.has_value()}};
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

    json until_cancelled(const Call& call) {
        std::unique_lock lock(mutex_);
        told_.wait_for(lock, 30s, [&] {
            return std::find(cancelled_.begin(), cancelled_.end(), call.id()) != cancelled_.end();
        });
        return {{"stopped", call.stopped()}, {"remaining_ms", call.remaining().count()}};
    }

    gantry::Host host_;
    const json options_;
    std::mutex mutex_;
    std::condition_variable told_;
    std::vector<gantry_call> cancelled_;
    json seen_ = json::array();
    int inside_ = 0;
    int most_inside_ = 0;
};

StepResponse invoke_now(Probe& probe, Call& call, const json& script) {
    auto seen = probe.look(call, "invoke", script);
    const auto& did = seen.at("did");
    const bool skips = !did.empty() && did.back().contains("skip");
    return skips ? StepResponse::skip(std::move(seen)) : StepResponse(std::move(seen));
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

// A step that returns without an answer: the script's "complete" gives it, or somebody outside.
struct Later {
    static constexpr gantry::Name kName{"later"};

    template <typename Self>
    static void GANTRY_CALL invoke(gantry_instance* self, const gantry_invocation* in) noexcept {
        auto& instance = gantry::detail::Instance<Self>::of(self);
        try {
            Call call(instance.host.table(), *in);
            instance.self.look(call, "later", json::parse(gantry::view(in->input)));
        } catch (const std::exception& e) {
            instance.host.error(e.what());
        }
    }

    template <typename Self>
    static constexpr gantry_step table{
        sizeof(gantry_step), 0, kName.str(), &invoke<Self>,
        &gantry::Step<"later", &invoke_now, &compensate>::template compensate<Self>};
};

void GANTRY_CALL cancel(gantry_instance* self, gantry_call call) noexcept {
    gantry::detail::Instance<Probe>::of(self).self.cancel(call);
}

// The methods of both interfaces; the manifest says which of them this build offers.
constexpr gantry_plugin kTable = [] {
    auto table = gantry::detail::PluginTable<
        Probe, gantry::Step<"probe", &invoke_now, &compensate>,
        gantry::Step<"careful", &invoke_now, &compensate>, Later,
        gantry::Serves<PROBE_INTERFACE, gantry::Method<"see", &see>, Look<"look">, Look<"put">,
                       gantry::Method<"describe", &see>, Look<"retrieveProductErpDetails">,
                       Look<"updateProductErpData">, Look<"snapshotProduct">,
                       Look<"restoreProduct">>>::table;
    table.cancel = &cancel;
    return table;
}();

}  // namespace

// GANTRY_PLUGIN, with a cancel.
extern "C" const gantry_plugin* GANTRY_CALL gantry_plugin_entry_v1(void) noexcept {
    return &kTable;
}
