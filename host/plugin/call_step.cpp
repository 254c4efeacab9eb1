// No plugin is entered but by a service call, made as a plugin would make it within its step.
#include "plugin/call_step.hpp"

#include "plugin/limits.hpp"
#include "plugin/pins.hpp"
#include "plugin/undo_inputs.hpp"

namespace gantry::host {
namespace {

std::string name_of(const ServiceMethod& method) { return method.service + "." + method.method; }

const InterfaceMethod& find(const Container& container, const ServiceMethod& method) {
    try {
        return container.method(method.service, method.method);
    } catch (const Error& e) {
        throw Error(GANTRY_E_CONFIG, e.message());
    }
}

class ServiceStep {
public:
    ServiceStep(Container& container, ServiceCall service, std::shared_ptr<const StepCall> step)
        : container_(container), service_(std::move(service)), step_(std::move(step)) {}

    /// The service that is called first; null: there is nothing to call.
    const ServiceMethod* first() const {
        if (step_->side == Side::kInvoke) return records() ? &*service_.record : &service_.call;
        return undoes() ? &*service_.undo : nullptr;
    }

    CallEnd run(const std::shared_ptr<ActiveCall>& call, std::shared_ptr<SlotHold> slot) const {
        try {
            if (step_->side == Side::kCompensate) return compensate(call, std::move(slot));
            if (records()) {
                if (auto failed = record(call, std::move(slot))) return {{}, {}, failed};
            }
            if (call->told_to_stop()) {
                return {{},
                        {},
                        Error(GANTRY_E_CANCELLED, call->what + " was cancelled before the call",
                              GANTRY_EF_NOT_APPLIED)};
            }
            auto end = ask(call, service_.call, step_->input, std::move(slot));
            if (!end.error) check_payload(end.output, "output", kPayload);
            return end;
        } catch (const Error& e) {
            return {{}, {}, e};
        }
    }

private:
    bool records() const { return service_.record && !step_->undo; }

    // Where something should have been recorded and was not, nothing was changed either.
    bool undoes() const {
        const bool knows_nothing = !step_->undo && !step_->output;
        return service_.undo && !(service_.record && knows_nothing);
    }

    // What was recorded, else the output.
    const std::optional<std::string>& undo_data() const {
        return step_->undo ? step_->undo : step_->output;
    }

    CallEnd ask(const std::shared_ptr<ActiveCall>& call, const ServiceMethod& method,
                std::string_view input, std::shared_ptr<SlotHold> slot) const {
        return container_.call_within(call, method.service, method.method, input, std::move(slot));
    }

    /// Why it failed; then nothing was changed, whatever the service says.
    std::optional<Error> record(const std::shared_ptr<ActiveCall>& call,
                                std::shared_ptr<SlotHold> slot) const {
        try {
            const auto& method =
                container_.method(service_.record->service, service_.record->method);
            auto end = ask(call, *service_.record,
                           record_input(service_.record_with, step_->input, method.input_schema),
                           std::move(slot));
            if (end.error) throw Error(*end.error);
            record_undo(*call, std::move(end.output));
            return std::nullopt;
        } catch (const Error& e) {
            return e.with_flags(GANTRY_EF_NOT_APPLIED);
        }
    }

    CallEnd compensate(const std::shared_ptr<ActiveCall>& call,
                       std::shared_ptr<SlotHold> slot) const {
        if (!undoes()) return {"null", {}, {}};
        auto end =
            ask(call, *service_.undo,
                undo_input(service_.undo_with.value(), step_->input, step_->output, undo_data()),
                std::move(slot));
        if (!end.error) end.output = "null";
        return end;
    }

    Container& container_;
    const ServiceCall service_;
    const std::shared_ptr<const StepCall> step_;
};

}  // namespace

StepTraits call_step_traits(const Container& container, const ServiceCall& service) {
    const auto& method = find(container, service.call);
    if (service.record && find(container, *service.record).writes) {
        throw Error(GANTRY_E_CONFIG,
                    name_of(*service.record) +
                        " is a write method; what is recorded before a change is asked for by a "
                        "read method");
    }
    if (service.undo) find(container, *service.undo);
    const Module& module = container.module(service.call.service);
    StepTraits traits;
    traits.module = module.name();
    traits.name = name_of(service.call);
    traits.plugin = module.manifest().id;
    traits.version = module.manifest().version;
    traits.compensable = service.undo.has_value();
    traits.records_undo = service.record.has_value();
    traits.input_schema = method.input_schema;
    traits.system = module.config().system;
    traits.reaches = reached_from(module);
    for (const auto* other : {&service.record, &service.undo}) {
        if (*other) add_reached(traits.reaches, module, container.module((*other)->service));
    }
    return traits;
}

AttemptWork call_step(Container& container, const ServiceCall& service,
                      std::shared_ptr<const StepCall> step) {
    AttemptWork work;
    work.what = "step " + step->name + (step->side == Side::kCompensate ? " (compensate)" : "");
    const auto body = std::make_shared<ServiceStep>(container, service, std::move(step));
    const auto* first = body->first() != nullptr ? body->first() : &service.call;
    work.module = &container.module(first->service);
    work.share = work.module->name();
    work.of_plugin = false;
    work.refuse = [] { return std::nullopt; };
    work.run = [body, &calls = work.module->calls()](const std::shared_ptr<ActiveCall>& call,
                                                     auto slot) {
        calls.close(call, body->run(call, std::move(slot)));
    };
    return work;
}

}  // namespace gantry::host
