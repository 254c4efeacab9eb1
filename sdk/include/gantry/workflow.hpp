// Workflows composed in C++: runs once, yields the JSON definition a person would write.
#pragma once

#include <gantry/error.hpp>

namespace gantry {

/// A value that exists only when the workflow runs: the input, or a step's output. It has no
/// arithmetic and no conversion to bool: a mistake does not compile.
class Ref {
public:
    explicit Ref(std::string path) : path_(std::move(path)) {}

    Ref operator[](std::string_view key) const { return Ref(path_ + "[" + json(key).dump() + "]"); }
    Ref operator[](const char* key) const { return (*this)[std::string_view(key)]; }
    Ref operator[](int index) const { return Ref(path_ + "[" + std::to_string(index) + "]"); }

    explicit operator bool() const = delete;

    friend void to_json(json& out, const Ref& ref) { out = "${ " + ref.path_ + " }"; }

private:
    std::string path_;
};

/// Collects the steps of one workflow, in the order written.
class Composer {
public:
    /// Runs `step`, "name" or "module/name", with `with`, which may hold Refs anywhere. `id` names
    /// it within the workflow; without one that is the step's name.
    Ref step(std::string_view step, const json& with, std::string_view id = {}) {
        json one = {{"step", step}, {"with", with}};
        if (!id.empty()) one["id"] = id;
        steps_.push_back(std::move(one));
        if (id.empty()) id = step.substr(step.rfind('/') + 1);
        return Ref(".steps[" + json(id).dump() + "]");
    }

    /// JSON Schema (Draft 4) of the run's input. Without one the first step's serves, where that
    /// step gets the whole input.
    void input_schema(json schema) { input_schema_ = std::move(schema); }

private:
    friend class Workflow;
    json steps_ = json::array();
    json input_schema_;
};

/// A definition by name. `compose` is a lambda without captures: json(auto& wf, auto input).
class Workflow {
public:
    template <typename Compose>
    constexpr Workflow(const char* name, Compose) : name_(name), compose_(&run<Compose>) {}

    json definition() const {
        Composer composer;
        json result = compose_(composer, Ref(".input"));
        json out = {{"name", name_}, {"steps", std::move(composer.steps_)}, {"result", result}};
        if (!composer.input_schema_.is_null()) out["input"] = std::move(composer.input_schema_);
        return out;
    }

private:
    template <typename Compose>
    static json run(Composer& composer, const Ref& input) {
        return json(Compose{}(composer, input));
    }

    const char* name_;
    json (*compose_)(Composer&, const Ref&);
};

}  // namespace gantry
