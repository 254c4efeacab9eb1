// What a run has to write: one write in flight, and what came meanwhile in one more.
#pragma once

#include "flow/runs.hpp"
#include "flow/saga.hpp"
#include "store/store.hpp"

namespace gantry::host {

/// Rows and events of one or several changes, and what comes once they are durable.
struct RunWrite {
    Change change;  // its calls come once it is durable
    std::vector<Told> told;
    Mutation rows{};  // as sent
};

/// On the run's strand.
class RunWrites {
public:
    /// `written` gets what was sent and how it ended, on the thread that wrote. `saga` makes the
    /// rows when a write is sent. All outlive it.
    using Written = std::function<void(std::shared_ptr<RunWrite>, Outcome)>;
    RunWrites(Store& store, Saga& saga) : store_(store), saga_(saga) {}

    /// Merges `change` into what is not sent yet.
    void add(Change change, Told told);
    /// A write that failed and may be repeated: its rows come before, or together with, newer ones.
    void add_again(RunWrite failed);

    bool anything() const { return waiting_ != nullptr; }
    /// Whether what is not sent yet accepts the run.
    bool accepts() const { return waiting_ != nullptr && waiting_->change.accept; }
    /// Of what is sent next.
    const Change& next() const { return waiting_->change; }
    /// What is not sent never will be: who waits for it.
    std::vector<Told> drop() {
        const auto dropped = std::exchange(waiting_, nullptr);
        return dropped ? std::move(dropped->told) : std::vector<Told>{};
    }
    bool in_flight() const { return in_flight_; }

    /// Sends what there is. Not while one is in flight.
    void send(Written written);
    /// The one in flight has ended.
    void landed() { in_flight_ = false; }

private:
    Store& store_;
    Saga& saga_;
    std::shared_ptr<RunWrite> waiting_;
    bool in_flight_ = false;
};

}  // namespace gantry::host
