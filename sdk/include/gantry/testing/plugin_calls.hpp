// How Plugin makes its calls, and what it notes of their ends.
#pragma once

#include <gantry/testing/plugin.hpp>

namespace gantry::testing {

inline void Plugin::create() {
    const auto call = std::make_shared<detail::ActiveCall>();
    call->what = "create";
    const auto options = side_.options().dump();
    gantry_instance* made = nullptr;
    const auto end = carry_out(
        call, {}, false, [&] { made = table_.create(&side_.table(), call->number, str(options)); });
    if (end.error) throw Error(*end.error);
    if (made == nullptr) throw Error(GANTRY_E_MISUSE, "create succeeded without an instance");
    instance_ = made;
}

inline End Plugin::invoke(const std::string& step, const json& input, const CallOptions& options) {
    const auto& function = exported(step);
    const auto& manifest = declared(step);
    auto& state = steps_[step];
    if (state.attempts > 0 && manifest.value("repeat", "") == "never") {
        throw std::logic_error("the manifest says that step " + step +
                               " is never repeated; the host calls it once in a run");
    }
    state.input = input;
    const auto call = std::make_shared<detail::ActiveCall>();
    call->what = "step " + step;
    call->key = run_id() + "/" + step;
    call->is_invoke = true;
    call->records_undo = manifest.value("records_undo", false);
    call->undo_recorded = state.undo.has_value();
    const auto run = run_id();
    const auto text = input.dump();
    const auto undo = state.undo ? state.undo->dump() : "";
    gantry_invocation in{};
    in.struct_size = sizeof in;
    in.attempt = ++state.attempts;
    in.run_id = str(run);
    in.workflow = str("test");
    in.idempotency_key = str(call->key);
    in.input = str(text);
    if (state.undo) in.undo = str(undo);
    auto end = carry_out(call, options, manifest.value("async", false), [&] {
        in.call = call->number;
        function.invoke(instance_, &in);
    });
    end.attempt = in.attempt;
    note(state, *call, end);
    end.needs_undo = end.needs_undo && function.compensate != nullptr;
    return end;
}

inline void Plugin::note(StepState& state, const detail::ActiveCall& call, End& end) const {
    if (call.recorded) state.undo = json::parse(*call.recorded);
    if (end.lost) {
        state.touched = state.unknown = true;
    } else if (end.error) {
        const auto flags = end.error->flags();
        state.unknown = state.unknown || (flags & GANTRY_EF_MAYBE_APPLIED) != 0 ||
                        end.error->code() == GANTRY_E_DEADLINE;
        state.touched = state.touched || (flags & GANTRY_EF_NOT_APPLIED) == 0;
        // Nothing happened: the next attempt reads anew what it would undo.
        if (!state.touched) state.undo.reset();
    } else if (call.skipped && !state.touched) {
        end.skipped = true;
        state.output = end.output_;
        state.undo.reset();
    } else {
        state.done = true;
        state.output = end.output_;
        if (call.undo) state.undo = json::parse(*call.undo);
    }
    end.undo_data = state.undo ? state.undo : state.output;
    end.needs_undo = state.done || state.unknown || state.undo.has_value();
}

inline End Plugin::compensate(const std::string& step, const std::optional<json>& undo,
                              const CallOptions& options) {
    const auto& function = exported(step);
    auto& state = state_of(step);
    if (function.compensate == nullptr) {
        throw std::logic_error("step " + step + " has no compensate");
    }
    const auto call = std::make_shared<detail::ActiveCall>();
    call->what = "step " + step + " (compensate)";
    call->key = run_id() + "/" + step + "/compensate";
    const auto run = run_id();
    const auto input = state.input.dump();
    const auto output = state.output ? state.output->dump() : "";
    const auto undo_text = undo ? undo->dump() : "";
    gantry_invocation in{};
    in.struct_size = sizeof in;
    in.attempt = ++state.compensations;
    in.run_id = str(run);
    in.workflow = str("test");
    in.idempotency_key = str(call->key);
    in.input = str(input);
    in.output = str(output);
    if (undo) in.undo = str(undo_text);
    auto end = carry_out(call, options, declared(step).value("async", false), [&] {
        in.call = call->number;
        function.compensate(instance_, &in);
    });
    end.attempt = in.attempt;
    return end;
}

inline End Plugin::ping(const CallOptions& options) {
    if (table_.ping == nullptr) throw std::logic_error("this plugin has no ping");
    const auto call = std::make_shared<detail::ActiveCall>();
    call->what = "ping";
    call->reads_only = true;
    return carry_out(call, options, false, [&] { table_.ping(instance_, call->number); });
}

inline End Plugin::call(const std::string& method, const json& input, const CallOptions& options) {
    if (table_.service == nullptr) throw std::logic_error("this plugin offers no service");
    const auto call = std::make_shared<detail::ActiveCall>();
    call->what = "method " + method;
    call->is_method = true;
    call->reads_only = !detail::own_method_writes(manifest(), method);
    const auto run = run_id();
    if (!call->reads_only) {
        const auto each = manifest().value("id", "") + "." + method;
        call->key = options.key.empty()
                        ? run + "/step/" + each + "#" + std::to_string(++method_calls_[method])
                        : options.key;
        call->is_nested = call->key.find('/') != std::string::npos;
    }
    const auto text = input.dump();
    gantry_invocation in{};
    in.struct_size = sizeof in;
    in.attempt = 1;
    in.run_id = str(run);
    in.workflow = str("test");
    in.idempotency_key = str(call->key);
    in.input = str(text);
    return carry_out(call, options, false, [&] {
        in.call = call->number;
        table_.service->call(instance_, str(method), &in);
    });
}

template <typename Function>
End Plugin::carry_out(const Call& call, const CallOptions& options, bool async, Function function) {
    constexpr std::chrono::seconds kPatience{10};  // of real time: nobody moves the test's clock
    call->deadline = host_.clock().now() + options.timeout;
    side_.open(call);
    function();
    std::unique_lock lock(call->mutex);
    const auto may_end = [&] {
        return call->over || side_.is_late(*call) || call->mistake != nullptr;
    };
    if (async && !call->ended.wait_for(lock, kPatience, may_end)) {
        throw std::logic_error(call->what + " is asynchronous and did not end within 10 s");
    }
    lock.unlock();
    if (side_.is_late(*call)) {
        call->end(
            {}, {},
            Error(GANTRY_E_DEADLINE,
                  call->what + " did not end within " + std::to_string(options.timeout.count()) +
                      " ms; whether it took effect is unknown",
                  GANTRY_EF_MAYBE_APPLIED));
    }
    call->end({}, {},
              Error(GANTRY_E_MISUSE, call->what + " returned without completing its call",
                    GANTRY_EF_MAYBE_APPLIED));
    side_.close(*call);
    lock.lock();
    if (call->mistake != nullptr) std::rethrow_exception(call->mistake);
    End end;
    end.key = call->key;
    end.lost = options.crash;
    if (!end.lost) {
        end.error = call->error;
        end.output_ = call->error ? json(nullptr) : json::parse(call->output);
    }
    for (auto& line : host_.log()) {
        if (line.call == call->number) end.log.push_back(std::move(line));
    }
    return end;
}

inline const gantry_step& Plugin::exported(const std::string& step) const {
    std::string known;
    for (const auto* const* it = table_.steps; it != nullptr && *it != nullptr; ++it) {
        if (view((*it)->name) == step) return **it;
        known += (known.empty() ? "" : ", ") + std::string(view((*it)->name));
    }
    throw std::logic_error("the plugin exports no step \"" + step + "\"; it exports: " + known);
}

inline const json& Plugin::declared(const std::string& step) const {
    if (const auto* entry = detail::entry_of(manifest(), "steps", step)) return *entry;
    throw std::logic_error("the manifest does not declare step \"" + step +
                           "\"; the host refuses such a plugin");
}

inline Plugin::StepState& Plugin::state_of(const std::string& step) {
    const auto it = steps_.find(step);
    if (it != steps_.end()) return it->second;
    throw std::logic_error("step \"" + step +
                           "\" was not invoked in this run; the host compensates only what began");
}

}  // namespace gantry::testing
