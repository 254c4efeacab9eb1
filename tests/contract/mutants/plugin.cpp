// A plugin that keeps the whole contract, and lets a mutant in at each of its functions.
#include <gantry/plugin.hpp>

#include "hooks.hpp"

#include <condition_variable>
#include <mutex>

namespace mutants {
namespace {

using gantry::Call;
using gantry::Error;
using gantry::json;
using gantry::StepResponse;
using namespace std::chrono_literals;

struct Reference {
    Reference(gantry::Host of, const json& options) : host(of) {
        if (!options.contains("greeting") || !options.at("greeting").is_string()) {
            throw Error(GANTRY_E_CONFIG, "option greeting: a text is wanted");
        }
        greeting = options.at("greeting");
    }

    gantry::Host host;
    std::string greeting;
};

std::string text(const json& input, const char* name) {
    const auto it = input.find(name);
    if (it == input.end() || !it->is_string()) {
        throw Error(GANTRY_E_INVALID_DATA, std::string(name) + ": a text is wanted",
                    GANTRY_EF_NOT_APPLIED);
    }
    return *it;
}

StepResponse rename(Reference& self, Call& call, const json& input) {
    const json id = text(input, "id");
    const json data = {{"title", text(input, "title")}};
    const auto erp = call.find("erp").value();
    call.record_undo([&] { return erp.call("snapshotProduct", {{"id", id}}); });
    auto output = erp.call("updateProductErpData", {{"id", id}, {"data", data}});
    output["greeting"] = self.greeting;
    call.log(GANTRY_LOG_INFO, "renamed", {{"id", id}});
    return output;
}

void take_back(Reference&, Call& call, const std::optional<json>& before) {
    if (!before) return;  // nothing was recorded, so nothing was changed
    const auto output = call.output();
    call.resolve("erp").call(
        "restoreProduct",
        {{"snapshot", *before}, {"written", output ? output->at("version") : json(nullptr)}});
}

StepResponse look(Reference& self, Call& call, const json& input) {
    const json id = text(input, "id");
    return json{{"greeting", self.greeting},
                {"found", call.resolve("erp").call("retrieveProductErpDetails", {{"id", id}})}};
}

// Works for input.ms, and says all the while that it is alive.
StepResponse work(Reference&, Call& call, const json& input) {
    const auto ms = input.find("ms");
    if (ms == input.end() || !ms->is_number_unsigned()) {
        throw Error(GANTRY_E_INVALID_DATA, "ms: a whole number is wanted", GANTRY_EF_NOT_APPLIED);
    }
    const auto end =
        std::chrono::steady_clock::now() + std::chrono::milliseconds(ms->get<unsigned>());
    std::mutex mutex;
    std::condition_variable never;
    std::unique_lock lock(mutex);
    while (std::chrono::steady_clock::now() < end) {
        call.heartbeat();
        never.wait_for(lock, 10ms);
    }
    return json{{"worked", *ms}};
}

// A step of the SDK's, called by way of the hook.
template <gantry::Name kName, auto kInvoke, auto kCompensate = nullptr>
struct HookedStep {
    using Real = gantry::Step<kName, kInvoke, kCompensate>;

    static void go(gantry_instance* self, const gantry_invocation* in, bool undo,
                   gantry_step_fn real) noexcept {
        if (kHooks.step == nullptr) return real(self, in);
        const auto& host = gantry::detail::Instance<Reference>::of(self).host.table();
        kHooks.step({gantry::view(kName.str()), undo, self, in, &host, real});
    }

    template <typename Self>
    static void GANTRY_CALL invoke(gantry_instance* self, const gantry_invocation* in) noexcept {
        go(self, in, false, &Real::template invoke<Self>);
    }

    template <typename Self>
    static void GANTRY_CALL compensate(gantry_instance* self,
                                       const gantry_invocation* in) noexcept {
        go(self, in, true, Real::template compensate_or_null<Self>());
    }

    template <typename Self>
    static constexpr gantry_step table{
        sizeof(gantry_step), 0, kName.str(), &invoke<Self>,
        std::is_null_pointer_v<decltype(kCompensate)> ? nullptr : &compensate<Self>};
};

using Real = gantry::detail::PluginTable<Reference, HookedStep<"rename", rename, take_back>,
                                         HookedStep<"look", look>, HookedStep<"long", work>>;

gantry_instance* GANTRY_CALL create(const gantry_host* host, gantry_call call,
                                    gantry_str options) noexcept {
    if (kHooks.host != nullptr) {
        auto* seen = new gantry_host(*host);  // for as long as the process: only in a mutant
        kHooks.host(*seen);
        host = seen;
    }
    return kHooks.create != nullptr ? kHooks.create(&Real::create, host, call, options)
                                    : Real::create(host, call, options);
}

void GANTRY_CALL stop(gantry_instance* self) noexcept {
    kHooks.stop != nullptr ? kHooks.stop(&Real::stop, self) : Real::stop(self);
}

void GANTRY_CALL destroy(gantry_instance* self) noexcept {
    kHooks.destroy != nullptr ? kHooks.destroy(&Real::destroy, self) : Real::destroy(self);
}

constexpr gantry_plugin kTable = [] {
    auto table = Real::table;
    table.create = &create;
    table.stop = &stop;
    table.destroy = &destroy;
    return table;
}();

}  // namespace
}  // namespace mutants

extern "C" const gantry_plugin* GANTRY_CALL gantry_plugin_entry_v1(void) noexcept {
    using mutants::kHooks;
    return kHooks.entry != nullptr ? kHooks.entry(mutants::kTable) : &mutants::kTable;
}
