// Name → service. Modules are made from the configuration, started in order of their requirements,
// and called by name.
#pragma once

#include "plugin/catalog.hpp"
#include "plugin/module.hpp"

namespace gantry::host {

class Container {
public:
    /// Loads what `config` names and checks it all; mistakes are added to `problems`. A module
    /// whose plugin cannot be had is left out. Runs no plugin code but the entry.
    Container(const Config& config, Pool& pool, Timers& timers, Log& log, Problems& problems);
    ~Container();  // ends what is started
    Container(const Container&) = delete;
    Container& operator=(const Container&) = delete;

    /// Starts these modules and all they require, each after what it requires, those of one level
    /// at once; all modules when `names` is empty. One that cannot start is logged and tried again
    /// from time to time, unless its error is of class CONFIG: then it is in the returned text.
    std::string start(const std::vector<std::string>& names);
    /// Ends all, in the reverse order. No call may be under way.
    void stop();

    /// By name or alias. Throws Error NOT_FOUND with the nearest name.
    Module& module(std::string_view name) const;
    /// In the order written.
    std::vector<Module*> modules() const;

    /// Modules that are not started, with the reason; empty when all is well.
    std::map<std::string, std::string> not_ready() const;

    /// A call from a plugin, on its thread: `name` is one its manifest requires.
    CallEnd call_from(const Module& from, const std::shared_ptr<ActiveCall>& caller,
                      std::string_view name, std::string_view method, std::string_view input,
                      std::string_view key);

    /// A call from outside of any plugin: waits for the answer. `key`: of a write. Throws Error
    /// NOT_FOUND with the nearest name for a service or method that is none.
    CallEnd call(std::string_view name, std::string_view method, std::string_view input,
                 std::string key, std::chrono::milliseconds timeout);

private:
    void add(const Config& config, std::size_t index, Problems& problems);
    void bind(const Config& config, Module& module, std::size_t index, Problems& problems);
    void order(const Config& config, Problems& problems);
    CallEnd call_method(Module& target, std::string_view method, std::string_view input,
                        const std::shared_ptr<ActiveCall>& call);
    void start_one(Module& module);
    void try_again(Module& module);

    Pool& pool_;
    Timers& timers_;
    Log& log_;
    Catalog catalog_;
    Calls calls_;
    std::vector<std::unique_ptr<Module>> modules_;
    std::map<std::string, Module*, std::less<>> by_name_;  // aliases too
    std::vector<std::vector<Module*>> levels_;             // each requires only earlier ones
    std::mutex control_;                                   // one create or end at a time per host
    bool stopped_ = false;
};

}  // namespace gantry::host
