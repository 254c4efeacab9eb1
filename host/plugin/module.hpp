// A configured instance of a plugin, named in the host's configuration.
#pragma once

#include "base/config.hpp"
#include "base/log.hpp"
#include "plugin/calls.hpp"
#include "plugin/http_policy.hpp"
#include "plugin/interface.hpp"
#include "plugin/library.hpp"
#include "plugin/running.hpp"
#include "plugin/secrets.hpp"
#include "plugin/slots.hpp"

namespace gantry::host {

class Container;

class Module {
public:
    /// `library`, `container` and the others outlive it. The interface is what its service answers.
    Module(const ModuleConfig& config, const Library& library, Container& container, Calls& calls,
           Log& log);
    Module(const Module&) = delete;
    Module& operator=(const Module&) = delete;

    /// Whose table that is.
    static const Module& of(const gantry_host& host) {
        return *static_cast<const Module*>(host.ctx);
    }

    const std::string& name() const { return config_.name; }
    const ModuleConfig& config() const { return config_; }
    const Library& library() const { return library_; }
    const Manifest& manifest() const { return library_.manifest(); }
    const Interface* interface() const { return interface_ ? &*interface_ : nullptr; }

    /// What the manifest says a step's input looks like; null: nothing.
    const Schema* step_input(const std::string& step) const;

    /// Required name → module; complete before create().
    std::map<std::string, Module*> bindings;

    /// Makes the instance, on this thread, which is written off when it does not come back: then
    /// `given_up` is told, on the timer's thread. What it makes afterwards counts all the same.
    /// Throws the error that the plugin gave. [control]
    void create(Timers& timers, std::function<void()> given_up);
    /// Ends it: stop and destroy. No call may be under way. [control]
    void end();

    /// Null until create() and after end().
    gantry_instance* instance() const { return instance_; }
    /// Why there is none.
    std::string failure() const;

    /// What runs while `call` is in a function of this module; as long as both live.
    Running running(ActiveCall& call) const;

    /// Calls that were given up and did not come back yet.
    mutable std::atomic<std::size_t> stuck{0};
    /// A ping of it is under way.
    std::atomic<bool> pinging{false};
    /// What the last ping that ended said of its system.
    enum class Reach { kNotAsked, kReached, kNotReached };
    std::atomic<Reach> reach{Reach::kNotAsked};

    Slots& slots() const { return slots_; }
    Container& container() const { return container_; }
    Calls& calls() const { return calls_; }
    Log& log() const { return log_; }
    const HttpPolicy& http_policy() const { return http_policy_; }
    const Secrets& secrets() const { return secrets_; }

private:
    void did_not_start(const std::string& why);

    const ModuleConfig config_;
    const Library& library_;
    Container& container_;
    Calls& calls_;
    Log& log_;
    const HttpPolicy http_policy_;
    const Secrets secrets_;
    std::optional<Interface> interface_;
    std::map<std::string, Schema> step_inputs_;
    mutable Slots slots_;
    gantry_host host_;
    std::atomic<gantry_instance*> instance_{nullptr};
    mutable std::mutex mutex_;
    std::string failure_;
};

/// The table that the module's plugin calls the host by; its ctx is the module.
gantry_host host_table(const Module& module);

/// The error a plugin reported, made safe: one line, at most 1 KiB, a class this host knows, none
/// of `secrets`.
Error plugin_error(const gantry_error& error, const Secrets& secrets);

}  // namespace gantry::host
