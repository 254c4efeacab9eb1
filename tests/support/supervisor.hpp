// A ledger's host under a supervisor that starts it again whenever it ends, and what tests of
// workflows of their own share.
#pragma once

#include "support/in_parallel.hpp"
#include "support/ledger_host.hpp"
#include "support/shop.hpp"

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <vector>

namespace gantry::test {

/// ledger_config() with a route POST /NAME, as those of ledger_workflows(), for each name.
inline json ledger_config_with(const std::vector<std::string>& names) {
    json config = ledger_config();
    for (const auto& name : names) {
        config["routes"].push_back(
            {{"method", "POST"}, {"path", "/" + name}, {"workflow", name}, {"wait", "60s"}});
    }
    return config;
}

/// The seconds that the slowest of 99 `work(key)` takes, four at a time; the best of three rounds,
/// for the machine is not ours. The keys begin with `name`.
template <typename Work>
double p99(const std::string& name, Work work) {
    using Clock = std::chrono::steady_clock;
    double best = 1e9;
    for (int round = 0; round < 3; ++round) {
        std::vector<double> took(99);
        in_parallel(99, 4, [&](int i) {
            const auto began = Clock::now();
            work(name + std::to_string(round) + "-" + std::to_string(i));
            took[static_cast<std::size_t>(i)] =
                std::chrono::duration<double>(Clock::now() - began).count();
        });
        best = std::min(best, *std::max_element(took.begin(), took.end()));
    }
    return best;
}

/// What a supervisor saw.
struct Supervised {
    std::vector<int> exits;  // why it had to start the host again
    std::string log;         // of the hosts that it started
};

/// Starts the host again whenever it ends, until nothing is under way. Throws after `most` starts.
inline Supervised supervise(LedgerHost& host, std::size_t most = 10) {
    Supervised seen;
    while (!host.settle()) {
        if (!host.process().exit_code()) throw std::runtime_error("it does not settle");
        while (host.process().exit_code()) {
            if (seen.exits.size() == most) throw std::runtime_error("it ends again and again");
            seen.exits.push_back(*host.process().exit_code());
            try {
                host.serve();
            } catch (const std::runtime_error&) {  // it died before it was ready
                if (!host.process().wait(std::chrono::seconds(60))) throw;
            }
            seen.log += host.log();
        }
    }
    seen.log += host.log();
    return seen;
}

/// The run with this key as the API shows it.
inline json run_of(const LedgerHost& host, const std::string& workflow, const std::string& key) {
    return host.get("/admin/workflows-executions/" + workflow + "/" + key)
        .parsed()
        .at("workflow_execution");
}

/// The value of a series of the running host's /metrics; -1: there is none.
inline double metric(const HostProcess& host, const std::string& series) {
    const auto text = "\n" + host.get("/metrics").body;
    const auto at = text.find("\n" + series + " ");
    return at == std::string::npos ? -1 : std::stod(text.substr(at + series.size() + 2));
}

}  // namespace gantry::test
