// A scenario done: its step, or its method with what takes it back, behind one face.
#pragma once

#include "check/rig.hpp"

namespace gantry::host::check {

/// How often a call that may be asked again is, as a host does.
constexpr int kAttempts = 8;

/// One way through a scenario under one key.
class Action {
public:
    /// They outlive it. Does what the scenario has to be prepared; fail()s when that does not work.
    Action(Rig& rig, gantry_instance* instance, Scenario scenario);

    const Scenario& scenario() const { return scenario_; }
    bool is_step() const { return !scenario_.step.empty(); }
    /// Whether it can be taken back.
    bool compensable() const;

    /// Once more, under that key ("run-1/step", without "/" at its end). Of a method what its
    /// `record` answers is kept first, if it is the first time under this key.
    End invoke(const std::string& key, Ask ask = {});
    /// Like invoke with this text as the input, as it stands, past what a host would refuse.
    End send(const std::string& input, const std::string& key);
    /// The schema of its input; null where it has none.
    json input_schema();
    /// What a method's `record` answers, asked once under this key, or fail()s; of a step nothing.
    std::optional<std::string> record(const std::string& key);
    /// Another attempt after `first`, which keeps what that recorded.
    End again(const std::string& key, const End& first, Ask ask = {});
    /// Takes back what `invoke` under that key did; `end` is what it came to, nothing: not known.
    End compensate(const std::string& key, const std::optional<End>& end);
    /// Undoes what `end` came of, where that can be.
    void take_back(const std::string& key, const End& end) {
        if (compensable()) compensate(key, end);
    }
    /// As a host would after a crash: only what was recorded is known.
    End compensate_unknown(const std::string& key, const std::optional<std::string>& recorded);

    /// What the probe shows now, without what is to be ignored; an error shows as {"error": name}.
    /// skip()s where the scenario has none.
    json probe();

private:
    /// Of the input of a method of its service; null where nobody knows it.
    json schema_of(const std::string& method);
    /// How `record` ended, where it gave nothing to keep.
    std::optional<End> keep_record(const std::string& key);
    End ask_method(const std::string& method, const json& input, const std::string& key);

    Rig& rig_;
    gantry_instance* instance_;
    const Scenario scenario_;
    std::map<std::string, std::string> recorded_;  // of methods, by key
};

/// The value without what `pointers` name.
json without(json value, const std::vector<std::string>& pointers);

/// Whether all that `part` has stands in `whole`: members of objects, elements of arrays in place.
bool contains(const json& whole, const json& part);

/// scenario "changes a product"
std::string named(const Scenario& scenario);

/// "REJECTED: title has 46 characters"
std::string in_words(const End& end);

}  // namespace gantry::host::check
