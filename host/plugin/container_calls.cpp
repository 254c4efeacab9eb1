// A service call: checked, given its key, and run on the caller's thread.
#include "base/id.hpp"
#include "base/may_block.hpp"
#include "base/nearest.hpp"
#include "plugin/container.hpp"
#include "plugin/limits.hpp"
#include "plugin/writes.hpp"

#include <algorithm>
#include <atomic>

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

// Who got a slot at the end of his time would be late with his call.
Timers::Clock::time_point half_way_to(Timers::Clock::time_point deadline) {
    if (deadline == Timers::Clock::time_point::max()) return deadline;
    const auto now = Timers::Clock::now();
    return now + (deadline - now) / 2;
}

/// A function of a service runs: its call and its slot are noted at the outermost call.
class Serving {
public:
    Serving(const std::shared_ptr<ActiveCall>& call, std::shared_ptr<SlotHold> slot)
        : call_(call), outermost_(call->outermost()), slot_(std::move(slot)) {
        const std::lock_guard lock(outermost_.mutex);
        outermost_.slots.push_back(slot_);
        if (call_->parent != nullptr) outermost_.inner.push_back(call_);
    }
    ~Serving() {
        slot_->give_back();
        const std::lock_guard lock(outermost_.mutex);
        std::erase(outermost_.slots, slot_);
        std::erase(outermost_.inner, call_);
        if (call_->parent != nullptr) call_->returned = true;
    }
    Serving(const Serving&) = delete;
    Serving& operator=(const Serving&) = delete;

private:
    const std::shared_ptr<ActiveCall>& call_;
    ActiveCall& outermost_;
    const std::shared_ptr<SlotHold> slot_;
};

/// A ping that was asked for: told once.
class Asked {
public:
    explicit Asked(std::function<void(CallEnd)> then) : then_(std::move(then)) {}
    void tell(CallEnd end) {
        if (!told_.exchange(true)) then_(std::move(end));
    }

private:
    const std::function<void(CallEnd)> then_;
    std::atomic<bool> told_{false};
};

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
    const auto& manifest = from.manifest();
    if (manifest.requirement(required) == nullptr) {
        std::vector<std::string> known;
        for (const auto& requirement : manifest.requirements) known.push_back(requirement.name);
        return refused(GANTRY_E_MISUSE, "plugin " + manifest.id + " does not require \"" +
                                            required + "\" in its manifest." +
                                            did_you_mean_or_known(name, known));
    }
    const auto here = caller->bind.find(required);  // at this step alone
    const auto bound = from.bindings.find(required);
    if (here == caller->bind.end() && bound == from.bindings.end()) {
        return refused(GANTRY_E_UNSUPPORTED, "no module serves \"" + required +
                                                 "\", which is optional for plugin " + manifest.id);
    }
    if (method.empty()) return {"null", {}, {}};
    Module& target = here != caller->bind.end() ? *here->second : *bound->second;
    return call_nested({caller, from.name(), target, name, method, input, key}, nullptr);
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
    call->is_nested = true;
    call->run_id = caller->run_id;
    call->workflow = caller->workflow;
    call->deadline = caller->nested_deadline();
    if (call->deadline <= Timers::Clock::now()) {
        return refused(GANTRY_E_DEADLINE, "no time is left to call " + each);
    }
    try {
        rules::check_key_part(nested.key);
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

// The module of that service, which has such a method.
Module& Container::checked(std::string_view name, std::string_view method) const {
    Module& target = module(name);
    if (target.interface() != nullptr &&
        !target.interface()->methods.contains(std::string(method))) {
        throw Error(GANTRY_E_NOT_FOUND, no_method(target, method), GANTRY_EF_NOT_APPLIED);
    }
    return target;
}

CallEnd Container::call(std::string_view name, std::string_view method, std::string_view input,
                        std::string key, std::chrono::milliseconds timeout) {
    Module& target = checked(name, method);
    const auto call = std::make_shared<ActiveCall>();
    call->key = key.empty() ? "call-" + make_id() : std::move(key);
    return watched(target, call, Timers::Clock::now() + timeout,
                   [&] { return call_method(target, method, input, call, nullptr); });
}

void Container::call(const std::string& name, const std::string& method, std::string input,
                     std::string key, std::chrono::milliseconds timeout,
                     std::function<void(CallEnd)> then) {
    Module& target = checked(name, method);
    const auto call = std::make_shared<ActiveCall>();
    call->key = key.empty() ? "call-" + make_id() : std::move(key);
    const auto deadline = Timers::Clock::now() + timeout;
    threads_.submit(target.name(), target.name(),
                    [this, &target, call, deadline, method, input = std::move(input),
                     then = std::move(then)](const auto& thread) {
                        call->thread = thread;
                        CallEnd end;
                        try {
                            end = watched(target, call, deadline, [&] {
                                return call_method(target, method, input, call, nullptr);
                            });
                        } catch (const std::exception& e) {
                            end.error = Error(GANTRY_E_UNAVAILABLE, e.what());
                        }
                        then(std::move(end));
                    });
}

void Container::ping(Module& target, std::chrono::milliseconds timeout,
                     std::function<void(CallEnd)> then) {
    if (target.instance() == nullptr) {
        return then(refused(GANTRY_E_UNAVAILABLE, not_running(target)));
    }
    if (target.library().table().ping == nullptr) {
        return then(refused(GANTRY_E_UNSUPPORTED,
                            "plugin " + target.manifest().id + " has nothing to reach"));
    }
    if (target.pinging.exchange(true)) return ping_again(target, timeout, std::move(then));
    const auto deadline = Timers::Clock::now() + timeout;
    const auto asked = std::make_shared<Asked>(std::move(then));
    const auto alarm = timers_.at(deadline, [asked, &target] {
        asked->tell(refused(GANTRY_E_DEADLINE, target.name() + ".ping did not answer in time"));
    });
    const auto over = [this, &target, alarm, asked](CallEnd end) {
        timers_.cancel(alarm);
        target.pinging = false;
        asked->tell(std::move(end));
    };
    const auto ask = [this, &target, deadline](const auto& thread) {
        const auto call = std::make_shared<ActiveCall>();
        call->what = "ping";
        call->reads_only = true;
        call->thread = thread;
        const auto function = target.library().table().ping;
        return watched(target, call, deadline, [&] {
            return run_function(target, target.name() + ".ping", call, nullptr,
                                [&](gantry_instance* self) { function(self, call->number); });
        });
    };
    try {
        threads_.submit(target.name(), target.name(),
                        [ask, over, one = pings_.one()](const auto& thread) {
                            CallEnd end;
                            try {
                                end = ask(thread);
                            } catch (const std::exception& e) {
                                end.error = Error(GANTRY_E_UNAVAILABLE, e.what());
                            }
                            over(std::move(end));
                        });
    } catch (const std::exception& e) {
        over(refused(GANTRY_E_UNAVAILABLE, target.name() + ".ping: " + e.what()));
    }
}

// One at a time: it takes its turn, for as long as it may.
void Container::ping_again(Module& target, std::chrono::milliseconds timeout,
                           std::function<void(CallEnd)> then) {
    if (timeout <= kPingAgain) {
        return then(refused(GANTRY_E_UNAVAILABLE, target.name() + ".ping has not returned yet"));
    }
    const auto until = Timers::Clock::now() + timeout;  // a timer that comes late takes its share
    timers_.after(kPingAgain, [this, &target, until, then = std::move(then)] {
        const auto left = until - Timers::Clock::now();
        ping(target, std::chrono::duration_cast<std::chrono::milliseconds>(left), then);
    });
}

bool Container::pings_ended(std::chrono::milliseconds within) {
    const auto until = Timers::Clock::now() + within;
    return pings_.none(until) && cancels_.ended(until);
}

CallEnd Container::watched(const Module& target, const std::shared_ptr<ActiveCall>& call,
                           Timers::Clock::time_point deadline,
                           const std::function<CallEnd()>& work) {
    about_to_block("a call of a service");
    call->deadline = deadline;
    Watch watch(timers_, stuck_, {call, &target, settings_.grace}, {});
    watch.begin(deadline);
    auto end = work();
    watch.returned();
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
        if (!target.slots().take(half_way_to(call->deadline))) {
            return refused(GANTRY_E_UNAVAILABLE,
                           "service \"" + target.name() + "\" had no free slot: it takes " +
                               std::to_string(target.library().manifest().max_concurrency) +
                               " calls at once, and all were taken for half of this one's time");
        }
        slot = std::make_shared<SlotHold>(target.slots());
    }
    auto* instance = target.instance();
    if (instance == nullptr) {
        return refused(GANTRY_E_UNAVAILABLE, not_running(target));
    }
    calls_.open(call);
    {
        const Serving serving(call, std::move(slot));
        const InFlight::Mark mark(in_flight_, target.running(*call));
        function(instance);
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
