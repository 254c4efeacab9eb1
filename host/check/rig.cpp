// One mutex guards all calls: what a check measures is the plugin, not the rig.
#include "check/rig.hpp"

#include "check/live_scope.hpp"
#include "check/rig_table.hpp"

namespace gantry::host::check {
namespace {

// For a call to come back after its deadline.
constexpr auto kGrace = std::chrono::seconds(2);

}  // namespace

std::optional<std::string> End::undo_data() const {
    if (undo) return undo;
    if (recorded) return recorded;
    if (answered && !error) return output;
    return std::nullopt;
}

Rig::Rig(Subject& subject)
    : borrow([](std::string_view text) { return str(text); }),
      subject_(subject),
      table_(&subject.library().table()),
      services_(subject.manifest(), subject.contract()),
      host_(RigTable::make(*this)) {}

Rig::~Rig() { close(); }

std::vector<LogLine> Rig::log() const {
    const std::lock_guard lock(mutex_);
    return log_;
}

void Rig::forget() {
    seam_.forget();
    traffic_.forget();
    services_.forget();
    const std::lock_guard lock(mutex_);
    ended_.clear();
    log_.clear();
}

std::shared_ptr<Rig::Active> Rig::find(gantry_call number, bool answered_too) {
    const std::lock_guard lock(mutex_);
    const auto it = active_.find(number);
    if (it == active_.end()) {
        if (const auto ended = ended_.find(number); ended != ended_.end()) {
            ++ended->second->end.stale;
        }
        return nullptr;
    }
    const bool answered = it->second->end.completes > 0 && !answered_too;
    if (answered || it->second->deadline <= Clock::now()) {
        ++it->second->end.stale;
        return nullptr;
    }
    return it->second;
}

End Rig::run(const std::string& where, gantry_instance* instance, const Ask& ask,
             const Function& function) {
    subject_.doing(where);
    const auto call = std::make_shared<Active>();
    call->instance = instance;
    call->ask = &ask;
    call->began = Clock::now();
    call->deadline = call->began + ask.timeout;
    call->what = where;
    call->key = ask.key;
    call->is_nested = ask.is_nested;
    call->records_undo = ask.records_undo;
    call->reads_only = ask.reads_only;
    call->undo_recorded = ask.undo.has_value();
    {
        const std::lock_guard lock(mutex_);
        call->number = ++last_;
        active_.emplace(call->number, call);
    }
    gantry_invocation in{};
    in.struct_size = sizeof in;
    in.attempt = ask.attempt;
    in.call = call->number;
    in.workflow = borrow("check");
    in.run_id = borrow("run-1");
    in.idempotency_key = borrow(ask.key);
    in.input = borrow(ask.input);
    if (!ask.output.empty()) in.output = borrow(ask.output);
    if (ask.undo) in.undo = borrow(*ask.undo);
    std::thread canceller;
    if (ask.cancel_after.count() > 0) {
        canceller = std::thread([this, call, after = ask.cancel_after] {
            std::unique_lock lock(mutex_);
            const auto over = [&] { return call->end.completes > 0; };
            if (!changed_.wait_for(lock, after, over)) call->cancelled = true;
            changed_.notify_all();
            lock.unlock();
            if (call->cancelled && table_->cancel != nullptr && call->instance != nullptr) {
                table_->cancel(call->instance, call->number);
            }
        });
    }
    function(in);
    std::unique_lock lock(mutex_);
    call->returned = true;
    changed_.wait_until(lock, call->deadline + kGrace,
                        [&] { return call->end.completes > 0 || call->end.stale > 0; });
    call->end.answered = call->end.completes > 0;
    if (call->end.took.count() == 0) {
        call->end.took =
            std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - call->began);
    }
    active_.erase(call->number);
    call->ask = nullptr;
    ended_.emplace(call->number, call);
    lock.unlock();
    if (canceller.joinable()) canceller.join();
    return call->end;
}

gantry_instance* Rig::create(const std::string& options, End& end) {
    gantry_instance* made = nullptr;
    Ask ask;
    ask.key.clear();
    end = run("create", nullptr, ask, [&](const gantry_invocation& in) {
        made = table_->create(shown_, in.call, borrow(options));
    });
    return made;
}

gantry_instance* Rig::create() {
    End end;
    auto* made = create(subject_.options().dump(), end);
    if (end.error) {
        fail("create() refused the example options: " + end.error->message(),
             "an instance; give options that it takes in contract.json or by --options");
    }
    require(end.answered && made != nullptr, "create() gave no instance", "one, and one complete");
    return made;
}

void Rig::stop(gantry_instance* instance) {
    subject_.doing("stop");
    table_->stop(instance);
}

void Rig::destroy(gantry_instance* instance) {
    stop(instance);
    subject_.doing("destroy");
    table_->destroy(instance);
}

const gantry_step& Rig::step(const std::string& name) const {
    const auto* found = subject_.library().step(name);
    if (found == nullptr) fail("no step \"" + name + "\"", "one that the plugin exports");
    return *found;
}

void Rig::stay_with_product(const std::string& step, const std::string& method,
                            const std::string& input) const {
    if (!subject_.settings().live_product) return;
    const auto why = strays(subject_, step, method, json::parse(input, nullptr, false));
    if (why) skip("a call of " + step + method + " is not made of a real system: " + *why);
}

End Rig::invoke(gantry_instance* instance, const std::string& name, Ask ask) {
    stay_with_product(name, "", ask.input);
    const auto* declared = subject_.library().step_manifest(name);
    ask.is_invoke = true;
    ask.records_undo = declared != nullptr && declared->records_undo;
    const auto function = step(name).invoke;
    return run("step " + name, instance, ask,
               [&](const gantry_invocation& in) { function(instance, &in); });
}

End Rig::compensate(gantry_instance* instance, const std::string& name, Ask ask) {
    const auto function = step(name).compensate;
    return run("step " + name + " (compensate)", instance, ask,
               [&](const gantry_invocation& in) { function(instance, &in); });
}

End Rig::method(gantry_instance* instance, const std::string& name, Ask ask) {
    require(table_->service != nullptr, "the plugin offers no service", "one");
    stay_with_product("", name, ask.input);
    ask.reads_only = !writes(subject_, name);
    if (ask.reads_only) ask.key.clear();
    ask.is_nested = true;
    return run("method " + name, instance, ask, [&](const gantry_invocation& in) {
        table_->service->call(instance, borrow(name), &in);
    });
}

}  // namespace gantry::host::check
