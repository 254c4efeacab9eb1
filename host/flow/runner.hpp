// Drives one run: event → saga → rows → commit → call → event. Owns nothing that waits.
#pragma once

#include "flow/engine.hpp"

namespace gantry::host {

class Runner : public std::enable_shared_from_this<Runner> {
public:
    Runner(Engine& engine, std::shared_ptr<const Plan> plan, RunRow run,
           std::vector<StepRow> steps);

    /// Sets it going; `accepted` comes once the first rows are durable (new runs only).
    void begin(std::function<void(Accepted)> accepted);

private:
    void perform(Change change);
    void committed(Change change, Outcome outcome);
    void refused(Change change, Outcome outcome);
    void call(CallCommand command);
    void call_later(CallCommand command);
    void record_undo(std::size_t step, std::string undo,
                     std::function<void(std::optional<Error>)> done);

    Engine& engine_;
    const std::shared_ptr<const Plan> plan_;
    std::mutex mutex_;  // guards saga_
    Saga saga_;
    const std::string id_;
    const std::string workflow_;
    std::function<void(Accepted)> accepted_;
};

}  // namespace gantry::host
