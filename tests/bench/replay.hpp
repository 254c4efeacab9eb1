// A bare loop of libcurl: sends requests that a host sent before, as fast as the server answers.
#pragma once

#include "support/scripted_server.hpp"

#include <chrono>

namespace gantry::bench {

struct Replayed {
    std::chrono::duration<double> took{};
    std::size_t refused = 0;  // answered by anything but 2xx
};

/// `times` requests, those of `requests` again and again, to `port` of 127.0.0.1, by `clients` kept
/// connections at once. What names a version that is gone by now is left out.
Replayed replay(const std::vector<test::ServedRequest>& requests, std::size_t times, int port,
                int clients);

}  // namespace gantry::bench
