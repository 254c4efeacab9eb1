// Workflows composed in C++: runs once, yields the JSON definition a person would write.
#pragma once

#include <gantry/step_options.hpp>

#include <tuple>

namespace gantry {

/// Collects the steps of one workflow, in the order written. Branches and bodies are lambdas
/// without parameters, called at once; what they return, a Ref as a rule, is handed on. Values may
/// hold Refs and Exprs anywhere. An id is unique in its workflow and stands in keys, so it stays
/// the same.
class Composer {
public:
    Composer() = default;
    Composer(const Composer&) = delete;
    Composer& operator=(const Composer&) = delete;

    /// Runs `step`, "name" or "module/name", with `with`. `id` names it; without one that is the
    /// step's name.
    Ref step(std::string_view step, const json& with, std::string_view id = {}) {
        return this->step(step, with, StepOptions{.id = std::string(id)});
    }

    Ref step(std::string_view step, const json& with, const StepOptions& options) {
        json node = {{"step", step}, {"with", with}};
        if (!options.id.empty()) node["id"] = options.id;
        if (!options.bind.empty()) node["bind"] = options.bind;
        sides(node, options);
        return add(std::move(node), options.id.empty() ? last_part(step) : options.id);
    }

    /// Calls a method of a service, "service.method", without a plugin of one's own.
    Ref call(std::string_view id, std::string_view method, const json& with,
             const CallOptions& options = {}) {
        json node = {{"call", method}, {"id", id}, {"with", with}};
        if (options.undo) node["undo"] = *options.undo;
        sides(node, options);
        return add(std::move(node), id);
    }

    /// Why the step `id` failed, {"code", "class", "message", …}, where the run went on without it;
    /// else null.
    Ref error(std::string_view id) const { return Ref(".errors[" + json(id).dump() + "]"); }

    /// Runs another workflow as if its steps stood here; gives its result.
    Ref workflow(std::string_view name, const json& with, std::string_view id = {}) {
        json node = {{"workflow", name}, {"with", with}};
        if (!id.empty()) node["id"] = id;
        return add(std::move(node), id.empty() ? name : id);
    }

    /// Runs the branches at the same time; a tuple of what they return.
    ///
    ///     auto [erp, shop] = wf.parallel([&] { return wf.step("update-erp", input); },
    ///                                    [&] { return wf.step("update-shop", input); });
    template <typename... Branches>
    requires(std::invocable<Branches>&&...) auto parallel(Branches... branches) {
        json list = json::array();
        // Braces: the branches are composed from left to right.
        std::tuple values{branch(list, branches)...};
        nodes_.push_back(json{{"parallel", std::move(list)}});
        return values;
    }

    /// Runs `then` where the condition is true; gives what it returns: null where it is not.
    ///
    ///     wf.when(gantry::jq("$1 > 100", input["total"]), [&] { wf.step("approve", input); });
    template <LaterValue Condition, std::invocable Then>
    auto when(const Condition& condition, Then then) {
        json blocks = json::array();
        auto value = branch(blocks, then);
        nodes_.push_back(json{{"when", condition}, {"then", std::move(blocks[0])}});
        return value;
    }

    /// As above, and `otherwise` where the condition is false; a tuple of what both return.
    template <LaterValue Condition, std::invocable Then, std::invocable Otherwise>
    auto when(const Condition& condition, Then then, Otherwise otherwise) {
        json blocks = json::array();
        std::tuple values{branch(blocks, then), branch(blocks, otherwise)};
        nodes_.push_back(json{{"when", condition},
                              {"then", std::move(blocks[0])},
                              {"otherwise", std::move(blocks[1])}});
        return values;
    }

    /// Runs `body(item)` or `body(item, index)` for each of a list, at most `limit` at once. Gives
    /// the list of what it returns; of the last step's outputs where it returns nothing.
    ///
    ///     auto prices = wf.for_each("prices", input["lines"],
    ///                               [&](auto line) { return wf.step("price", line); });
    template <typename Body>
    Ref for_each(std::string_view id, const json& list, Body body, int limit = 1) {
        ++depth_;
        const RefScope scope{&depth_, depth_};
        json blocks = json::array();
        const auto composed = [&] {
            const Ref item(".item", scope);
            if constexpr (std::invocable<Body, Ref, Ref>) {
                return body(item, Ref(".index", scope));
            } else {
                return body(item);
            }
        };
        const auto value = branch(blocks, composed);
        json node = {{"for_each", list}, {"do", std::move(blocks[0])}, {"id", id}};
        if constexpr (!std::same_as<decltype(value), const Nothing>) node["result"] = value;
        --depth_;
        if (limit != 1) node["limit"] = limit;
        return add(std::move(node), id);
    }

    /// Waits without holding a thread, also across restarts.
    void sleep(std::string_view id, std::chrono::milliseconds duration) {
        nodes_.push_back(json{{"sleep", duration_text(duration)}, {"id", id}});
    }
    template <LaterValue Duration>  // a text such as "5m"
    void sleep(std::string_view id, const Duration& duration) {
        nodes_.push_back(json{{"sleep", duration}, {"id", id}});
    }

    /// Waits for a signal to the run; gives its payload. Too late, the run is reverted.
    Ref wait(std::string_view id, std::string_view signal,
             std::optional<std::chrono::milliseconds> timeout = {}) {
        json node = {{"wait", signal}, {"id", id}};
        if (timeout) node["timeout"] = duration_text(*timeout);
        return add(std::move(node), id);
    }

    /// Runs of this workflow with equal values go one after another.
    template <LaterValue Value>
    void exclusive(const Value& value) {
        head_["exclusive"] = value;
    }
    /// All runs of this workflow go one after another.
    void exclusive() { head_["exclusive"] = true; }

    /// Runs are found by this part of their input, a plain path: gantry runs ls --field NAME=VALUE.
    /// A name is 1 to 32 of a-z, 0-9, _ and -; a workflow has at most 8.
    template <LaterValue Value>
    void search(std::string_view name, const Value& value) {
        head_["search"][std::string(name)] = value;
    }

    /// How long a run may take before it is reverted.
    void deadline(std::chrono::milliseconds duration) {
        head_["deadline"] = duration_text(duration);
    }

    /// JSON Schema (Draft 4) of the run's input. Without one the first step's serves, where that
    /// step gets the whole input.
    void input_schema(json schema) { head_["input"] = std::move(schema); }

private:
    friend class Workflow;
    struct Nothing {};

    // Composes into a list of its own, which goes to the end of `blocks`.
    template <typename Body>
    auto branch(json& blocks, Body& body) {
        json outer = std::exchange(nodes_, json::array());
        if constexpr (std::is_void_v<decltype(body())>) {
            body();
            blocks.push_back(std::exchange(nodes_, std::move(outer)));
            return Nothing{};
        } else {
            auto value = body();
            blocks.push_back(std::exchange(nodes_, std::move(outer)));
            return value;
        }
    }

    static std::string_view last_part(std::string_view step) {
        return step.substr(step.rfind('/') + 1);
    }

    template <typename Options>
    static void sides(json& node, const Options& options) {
        json invoke = options.invoke;
        json compensate = options.compensate;
        if (!invoke.empty()) node["invoke"] = std::move(invoke);
        if (!compensate.empty()) node["compensate"] = std::move(compensate);
        if (options.may_fail) node["on_failure"] = "continue";
        if (!options.skip_to.empty()) node["skip_to"] = options.skip_to;
    }

    Ref add(json node, std::string_view id) {
        nodes_.push_back(std::move(node));
        return Ref(".steps[" + json(id).dump() + "]");
    }

    json nodes_ = json::array();
    json head_ = json::object();
    int depth_ = 0;
};

/// A definition by name. `compose` is a lambda without captures: json(auto& wf, auto input).
class Workflow {
public:
    template <typename Compose>
    constexpr Workflow(const char* name, Compose) : name_(name), compose_(&run<Compose>) {}

    json definition() const {
        Composer composer;
        json result = compose_(composer, Ref(".input"));
        json out = std::move(composer.head_);
        out["name"] = name_;
        out["steps"] = std::move(composer.nodes_);
        out["result"] = std::move(result);
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
