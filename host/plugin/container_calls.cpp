// A service call: checked, given its key, and run on the caller's thread.
#include "base/id.hpp"
#include "base/nearest.hpp"
#include "plugin/container.hpp"
#include "plugin/limits.hpp"
#include "plugin/writes.hpp"

#include <algorithm>
#include <future>

namespace gantry::host {
namespace {

constexpr auto kPingAgain = std::chrono::milliseconds(20);

std::string no_method(const Module& module, std::string_view method) {
    std::vector<std::string> known;
    for (const auto& [name, m] : module.interface()->methods) known.push_back(name);
    return "service \"" + module.name() + "\" has no method \"" + std::string(method) + "\"." +
           did_you_mean_or_known(method, known);
}

std::string no_service(const Module& module) {
    return "module \"" + module.name() + "\" offers no service";
}

std::string not_running(const Module& module) {
    return "module \"" + module.name() + "\" is not running: " + module.failure();
}

CallEnd refused(gantry_status code, std::string message) {
    return {{}, {}, Error(code, std::move(message), GANTRY_EF_NOT_APPLIED)};
}

}  // namespace

const InterfaceMethod& Container::method(std::string_view service, std::string_view method) const {
    const Module& target = module(service);
    if (target.interface() == nullptr) {
        throw Error(GANTRY_E_UNSUPPORTED, no_service(target), GANTRY_EF_NOT_APPLIED);
    }
    const auto it = target.interface()->methods.find(std::string(method));
    if (it != target.interface()->methods.end()) return it->second;
    throw Error(GANTRY_E_NOT_FOUND, no_method(target, method), GANTRY_EF_NOT_APPLIED);
}

CallEnd Container::call_from(const Module& from, const std::shared_ptr<ActiveCall>& caller,
                             std::string_view name, std::string_view method, std::string_view input,
                             std::string_view key) {
    const std::string required(name);
    const auto here = caller->bind.find(required);  // at this step alone
    if (here != caller->bind.end()) {
        return call_nested({caller, from.name(), *here->second, name, method, input, key}, nullptr);
    }
    const auto bound = from.bindings.find(required);
    if (bound == from.bindings.end()) {
        std::vector<std::string> known;
        for (const auto& [n, m] : from.bindings) known.push_back(n);
        return refused(GANTRY_E_MISUSE, "plugin " + from.manifest().id + " does not require \"" +
                                            required + "\" in its manifest." +
                                            did_you_mean_or_known(name, known));
    }
    return call_nested({caller, from.name(), *bound->second, name, method, input, key}, nullptr);
}

CallEnd Container::call_within(const std::shared_ptr<ActiveCall>& caller, std::string_view name,
                               std::string_view method, std::string_view input,
                               std::shared_ptr<SlotHold> slot) {
    if (caller->over) return refused(GANTRY_E_STALE, "this call is over");
    return call_nested({caller, "the host", module(name), name, method, input, {}},
                       std::move(slot));
}

CallEnd Container::call_nested(const Nested& nested, std::shared_ptr<SlotHold> slot) {
    const auto& caller = nested.caller;
    const std::string each = std::string(nested.name) + "." + std::string(nested.method);
    bool writes = true;
    if (const auto* interface = nested.target.interface()) {
        const auto it = interface->methods.find(std::string(nested.method));
        writes = it == interface->methods.end() || it->second.writes;
    }
    const auto call = std::make_shared<ActiveCall>();
    call->parent = caller;
    call->run_id = caller->run_id;
    call->workflow = caller->workflow;
    call->deadline = caller->nested_deadline();
    if (call->deadline <= Timers::Clock::now()) {
        return refused(GANTRY_E_DEADLINE, "no time is left to call " + each);
    }
    try {
        check_key_part(nested.key);
        if (writes) {
            call->key = admit_write(
                *caller, {nested.from, each, "called the write method " + each, nested.key});
        }
    } catch (const Error& e) {
        return {{}, {}, e};
    }
    auto end = call_method(nested.target, nested.method, nested.input, call, std::move(slot));
    if (writes) end_write(*caller, end.error);
    return end;
}

CallEnd Container::call(std::string_view name, std::string_view method, std::string_view input,
                        std::string key, std::chrono::milliseconds timeout) {
    Module& target = module(name);
    if (target.interface() != nullptr &&
        !target.interface()->methods.contains(std::string(method))) {
        throw Error(GANTRY_E_NOT_FOUND, no_method(target, method), GANTRY_EF_NOT_APPLIED);
    }
    const auto call = std::make_shared<ActiveCall>();
    call->key = key.empty() ? "call-" + make_id() : std::move(key);
    return watched(target, call, timeout,
                   [&] { return call_method(target, method, input, call, nullptr); });
}

void Container::ping(Module& target, std::chrono::milliseconds timeout,
                     std::function<void(CallEnd)> then) {
    const auto function = target.library().table().ping;
    if (target.instance() == nullptr) {
        return then(refused(GANTRY_E_UNAVAILABLE, not_running(target)));
    }
    if (function == nullptr) {
        return then(refused(GANTRY_E_UNSUPPORTED,
                            "plugin " + target.manifest().id + " has nothing to reach"));
    }
    if (target.pinging.exchange(true)) {  // one at a time: it takes its turn, for as long as it may
        if (timeout <= kPingAgain) {
            return then(
                refused(GANTRY_E_UNAVAILABLE, target.name() + ".ping has not returned yet"));
        }
        timers_.after(kPingAgain, [this, &target, timeout, then = std::move(then)] {
            ping(target, timeout - kPingAgain, then);
        });
        return;
    }
    {
        const std::lock_guard lock(pings_mutex_);
        ++pings_;
    }
    pool_.submit([this, &target, timeout, function, then = std::move(then)] {
        const auto call = std::make_shared<ActiveCall>();
        call->what = "ping";
        call->reads_only = true;
        auto end = watched(target, call, timeout, [&] {
            return run_function(target, target.name() + ".ping", call, nullptr,
                                [&](gantry_instance* self) { function(self, call->number); });
        });
        target.pinging = false;
        then(std::move(end));
        const std::lock_guard lock(pings_mutex_);
        --pings_;
        pings_ended_.notify_all();  // under the lock: the waiter may destroy us afterwards
    });
}

bool Container::pings_ended(std::chrono::milliseconds within) {
    std::unique_lock lock(pings_mutex_);
    return pings_ended_.wait_for(lock, within, [this] { return pings_ == 0; });
}

CallEnd Container::watched(Module& target, const std::shared_ptr<ActiveCall>& call,
                           std::chrono::milliseconds timeout,
                           const std::function<CallEnd()>& work) {
    call->deadline = Timers::Clock::now() + timeout;
    const auto watch = timers_.at(call->deadline + settings_.grace,
                                  [this, call, &target] { stuck_.give_up(*call, target); });
    const Pool::Blocking blocking(pool_);
    auto end = work();
    timers_.cancel(watch);
    stuck_.returned(*call, target);
    return end;
}

CallEnd Container::call_method(Module& target, std::string_view method, std::string_view input,
                               const std::shared_ptr<ActiveCall>& call,
                               std::shared_ptr<SlotHold> slot) {
    if (target.interface() == nullptr) return refused(GANTRY_E_UNSUPPORTED, no_service(target));
    const auto& methods = target.interface()->methods;
    const auto it = methods.find(std::string(method));
    if (it == methods.end()) {
        return refused(GANTRY_E_UNSUPPORTED, no_method(target, method));
    }
    try {
        check_json(input, kServicePayload);
    } catch (const Error& e) {
        return refused(e.code(), e.message());
    }
    if (it->second.input) {
        if (const auto bad = it->second.input->check(input); !bad.empty()) {
            return refused(GANTRY_E_INVALID_DATA,
                           target.name() + "." + std::string(method) + ": " + joined(bad));
        }
    }
    call->reads_only = !it->second.writes;
    if (call->reads_only) call->key.clear();
    call->is_method = true;
    call->what = "method " + std::string(method);
    const auto who = target.name() + "." + std::string(method);
    return run_function(target, who, call, std::move(slot), [&](gantry_instance* self) {
        gantry_invocation in{};
        in.struct_size = sizeof in;
        in.attempt = 1;
        in.call = call->number;
        in.workflow = str(call->workflow);
        in.run_id = str(call->run_id);
        in.idempotency_key = str(call->key);
        in.input = str(input);
        target.library().table().service->call(self, str(method), &in);
    });
}

CallEnd Container::run_function(Module& target, const std::string& who,
                                const std::shared_ptr<ActiveCall>& call,
                                std::shared_ptr<SlotHold> slot,
                                const std::function<void(gantry_instance*)>& function) {
    call->module = &target;
    if (slot == nullptr) {
        if (!target.slots().take(call->deadline)) {
            return refused(GANTRY_E_DEADLINE,
                           "service \"" + target.name() + "\" had no free slot in time");
        }
        slot = std::make_shared<SlotHold>(target.slots());
    }
    auto* instance = target.instance();
    if (instance == nullptr) {
        return refused(GANTRY_E_UNAVAILABLE, not_running(target));
    }
    auto& outermost = call->outermost();
    {
        const std::lock_guard lock(outermost.mutex);
        outermost.slots.push_back(slot);
    }
    calls_.open(call);
    {
        const InFlight::Mark mark(in_flight_, target.running(*call));
        function(instance);
    }
    slot->give_back();
    {
        const std::lock_guard lock(outermost.mutex);
        std::erase(outermost.slots, slot);
    }
    const auto unanswered = [&](gantry_status code, const char* what) {
        calls_.close(call, {{}, {}, Error(code, who + what, GANTRY_EF_MAYBE_APPLIED)});
    };
    if (call->late()) {
        unanswered(GANTRY_E_DEADLINE, " did not answer in time");
    } else {
        unanswered(GANTRY_E_MISUSE, " returned without completing its call");
    }
    const std::lock_guard lock(call->mutex);
    return std::move(call->end);
}

}  // namespace gantry::host
