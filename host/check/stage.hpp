// A rig with an instance in it, and the contract's product as the contract has it: where most
// checks begin.
#pragma once

#include "check/action.hpp"

namespace gantry::host::check {

class Stage {
public:
    enum class Product { kPut, kLeave };

    /// `subject` outlives it. kPut: where the plugin itself keeps products, the contract's is made
    /// equal to its "data"; one of a real system is left as it is.
    explicit Stage(Subject& subject, Product product = Product::kPut);
    /// Ends the life of the instance. When a verdict is on its way the plugin is in no known state:
    /// it is left as it is then, and the process ends.
    ~Stage();
    Stage(const Stage&) = delete;
    Stage& operator=(const Stage&) = delete;

    Rig& rig() { return *rig_; }
    gantry_instance* instance() { return instance_; }
    Action action(const Scenario& scenario) { return {*rig_, instance_, scenario}; }

    /// Ends the life of the instance; only what the rig noted can be asked then.
    void end();
    /// Ends it and begins another.
    void create_again();
    /// Begins another as after a crash: this one hears of nothing any more.
    void abandon() { instance_ = rig_->create(); }

private:
    void put_product();
    End ask(const std::string& method, const json& input, const std::string& key);

    Subject& subject_;
    std::unique_ptr<Rig> rig_;
    gantry_instance* instance_;
};

/// "check-<id>/step", never the same twice: the system may have seen those of an earlier check.
std::string new_key();

/// A whole life: every scenario, its undo, and a ping.
void live(Subject& subject);
}  // namespace gantry::host::check
