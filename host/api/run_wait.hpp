// Starts a run and answers once it is over or stands still, or the time to wait is up.
#pragma once

#include "api/api.hpp"
#include "api/views.hpp"

namespace gantry::host {

struct RunRequest {
    StartRequest start;
    std::chrono::milliseconds wait;
};

/// `view` makes the answer from the run as the store has it then. Refusals are answered too. Call
/// it on the pool.
void run_and_wait(const std::shared_ptr<Api>& api, RunRequest request,
                  std::function<Answer(const RunDetails&)> view, Reply reply);

/// What `Prefer: wait=n` says, at most a minute; `otherwise` where it says nothing.
std::chrono::milliseconds wait_of(const Request& request, std::chrono::milliseconds otherwise);

}  // namespace gantry::host
