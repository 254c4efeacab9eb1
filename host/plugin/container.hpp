// Name → service. Modules are made from the configuration, started in order of their requirements,
// and called by name.
#pragma once

#include "plugin/cancels.hpp"
#include "plugin/catalog.hpp"
#include "plugin/module.hpp"
#include "plugin/starts.hpp"

namespace gantry::host {

struct CallSettings {
    /// How long a plugin's function may take to return once its call is late.
    std::chrono::milliseconds grace{10'000};
    /// How long a module may take to start; it has the grace on top.
    std::chrono::milliseconds create_timeout{30'000};
    /// For a debugger: steps and modules that start take as long as they like, also without
    /// heartbeats, and modules start one after the other.
    bool debug = false;

    /// Of a call that begins now and may take `time`.
    Timers::Clock::time_point deadline(std::chrono::milliseconds time) const {
        return debug ? Timers::Clock::time_point::max() : Timers::Clock::now() + time;
    }
};

class Container {
public:
    /// Loads what `config` names and checks it all; mistakes are added to `problems`. A module
    /// whose plugin cannot be had is left out. Runs no plugin code but the entry. Steps and pings
    /// run on `plugins`, and nothing else does. That and the timers are stopped before it goes.
    Container(const Config& config, Pool& plugins, Timers& timers, Log& log, Problems& problems,
              CallSettings settings = {}, LoadSettings loads = {});
    /// Ends what is started. Waits, for as long as it takes, for plugin functions that have not
    /// returned: where stop() was false the process ends by _exit, or waits here.
    ~Container();
    Container(const Container&) = delete;
    Container& operator=(const Container&) = delete;

    /// Starts these modules and all they require, each after what it requires, all others at once;
    /// all modules when `names` is empty. Returns when each runs, has failed or was given up. One
    /// that cannot start is logged and tried again from time to time, unless its error is of class
    /// CONFIG: then it is in the returned text.
    std::string start(const std::vector<std::string>& names);
    /// A start() under way returns at once, and no module is started any more. A create that has
    /// not returned is left behind: stop() is false until it has. [any]
    void interrupt() { starts_.interrupt(); }
    /// Ends all, in the reverse order. No step may be under way. Waits for nothing: false, and
    /// nothing is ended, while a create, a ping or a cancel has not returned; no module starts any
    /// more either way.
    bool stop();

    /// By name or alias. Throws Error NOT_FOUND with the nearest name.
    Module& module(std::string_view name) const;
    /// In the order written.
    std::vector<Module*> modules() const;

    /// Names and aliases of modules whose plugin cannot be had: what they would bring is not known.
    const std::vector<std::string>& left_out() const { return left_out_; }

    /// Modules that are not started, with the reason; empty when all is well.
    std::map<std::string, std::string> not_ready() const;

    /// What is wrong when `module` reaches the service of module `target` under the name `required`
    /// of its manifest; each line a problem. [any]
    std::vector<std::string> problems_of_binding(const Module& module, const std::string& required,
                                                 const std::string& target) const;

    /// The method of that service, by the global name. Throws Error NOT_FOUND with the nearest name
    /// for a service or a method that is none, UNSUPPORTED for a module without a service.
    const InterfaceMethod& method(std::string_view service, std::string_view method) const;

    /// A call from a plugin, on its thread: `name` is one its manifest requires. UNSUPPORTED where
    /// that is optional and nobody serves it. With an empty method it is only asked whether
    /// somebody does.
    CallEnd call_from(const Module& from, const std::shared_ptr<ActiveCall>& caller,
                      std::string_view name, std::string_view method, std::string_view input,
                      std::string_view key);

    /// A call by the host itself within `caller`, on this thread; `name` is the service's global
    /// one. Everything else is as for a plugin's. `slot`: of the service's module, where one is
    /// held already.
    CallEnd call_within(const std::shared_ptr<ActiveCall>& caller, std::string_view name,
                        std::string_view method, std::string_view input,
                        std::shared_ptr<SlotHold> slot = nullptr);

    /// A call from outside of any plugin: waits for the answer. `key`: of a write. Throws Error
    /// NOT_FOUND with the nearest name for a service or method that is none.
    CallEnd call(std::string_view name, std::string_view method, std::string_view input,
                 std::string key, std::chrono::milliseconds timeout);
    /// The same on a thread for plugins, which `then` comes on, too. Throws at once what call()
    /// throws. [any]
    void call(const std::string& name, const std::string& method, std::string input,
              std::string key, std::chrono::milliseconds timeout,
              std::function<void(CallEnd)> then);

    /// Asks the module whether its system is reached. `then` gets once, after `timeout` at the
    /// latest, no error or why not: UNSUPPORTED where its plugin has nothing to reach, UNAVAILABLE
    /// where it does not run or its last ping has not returned, DEADLINE. It is told at once, on a
    /// thread for plugins, or the timer's. [any]
    void ping(Module& target, std::chrono::milliseconds timeout, std::function<void(CallEnd)> then);
    /// Waits for pings and cancels under way; false: one does not return.
    bool pings_ended(std::chrono::milliseconds within);

    const CallSettings& settings() const { return settings_; }
    /// Where calls are marked from now on; it outlives the container. Before any is made.
    void mark_calls_in(InFlight& in_flight) {
        in_flight_ = &in_flight;
        cancels_.mark_calls_in(in_flight);
    }
    /// Null: nowhere.
    InFlight* in_flight() const { return in_flight_; }
    /// Calls that did not come back.
    Stuck& stuck() { return stuck_; }
    /// The threads that plugin functions run on.
    FairThreads& threads() { return threads_; }
    Cancels& cancels() { return cancels_; }
    /// What modules send their requests by.
    HttpClient& http() { return http_; }

private:
    void add(const Config& config, std::size_t index, LoadWatch& watch, Problems& problems);
    void bind(const Config& config, Module& module, std::size_t index, Problems& problems);
    void order(const Config& config, Problems& problems);
    /// A nested call. `from`: who calls; `name`: how the service is called there.
    struct Nested {
        const std::shared_ptr<ActiveCall>& caller;
        std::string from;
        Module& target;
        std::string_view name, method, input, key;
    };
    CallEnd call_nested(const Nested& nested, std::shared_ptr<SlotHold> slot);
    CallEnd call_method(Module& target, std::string_view method, std::string_view input,
                        const std::shared_ptr<ActiveCall>& call, std::shared_ptr<SlotHold> slot);
    /// `function` runs in a slot of the module, within `call`; `who` it is, for errors.
    CallEnd run_function(Module& target, const std::string& who,
                         const std::shared_ptr<ActiveCall>& call, std::shared_ptr<SlotHold> slot,
                         const std::function<void(gantry_instance*)>& function);
    /// `work` does `call` on this thread, which is written off when it does not come back.
    Module& checked(std::string_view name, std::string_view method) const;
    CallEnd watched(const Module& target, const std::shared_ptr<ActiveCall>& call,
                    Timers::Clock::time_point deadline, const std::function<CallEnd()>& work);
    void ping_again(Module& target, std::chrono::milliseconds timeout,
                    std::function<void(CallEnd)> then);

    Timers& timers_;
    Log& log_;
    const CallSettings settings_;
    Catalog catalog_;
    Calls calls_;
    Stuck stuck_;
    FairThreads threads_;
    Cancels cancels_;
    HttpClient http_;
    InFlight* in_flight_ = nullptr;
    std::vector<std::unique_ptr<Module>> modules_;
    std::map<std::string, Module*, std::less<>> by_name_;  // aliases too
    std::vector<std::string> left_out_;
    std::vector<std::vector<Module*>> levels_;  // each requires only earlier ones
    UnderWay pings_;
    Starts starts_;
};

}  // namespace gantry::host
