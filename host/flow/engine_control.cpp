// What people and other systems ask of a run: applied to its runner where it is under way here,
// else it is claimed for it.
#include "base/clock.hpp"
#include "base/id.hpp"
#include "flow/engine.hpp"
#include "flow/runner.hpp"

#include <future>

namespace gantry::host {
namespace {

constexpr auto kPatience = std::chrono::seconds(10);
constexpr auto kLook = std::chrono::milliseconds(20);

}  // namespace

void Engine::refuse(const std::string& run_id, const char* what) const {
    const auto row = parts_.store.run(run_id);
    if (!row) {
        throw Error(GANTRY_E_NOT_FOUND, "Run with id: " + run_id + " was not found",
                    GANTRY_EF_NOT_APPLIED);
    }
    std::string message = "run " + run_id + " is " + std::string(to_string(row->status));
    if (row->waits_for) message += " (" + *row->waits_for + ")";
    throw Error(GANTRY_E_REJECTED, message + ": " + what, GANTRY_EF_NOT_APPLIED);
}

std::optional<RunRow> Engine::claim_now(const std::string& run_id) {
    std::promise<std::optional<RunRow>> promise;
    parts_.store.claim(run_id, host_id_,
                       [&](std::optional<RunRow> row) { promise.set_value(std::move(row)); });
    return promise.get_future().get();
}

// Waits until it is durable. Throws why it could not be written.
Acted Engine::act(Runner& runner, const Verb& verb) {
    const auto durable = std::make_shared<std::promise<std::optional<Error>>>();
    const auto acted =
        runner.act(verb, [durable](std::optional<Error> e) { durable->set_value(std::move(e)); });
    if (acted != Acted::kYes) return acted;
    const Pool::Blocking blocking(parts_.pool);  // the commit is completed on the pool
    if (const auto error = durable->get_future().get()) throw Error(*error);
    return acted;
}

void Engine::control(const std::string& run_id, const char* what, const Verb& verb) {
    const auto deadline = Timers::Clock::now() + kPatience;
    while (Timers::Clock::now() < deadline) {
        if (stopping_) {
            throw Error(GANTRY_E_UNAVAILABLE, "the host is stopping", GANTRY_EF_NOT_APPLIED);
        }
        auto runner = find(run_id);
        if (!runner) {
            if (auto row = claim_now(run_id)) {
                runner = load(std::move(*row));
                if (!runner) refuse(run_id, "it has to wait for that first");
            } else {
                const auto now = parts_.store.run(run_id);
                if (!now || !now->owner) refuse(run_id, what);
            }
        }
        if (runner) {
            const auto acted = act(*runner, verb);
            if (acted == Acted::kYes) return;
            if (acted == Acted::kRefused) {
                runner->stand_down();
                refuse(run_id, what);
            }
        }
        // Between two states: claimed, or about to stand.
        const Pool::Blocking blocking(parts_.pool);
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, kLook);
    }
    throw Error(GANTRY_E_UNAVAILABLE, "run " + run_id + " could not be reached",
                GANTRY_EF_NOT_APPLIED);
}

void Engine::resume(const std::string& run_id) {
    const auto row = parts_.store.run(run_id);
    if (!row || row->status != RunStatus::kPaused) {
        refuse(run_id, "only a paused run can be resumed");
    }
    auto claimed = claim_now(run_id);
    if (!claimed) refuse(run_id, "only a paused run can be resumed");
    if (claimed->turn) know_turns();
    if (claimed->turn && !turns_.enter(*claimed)) {
        claimed->status = RunStatus::kWaiting;
        claimed->wanted = Wanted::kRun;
        claimed->wake_at = claimed->deadline_at;
        const std::string turn = *claimed->turn;
        return let_wait(std::move(*claimed), "turn: " + turn);
    }
    const auto runner = load(std::move(*claimed));
    if (!runner) refuse(run_id, "it has to wait");
    const auto begin = [](Saga& saga, std::int64_t now) {
        return saga.run().status == RunStatus::kPaused ? std::optional(saga.begin(now))
                                                       : std::nullopt;
    };
    if (act(*runner, begin) != Acted::kYes) refuse(run_id, "only a paused run can be resumed");
}

void Engine::cancel(const std::string& run_id) {
    const Error cause(GANTRY_E_CANCELLED, "the run was cancelled");
    control(run_id, "only a run that has not begun to revert can be cancelled",
            [&](Saga& saga, std::int64_t now) { return saga.cancel(cause, now); });
}

void Engine::pause(const std::string& run_id) {
    control(run_id, "only an unfinished run can be paused", [](Saga& saga, std::int64_t now) {
        return saga.run().status == RunStatus::kPaused ? std::nullopt
                                                       : saga.pause(kPausedByPerson, now);
    });
}

void Engine::retry(const std::string& run_id) {
    const char* what = "only a failed run's undos can be asked for again";
    const auto row = parts_.store.run(run_id);
    if (!row || row->status != RunStatus::kFailed) refuse(run_id, what);
    if (row->turn) {  // an undo does not cross what another run does
        know_turns();
        if (!turns_.take(*row)) {
            refuse(run_id,
                   "another run of its \"exclusive\" value is under way; retry it after that");
        }
    }
    try {
        control(run_id, what, [](Saga& saga, std::int64_t now) { return saga.retry(now); });
    } catch (const Error&) {
        if (row->turn && !find(run_id)) next_turn(*row);
        throw;
    }
}

void Engine::skip(const std::string& run_id, const std::string& path, const std::string& note) {
    control(run_id, "only a failed undo of a failed run can be skipped",
            [&](Saga& saga, std::int64_t now) { return saga.skip(path, note, now); });
}

void Engine::supply(const std::string& run_id, const std::string& path, StepEnd end) {
    const auto durable = std::make_shared<std::promise<std::optional<Error>>>();
    const auto runner = find(run_id);
    if (runner && runner->complete(path, end, [durable](std::optional<Error> e) {
            durable->set_value(std::move(e));
        })) {
        const Pool::Blocking blocking(parts_.pool);
        auto answer = durable->get_future();
        if (answer.wait_for(kPatience) != std::future_status::ready) {
            throw Error(GANTRY_E_UNAVAILABLE,
                        "the answer was taken, but the step's call has not returned and it is not "
                        "durable yet; look at the run");
        }
        if (const auto error = answer.get()) throw Error(*error);
        return;
    }
    control(run_id, "no step of that id waits for an answer",
            [&](Saga& saga, std::int64_t now) { return saga.supply(path, std::move(end), now); });
}

bool Engine::signal(const std::string& run_id, SignalRow signal) {
    const auto row = parts_.store.run(run_id);
    if (!signal.id.empty() && parts_.store.has_signal(run_id, signal.id)) {
        if (row && !row->owner && !is_over(row->status)) claim_one(run_id);
        return false;
    }
    if (!row || is_over(row->status)) refuse(run_id, "only an unfinished run takes signals");
    if (signal.id.empty()) signal.id = make_id();
    signal.created_at = wall_ms();
    if (!parts_.store.put_signal(run_id, signal)) return false;
    if (const auto runner = find(run_id)) {
        const auto acted = runner->act(
            [&](Saga& saga, std::int64_t now) {
                return std::optional(saga.signalled(signal, now));
            },
            [](const std::optional<Error>&) {});
        if (acted == Acted::kYes) return true;
    }
    claim_one(run_id);  // it stands: whoever loads it sees the signal
    return true;
}

}  // namespace gantry::host
