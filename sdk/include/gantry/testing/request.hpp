// What becomes of a request that reached a scripted system: answered, lost or stalled.
#pragma once

#include <gantry/testing/active_call.hpp>
#include <gantry/testing/host.hpp>

namespace gantry::testing::detail {

/// What the plugin asked for and the test did not foresee: the plugin gets an error, and the test
/// its own when the plugin's function has returned.
[[noreturn]] inline void not_scripted(ActiveCall& call, const std::string& what,
                                      const std::string& line) {
    const std::string message = call.what + " asked for " + what +
                                ", for which the test has no script; add for example " + line;
    {
        const std::lock_guard lock(call.mutex);
        call.mistake = std::make_exception_ptr(std::logic_error(message));
    }
    throw Error(GANTRY_E_MISUSE, message, GANTRY_EF_NOT_APPLIED);
}

struct Asked {
    std::string what;  // "erp.updateProductErpData", "PUT https://acme.example/items/1"
    bool writes = true;
    std::uint32_t when_lost = GANTRY_EF_MAYBE_APPLIED;
    std::chrono::milliseconds deadline{};
};

/// Notes a write that was answered. A service's refusal is an Error.
inline void note_write(ActiveCall& call, const json& /*answer*/) { call.end_write(std::nullopt); }
inline void note_write(ActiveCall& call, const HttpResponse& answer) {
    call.end_http_write(static_cast<std::uint32_t>(answer.status));
}

/// As `happen`, without noting what was written.
template <typename Request, typename Answer>
Answer answer_of(Host& host, ActiveCall& call, const Turn<Request, Answer>& turn,
                 const Request& request, const Asked& asked) {
    std::optional<Answer> answer;
    try {
        if (turn.does) answer = turn.does(request);
    } catch (const Error&) {
        if (turn.fate == Fate::kAnswered) throw;
    } catch (...) {
        const std::lock_guard lock(call.mutex);
        call.mistake = std::current_exception();
        throw Error(GANTRY_E_INTERNAL, "the test's script of " + asked.what + " threw");
    }
    switch (turn.fate) {
        case Fate::kReplyLost:
            throw Error(GANTRY_E_UNAVAILABLE, "the reply of " + asked.what + " was lost",
                        asked.when_lost);
        case Fate::kStalls:
            if (const auto left = asked.deadline - host.clock().now(); left.count() > 0) {
                host.clock().advance(left);
            }
            throw Error(GANTRY_E_DEADLINE, asked.what + " did not answer in time", asked.when_lost);
        case Fate::kUnreachable:
            throw Error(GANTRY_E_UNAVAILABLE, asked.what + " cannot be reached",
                        GANTRY_EF_NOT_APPLIED);
        case Fate::kAnswered:
            break;
    }
    return std::move(*answer);
}

/// Lets the turn happen. Throws Error where no answer arrives.
template <typename Request, typename Answer>
Answer happen(Host& host, ActiveCall& call, const Turn<Request, Answer>& turn,
              const Request& request, const Asked& asked) {
    try {
        auto answer = answer_of(host, call, turn, request, asked);
        const std::lock_guard lock(call.mutex);
        if (asked.writes) note_write(call, answer);
        return answer;
    } catch (const Error& e) {
        const std::lock_guard lock(call.mutex);
        if (asked.writes) call.end_write(e);
        throw;
    }
}

}  // namespace gantry::testing::detail
