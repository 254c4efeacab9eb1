// The system that the odd calls go to: "/422" is answered so, "/lost" and "/stall" are not.
#pragma once

#include "play.hpp"
#include "support/scripted_server.hpp"

namespace gantry::test {

inline Reaction react(const ServedRequest& request, int) {
    if (request.target == "/lost") return drop();
    if (request.target == "/stall") return stall();
    return answer(request.target == "/" ? 200 : std::stoi(request.target.substr(1)));
}

inline std::vector<std::string> arrivals(const ScriptedServer& server) {
    std::vector<std::string> out;
    for (const auto& request : server.requests()) {
        out.push_back(arrival(request.method, request.header("idempotency-key")));
    }
    return out;
}

}  // namespace gantry::test
