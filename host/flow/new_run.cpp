// What can be refused is refused here, before anything is written.
#include "flow/new_run.hpp"

#include "base/hash.hpp"
#include "base/id.hpp"
#include "base/json_text.hpp"

#include <algorithm>

namespace gantry::host {
namespace {

constexpr std::size_t kMaxInput = 1 << 20;
constexpr std::size_t kMaxKey = 128;
constexpr std::size_t kMaxTurn = 200;

void check_key(const std::optional<std::string>& key) {
    if (!key) return;
    const bool printable =
        std::all_of(key->begin(), key->end(), [](unsigned char c) { return c > 0x20 && c < 0x7f; });
    if (key->empty() || key->size() > kMaxKey || !printable) {
        throw Error(GANTRY_E_INVALID_DATA,
                    "an idempotency key has 1 to 128 printable ASCII characters without blanks; "
                    "found " +
                        std::to_string(key->size()) + " bytes",
                    GANTRY_EF_NOT_APPLIED);
    }
}

}  // namespace

RunRow new_run(const RunOwner& owner, const Workflow& workflow, StartRequest request) {
    check_key(request.idem_key);
    check_json(request.input, kMaxInput);
    if (workflow.schema) {
        if (const auto violations = workflow.schema->check(request.input); !violations.empty()) {
            throw Error(GANTRY_E_INVALID_DATA, "Invalid request: " + joined(violations),
                        GANTRY_EF_NOT_APPLIED);
        }
    }
    const auto& definition = workflow.plan->definition;
    RunRow run;
    run.id = make_id();
    run.workflow = std::move(request.workflow);
    run.def_hash = definition.hash;
    run.pins = workflow.pins;
    run.idem_key = std::move(request.idem_key);
    run.input = std::move(request.input);
    run.owner = owner.store.host();
    run.created_at = run.updated_at = owner.store.now();
    if (definition.deadline && owner.settings.run_deadlines) {
        run.deadline_at = run.created_at + definition.deadline->count();
    }
    if (definition.exclusive) {
        const auto value = definition.exclusive->evaluate(
            [&](const Reference&) -> std::string_view { return run.input; });
        run.turn = canonical(json::parse(value));
        if (run.turn->size() > kMaxTurn) run.turn = sha256(*run.turn);
    }
    return run;
}

}  // namespace gantry::host
