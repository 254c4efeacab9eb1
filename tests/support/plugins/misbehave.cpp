// Steps that break the promises of a step one by one, and a few that fail as told.
#include <gantry/plugin.hpp>

#include <condition_variable>
#include <mutex>
#include <stdexcept>

namespace {

using gantry::Call;
using gantry::Error;
using gantry::json;
using gantry::StepResponse;
using namespace std::chrono_literals;

struct Misbehave {
    explicit Misbehave(const json&) {}
};

StepResponse echo(Misbehave&, Call& call, const json& input) {
    call.log(GANTRY_LOG_DEBUG, "an echo");
    return input;
}

void undo_nothing(Misbehave&, Call&, const std::optional<json>&) {}

void refuse_undo(Misbehave&, Call&, const std::optional<json>&) {
    throw Error(GANTRY_E_REJECTED, "this step refuses to be undone", GANTRY_EF_NOT_APPLIED);
}

StepResponse throw_exception(Misbehave&, Call&, const json&) {
    throw std::runtime_error("an exception without a class");
}

StepResponse throw_int(Misbehave&, Call&, const json&) { throw 42; }

StepResponse huge_output(Misbehave&, Call&, const json&) {
    return json(std::string(std::size_t{2} << 20, 'x'));
}

StepResponse slow(Misbehave&, Call& call, const json&) {
    const auto end = std::chrono::steady_clock::now() + 60s;
    std::mutex mutex;
    std::condition_variable never;
    std::unique_lock lock(mutex);
    while (!call.stopped() && std::chrono::steady_clock::now() < end) never.wait_for(lock, 5ms);
    throw Error(GANTRY_E_CANCELLED, "stopped while it was waiting");
}

// Input: {"code", "flags", "message", "retry_after_ms", "until_attempt"}; without the last it fails
// always.
StepResponse fail(Misbehave&, Call& call, const json& input) {
    constexpr auto kAlways = std::numeric_limits<std::uint32_t>::max();
    if (call.attempt() <= input.value("until_attempt", kAlways)) {
        throw Error(input.at("code").get<gantry_status>(), input.value("message", "failed as told"),
                    input.value("flags", 0U), nullptr,
                    std::chrono::milliseconds(input.value("retry_after_ms", 0)));
    }
    return json{{"attempt", call.attempt()}};
}

using Complete = void (*)(const gantry_host& host, gantry_call call);

void complete_with(const gantry_host& host, gantry_call call, std::string_view output) {
    const gantry_result result{sizeof result, 0, gantry::str(output), {}, nullptr};
    host.complete(&host, call, &result);
}

void never(const gantry_host&, gantry_call) {}

void twice(const gantry_host& host, gantry_call call) {
    complete_with(host, call, "1");
    complete_with(host, call, "2");
}

void without_json(const gantry_host& host, gantry_call call) { complete_with(host, call, "{oops"); }

// A step whose invoke is written without the SDK's care.
template <gantry::Name kName, Complete kComplete>
struct RawStep {
    template <typename Self>
    static void GANTRY_CALL invoke(gantry_instance* self, const gantry_invocation* in) noexcept {
        kComplete(gantry::detail::Instance<Self>::of(self).host.table(), in->call);
    }

    template <typename Self>
    static constexpr gantry_step table{
        sizeof(gantry_step), 0, kName.str(), &invoke<Self>,
        &gantry::Step<kName, &echo, &undo_nothing>::template compensate<Self>};
};

}  // namespace

GANTRY_PLUGIN(Misbehave, gantry::Step<"throws-exception", &throw_exception, &undo_nothing>,
              gantry::Step<"throws-int", &throw_int, &undo_nothing>,
              RawStep<"returns-nothing", &never>, RawStep<"completes-twice", &twice>,
              RawStep<"not-json", &without_json>,
              gantry::Step<"huge-output", &huge_output, &undo_nothing>,
              gantry::Step<"slow", &slow, &undo_nothing>,
              gantry::Step<"fails", &fail, &undo_nothing>,
              gantry::Step<"echo", &echo, &undo_nothing>,
              gantry::Step<"refuses-undo", &echo, &refuse_undo>);
