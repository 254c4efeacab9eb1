// create() is a call like any other: it has a number, and ends in complete().
#include "plugin/module.hpp"

#include "plugin/container.hpp"

namespace gantry::host {
namespace {

constexpr const char* kNotStarted = "it was not started";

}  // namespace

Module::Module(const ModuleConfig& config, const Library& library, Container& container,
               Calls& calls, Log& log)
    : config_(config),
      library_(library),
      container_(container),
      calls_(calls),
      log_(log),
      http_policy_(config),
      secrets_(library.manifest().options, config.options),
      slots_(library.manifest().max_concurrency),
      host_(host_table(*this)),
      failure_(kNotStarted) {
    if (const auto& service = library.manifest().service) interface_ = interface_of(*service);
    for (const auto& step : library.manifest().steps) {
        if (!step.input.is_null()) step_inputs_.emplace(step.name, Schema(step.input));
    }
}

const Schema* Module::step_input(const std::string& step) const {
    const auto it = step_inputs_.find(step);
    return it == step_inputs_.end() ? nullptr : &it->second;
}

void Module::create(Timers& timers, std::function<void()> given_up) {
    if (failure() == kNotStarted) did_not_start("it is starting");
    const auto& settings = container_.settings();
    const auto call = std::make_shared<ActiveCall>();
    call->module = this;
    call->what = "create";
    call->late_counts = true;
    call->deadline = settings.deadline(settings.create_timeout);
    calls_.open(call);
    Watch::Told told;
    told.given_up = [this, given_up = std::move(given_up)] {
        did_not_start("its start did not return");
        given_up();
    };
    Watch watch(timers, container_.stuck(), {call, this, settings.grace}, std::move(told));
    watch.begin(call->deadline);
    const std::string options = config_.options.dump();
    gantry_instance* made = nullptr;
    {
        const InFlight::Mark mark(container_.in_flight(), running(*call));
        made = library_.table().create(&host_, call->number, str(options));
    }
    watch.returned();
    calls_.close(call, {{}, {}, Error(GANTRY_E_MISUSE, "create returned without completing")});
    std::optional<Error> error = call->end.error;
    if (!error && made == nullptr) {
        error = Error(GANTRY_E_MISUSE, "create succeeded without an instance");
    }
    if (error) {
        did_not_start(error->message());
        throw Error(*error);
    }
    instance_ = made;
}

void Module::end() {
    auto* instance = instance_.exchange(nullptr);
    if (instance == nullptr) return;
    did_not_start("it was stopped");
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

void Module::did_not_start(const std::string& why) {
    const std::lock_guard lock(mutex_);
    failure_ = why;
}

std::string Module::failure() const {
    const std::lock_guard lock(mutex_);
    return failure_;
}

}  // namespace gantry::host
