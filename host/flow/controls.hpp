// What people and other systems ask of a run: given to its runner where it is under way here, else
// the run is claimed for it. Nobody waits; each is answered once.
#pragma once

#include "flow/runner.hpp"

namespace gantry::host {

/// [any]
class Controls {
public:
    /// Where the runs of this host are. Its functions are [any] and wait for nothing.
    class Runners {
    public:
        virtual ~Runners() = default;
        virtual std::shared_ptr<Runner> find(const std::string& run_id) const = 0;
        /// The runner of a run that was claimed; it does nothing yet.
        virtual std::shared_ptr<Runner> adopt(ClaimedRun run) = 0;
        /// A run that stands is to be taken up again, if it can be.
        virtual void look_again(const std::string& run_id) = 0;
    };

    /// Both outlive it, and every callback: see RunOwner::busy.
    Controls(RunOwner& owner, Runners& runners) : owner_(owner), runners_(runners) {}

    void ask(const std::string& run_id, Verb verb, Told told);
    void supply(const std::string& run_id, const std::string& path, Side side, StepEnd end,
                Told told);
    void signal(const std::string& run_id, SignalRow signal,
                std::function<void(std::optional<Error>, bool known)> told);

private:
    class Asking;
    /// Does it at the run's runner.
    using Do = std::function<void(Runner& runner, std::function<void(Acted)> told)>;
    void begin(const std::string& run_id, Do act, const char* fits, bool takes_turn, Told told);

    RunOwner& owner_;
    Runners& runners_;
};

}  // namespace gantry::host
