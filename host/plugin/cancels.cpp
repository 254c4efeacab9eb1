// Each one is a call of the plugin like any other: watched, and given up.
#include "plugin/cancels.hpp"

#include "plugin/module.hpp"

#include <utility>

namespace gantry::host {

void Cancels::tell(const std::shared_ptr<ActiveCall>& call) {
    std::vector<std::shared_ptr<ActiveCall>> inner;
    {
        const std::lock_guard lock(call->mutex);
        inner = call->inner;
    }
    for (const auto& one : inner) tell_one(one);
    tell_one(call);
}

void Cancels::tell_one(const std::shared_ptr<ActiveCall>& call) {
    if (call->module == nullptr || call->module->library().table().cancel == nullptr) return;
    try {
        // A name of its own: it frees threads of the module.
        const auto name = call->module->name() + " cancel";
        threads_.submit(
            name, name,
            [this, call, goes_on = call->returned.load(),
             one = under_way_.one()](const auto& thread) {
                // What has returned needs no telling, unless it went on without.
                if (goes_on || !call->returned) cancel(call, thread);
            },
            /*ends_others=*/true);
    } catch (const std::exception&) {  // NOLINT: no memory or thread; its heartbeats will say so
    }
}

void Cancels::cancel(const std::shared_ptr<ActiveCall>& call,
                     const std::shared_ptr<FairThreads::Hold>& thread) {
    const Module& module = *call->module;
    auto* instance = module.instance();
    if (instance == nullptr) return;
    const auto telling = std::make_shared<ActiveCall>();
    telling->what = "cancel";
    telling->run_id = call->run_id;
    telling->thread = thread;
    Watch watch(timers_, stuck_, {telling, &module, settings_.grace}, {});
    watch.begin(settings_.debug ? Timers::kNever : Timers::Clock::now());
    auto running = module.running(*call);
    running.within = std::exchange(running.what, "cancel");
    {
        const InFlight::Mark mark(in_flight_, running);
        module.library().table().cancel(instance, call->number);
    }
    watch.returned();
}

}  // namespace gantry::host
