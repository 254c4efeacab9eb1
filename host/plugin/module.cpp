// create() is a call like any other: it has a number, and ends in complete().
#include "plugin/module.hpp"

#include "plugin/container.hpp"

namespace gantry::host {
namespace {

constexpr auto kCreateTimeout = std::chrono::seconds(30);

}  // namespace

Module::Module(const ModuleConfig& config, const Library& library, Container& container,
               Calls& calls, Pool& pool, Log& log)
    : config_(config),
      library_(library),
      container_(container),
      calls_(calls),
      log_(log),
      http_policy_(config),
      secrets_(library.manifest().options, config.options),
      slots_(pool, library.manifest().max_concurrency),
      host_(host_table(*this)) {
    if (const auto& service = library.manifest().service) interface_ = interface_of(*service);
    for (const auto& step : library.manifest().steps) {
        if (!step.input.is_null()) step_inputs_.emplace(step.name, Schema(step.input));
    }
}

const Schema* Module::step_input(const std::string& step) const {
    const auto it = step_inputs_.find(step);
    return it == step_inputs_.end() ? nullptr : &it->second;
}

void Module::create() {
    const auto call = std::make_shared<ActiveCall>();
    call->module = this;
    call->what = "create";
    call->deadline = container_.settings().deadline(kCreateTimeout);
    calls_.open(call);
    const std::string options = config_.options.dump();
    gantry_instance* made = nullptr;
    {
        const InFlight::Mark mark(container_.in_flight(), running(*call));
        made = library_.table().create(&host_, call->number, str(options));
    }
    calls_.close(call, {{}, {}, Error(GANTRY_E_MISUSE, "create returned without completing")});
    std::optional<Error> error = call->end.error;
    if (!error && made == nullptr) {
        error = Error(GANTRY_E_MISUSE, "create succeeded without an instance");
    }
    const std::lock_guard lock(mutex_);
    if (error) {
        failure_ = error->message();
        throw Error(*error);
    }
    instance_ = made;
}

void Module::end() {
    auto* instance = instance_.exchange(nullptr);
    if (instance == nullptr) return;
    {
        const std::lock_guard lock(mutex_);
        failure_ = "it was stopped";
    }
    ActiveCall stop;
    stop.what = "stop";
    const InFlight::Mark mark(container_.in_flight(), running(stop));
    library_.table().stop(instance);
    library_.table().destroy(instance);
}

Running Module::running(ActiveCall& call) const {
    const bool nested = call.parent != nullptr;
    return {name(),
            manifest().id,
            manifest().version,
            call.what,
            nested ? std::string_view(call.outermost().what) : std::string_view(),
            call.run_id};
}

std::string Module::failure() const {
    const std::lock_guard lock(mutex_);
    return failure_;
}

}  // namespace gantry::host
