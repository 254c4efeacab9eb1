// Definitions with what the plugins of this host say of their steps.
#pragma once

#include "flow/misfit.hpp"
#include "flow/saga.hpp"
#include "store/store.hpp"

#include <mutex>
#include <unordered_map>

namespace gantry::host {

/// A workflow that runs can be started of.
struct Workflow {
    std::shared_ptr<const Plan> plan;
    std::optional<Schema> schema;  // of its input; nothing: any
    std::string pins;              // see pins_of
};

class Plans {
public:
    /// Both outlive it.
    Plans(Store& store, const Steps& steps) : store_(store), steps_(steps) {}

    /// Makes a workflow known under its name; all of them before the first other call. Null schema:
    /// any input.
    void add(Plan plan, const json& input_schema);

    /// In order of their names. [any]
    std::vector<const Workflow*> all() const;
    /// Throws Error NOT_FOUND with the nearest name. [any]
    const Workflow& workflow(const std::string& name) const;

    /// What a run goes on by in this host.
    struct Fit {
        std::shared_ptr<const Plan> plan;
        Misfit misfit;  // why it cannot go on here
    };
    /// Of the definition that the run began with. On a thread that may block. Throws Error CONFIG
    /// when the store has no such definition, or none that this program can read.
    Fit of_run(const RunRow& run);

private:
    std::shared_ptr<const Plan> old_plan(const std::string& hash);

    Store& store_;
    const Steps& steps_;
    std::unordered_map<std::string, Workflow> workflows_;  // by name
    std::mutex mutex_;
    std::unordered_map<std::string, std::shared_ptr<const Plan>> old_;  // by hash
};

}  // namespace gantry::host
