// What the suite of stores shares: rows to write, and the outcomes of what has callbacks.
#pragma once

#include "base/clock.hpp"
#include "store/store.hpp"
#include "support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <future>

namespace gantry::host {

inline Outcome post(Store& store, Mutation mutation) {
    std::promise<Outcome> promise;
    store.post(std::move(mutation), [&](Outcome o) { promise.set_value(std::move(o)); });
    return promise.get_future().get();
}

inline bool committed(const Outcome& outcome) { return std::holds_alternative<Committed>(outcome); }
inline bool stale(const Outcome& outcome) { return std::holds_alternative<Stale>(outcome); }
inline bool waits(const Outcome& outcome) { return std::holds_alternative<Waits>(outcome); }
inline bool made_due(const Outcome& outcome) { return std::get<Committed>(outcome).made_due; }

inline Due claim_due(Store& store, bool suspects = true, std::int64_t limit = 10) {
    std::promise<Due> promise;
    store.claim_due(limit, suspects, [&](Due due) { promise.set_value(std::move(due)); });
    return promise.get_future().get();
}

inline Claim claim(Store& store, const std::string& id, bool take_turn = true) {
    std::promise<Claim> promise;
    store.claim(id, take_turn, [&](Claim claim) { promise.set_value(std::move(claim)); });
    return promise.get_future().get();
}

inline SignalPut put_signal(Store& store, const std::string& run_id, SignalRow signal) {
    std::promise<SignalPut> promise;
    store.put_signal(run_id, std::move(signal),
                     [&](SignalPut put) { promise.set_value(std::move(put)); });
    return promise.get_future().get();
}

inline StepRow step_row(std::string path, StepStatus status = StepStatus::kStarted) {
    StepRow row;
    row.path = std::move(path);
    row.module = "m";
    row.name = "s";
    row.status = status;
    row.started_at = 5;
    return row;
}

/// A new run with one step. Its owner is a host that is gone, unless it is given.
inline Mutation accept(std::string id, std::optional<std::string> key = {},
                       std::optional<std::string> owner = "host-1") {
    Mutation m;
    m.accept = true;
    m.run.id = std::move(id);
    m.run.workflow = "w";
    m.run.def_hash = "hash";
    m.run.idem_key = std::move(key);
    m.run.input = R"({"a":1})";
    m.run.owner = std::move(owner);
    m.run.revision = 1;
    m.run.created_at = 10;
    m.run.updated_at = 10;
    m.steps.push_back(step_row("a"));
    return m;
}

/// One that nobody owns and that stands still for a reason.
inline Mutation parked(std::string id, RunStatus status, std::string waits_for,
                       std::optional<std::int64_t> wake_at = {}) {
    auto m = accept(std::move(id), {}, std::nullopt);
    m.run.status = status;
    m.run.waits_for = std::move(waits_for);
    m.run.wake_at = wake_at;
    return m;
}

inline Mutation with_turn(Mutation m, std::string turn) {
    m.run.turn = std::move(turn);
    return m;
}

/// The next write of that run: its rows as they were, one revision later.
inline Mutation next(Mutation m) {
    m.accept = false;
    ++m.run.revision;
    return m;
}

/// The write that ends it.
inline Mutation ending(Mutation m, RunStatus status = RunStatus::kDone) {
    m = next(std::move(m));
    m.run.status = status;
    m.run.owner.reset();
    m.run.waits_for.reset();
    m.run.wake_at.reset();
    m.run.finished_at = 50;
    return m;
}

/// What a claimed run's next write is made of.
inline Mutation of_claimed(const ClaimedRun& claimed) {
    Mutation m;
    m.run = claimed.run;
    ++m.run.revision;
    return m;
}

class StoreContract : public testing::TestWithParam<const char*> {
protected:
    StoreContract() {
        const std::string where =
            std::string(GetParam()) == "memory" ? "memory:" : "sqlite:" + (dir_ / "g.db").string();
        store_ = Store::open(where, "test", &metrics_);
        store_->put_definition({"hash", "w", R"({"name":"w"})"});
    }
    test::TempDir dir_;
    Metrics metrics_;
    std::unique_ptr<Store> store_;
};

}  // namespace gantry::host
