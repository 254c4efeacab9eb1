// An operator's client: asks again and again for what a person looks at, while a host is busy.
#pragma once

#include "support/host_process.hpp"
#include "support/timings.hpp"

#include <atomic>
#include <thread>

namespace gantry::test {

class Onlooker {
public:
    struct Seen {
        std::map<std::string, Timings> took;  // by path
        int refused = 0;                      // not answered with 200
    };

    explicit Onlooker(const HostProcess& host)
        : thread_([this, &host] {
              do {
                  look(host);
              } while (!over_);
          }) {}
    ~Onlooker() {
        over_ = true;
        if (thread_.joinable()) thread_.join();
    }
    Onlooker(const Onlooker&) = delete;
    Onlooker& operator=(const Onlooker&) = delete;

    /// Looks no more. What it saw.
    const Seen& stop() {
        over_ = true;
        thread_.join();
        return seen_;
    }

private:
    void look(const HostProcess& host) {
        for (const char* path : {"/health/live", "/admin/status", "/metrics"}) {
            const auto began = Timings::Clock::now();
            if (host.get(path).status != 200) ++seen_.refused;
            seen_.took[path].add_since(began);
        }
    }

    Seen seen_;
    std::atomic<bool> over_{false};
    std::thread thread_;  // last
};

}  // namespace gantry::test
