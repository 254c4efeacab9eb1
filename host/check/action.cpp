#include "check/action.hpp"

#include "base/error_json.hpp"
#include "plugin/interface.hpp"
#include "plugin/undo_inputs.hpp"

namespace gantry::host::check {

Action::Action(Rig& rig, gantry_instance* instance, Scenario scenario)
    : rig_(rig), instance_(instance), scenario_(std::move(scenario)) {
    int n = 0;
    for (const auto& one : scenario_.prepare) {
        const auto end = ask_method(one.method, one.input, "prepare-" + std::to_string(++n));
        require(end.answered && !end.error,
                "\"prepare\" of scenario \"" + scenario_.name + "\": " + in_words(end),
                "it succeeds");
    }
}

bool Action::compensable() const {
    return is_step() ? rig_.step(scenario_.step).compensate != nullptr : scenario_.undo.has_value();
}

End Action::ask_method(const std::string& method, const json& input, const std::string& key) {
    Ask ask;
    ask.input = input.dump();
    ask.key = key + "/" + method + "#1";
    return rig_.method(instance_, method, std::move(ask));
}

End Action::invoke(const std::string& key, Ask ask) {
    ask.input = scenario_.input.dump();
    ask.key = key;
    if (is_step()) return rig_.invoke(instance_, scenario_.step, std::move(ask));
    if (auto failed = keep_record(key)) return *failed;
    ask.key = key + "/" + scenario_.method + "#1";
    auto end = rig_.method(instance_, scenario_.method, std::move(ask));
    if (const auto it = recorded_.find(key); it != recorded_.end()) end.recorded = it->second;
    return end;
}

End Action::send(const std::string& input, const std::string& key) {
    Ask ask;
    ask.input = input;
    ask.key = is_step() ? key : key + "/" + scenario_.method + "#1";
    return is_step() ? rig_.invoke(instance_, scenario_.step, std::move(ask))
                     : rig_.method(instance_, scenario_.method, std::move(ask));
}

json Action::input_schema() {
    auto& subject = rig_.subject();
    if (is_step()) return subject.library().step_manifest(scenario_.step)->input;
    return schema_of(scenario_.method);
}

json Action::schema_of(const std::string& method) {
    const auto& methods = rig_.subject().interface().methods;
    const auto it = methods.find(method);
    return it == methods.end() ? json(nullptr) : it->second.input_schema;
}

End Action::again(const std::string& key, const End& first, Ask ask) {
    ask.attempt = 2;
    ask.undo = first.recorded;
    auto end = invoke(key, std::move(ask));
    if (first.recorded) end.recorded = first.recorded;
    return end;
}

std::optional<End> Action::keep_record(const std::string& key) {
    if (is_step() || !scenario_.undo || recorded_.contains(key)) return std::nullopt;
    const auto& undo = *scenario_.undo;
    const auto input =
        record_input(undo.record_with, scenario_.input.dump(), schema_of(undo.record));
    auto before = ask_method(undo.record, json::parse(input), key);
    if (!before.answered || before.error) return before;
    recorded_[key] = before.output;
    return std::nullopt;
}

std::optional<std::string> Action::record(const std::string& key) {
    if (const auto failed = keep_record(key)) {
        fail("method " + scenario_.undo->record + " ended with " + in_words(*failed), "an answer");
    }
    const auto it = recorded_.find(key);
    return it == recorded_.end() ? std::nullopt : std::optional(it->second);
}

End Action::compensate(const std::string& key, const std::optional<End>& end) {
    const auto undo = end ? end->undo_data() : std::nullopt;
    if (!is_step()) {
        if (!end || !end->recorded) return {};
        const bool is_known = end->answered && !end->error && json::accept(end->output);
        const auto input =
            undo_input(scenario_.undo->with, scenario_.input.dump(),
                       is_known ? std::optional(end->output) : std::nullopt, end->recorded);
        return ask_method(scenario_.undo->call, json::parse(input), key + "/compensate");
    }
    Ask ask;
    ask.input = scenario_.input.dump();
    ask.key = key + "/compensate";
    ask.undo = undo;
    if (end && end->answered && !end->error) ask.output = end->output;
    return rig_.compensate(instance_, scenario_.step, std::move(ask));
}

End Action::compensate_unknown(const std::string& key, const std::optional<std::string>& recorded) {
    End unknown;
    unknown.recorded = recorded;
    return compensate(key, unknown);
}

json Action::probe() {
    if (!scenario_.probe) {
        skip("scenario \"" + scenario_.name +
             "\" has no probe; name a read that shows what it changes");
    }
    const auto& probe = *scenario_.probe;
    if (!probe.url.empty()) return without(rig_.look_at(probe), scenario_.ignore);
    if (!probe.service.empty()) {
        try {
            return without(rig_.services().call(probe.service, probe.method, probe.input, ""),
                           scenario_.ignore);
        } catch (const Error& e) {
            return {{"error", code_name(e.code())}};
        }
    }
    const auto end = ask_method(probe.method, probe.input, "probe");
    if (end.error) return {{"error", code_name(end.error->code())}};
    return without(json::parse(end.output), scenario_.ignore);
}

json without(json value, const std::vector<std::string>& pointers) {
    for (const auto& pointer : pointers) {
        const json::json_pointer at(pointer);
        if (!value.contains(at)) continue;
        auto& parent = value.at(at.parent_pointer());
        if (parent.is_array()) {
            parent.erase(std::stoul(at.back()));  // contains() has checked that it is an index
        } else {
            parent.erase(at.back());
        }
    }
    return value;
}

bool contains(const json& whole, const json& part) {
    if (part.is_object()) {
        if (!whole.is_object()) return false;
        for (const auto& [key, value] : part.items()) {
            if (!whole.contains(key) || !contains(whole.at(key), value)) return false;
        }
        return true;
    }
    if (part.is_array()) {
        if (!whole.is_array() || whole.size() != part.size()) return false;
        for (std::size_t i = 0; i < part.size(); ++i) {
            if (!contains(whole[i], part[i])) return false;
        }
        return true;
    }
    return whole == part;
}

std::string named(const Scenario& scenario) { return "scenario \"" + scenario.name + "\""; }

std::string in_words(const End& end) {
    if (!end.answered) return "no answer";
    if (!end.error) return end.output;
    return code_name(end.error->code()) + ": " + end.error->message();
}

}  // namespace gantry::host::check
