// Starts a run and answers once it is over or stands still, or the time to wait is up.
#pragma once

#include "api/api.hpp"
#include "api/views.hpp"

namespace gantry::host {

struct RunRequest {
    StartRequest start;
    std::chrono::milliseconds wait;
    std::string caller;  // see caller_of()
};

/// How the answer is made of the run as it is then.
struct RunAnswer {
    std::function<Answer(const RunDetails&)> make;
    bool whole;  // wants steps and events, too
};

/// Refusals are answered, too. On a thread of the API; none is held while the run goes on.
void run_and_wait(const std::shared_ptr<Api>& api, RunRequest request, RunAnswer view, Reply reply);

/// What `Prefer: wait=n` says, at most a minute; `otherwise` where it says nothing.
std::chrono::milliseconds wait_of(const Request& request, std::chrono::milliseconds otherwise);

}  // namespace gantry::host
