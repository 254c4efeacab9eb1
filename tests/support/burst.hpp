// Updates as a shop sends them, many at once and a third refused by the ERP; and what must be so
// when they are over.
#pragma once

#include "support/shop.hpp"
#include "support/timings.hpp"

#include <atomic>
#include <mutex>

namespace gantry::test {

/// Its loads are for one thread, one after the other.
class Burst {
public:
    /// Starts a host of this shop and makes the products. `workflows`: more of them, the steps by
    /// the name, where the configuration takes up workflows/*.json.
    explicit Burst(int products, const json& config = shop_config(),
                   const json& workflows = json::object());

    HostProcess& host() { return host_; }

    struct Load {
        Timings took;  // from the start of each run to its end, as its client sees it
        double seconds = 0;
        double per_second() const { return static_cast<double>(took.size()) / seconds; }
    };

    /// One update of each product, all under way before the first clients could see an end: nobody
    /// waits for an answer. How long each took is what its row says.
    Load all_at_once();

    /// So many clients, each with products of its own, which it goes through once, and then until
    /// the time is over; the next update is sent when the one before is answered.
    Load by_clients(int clients, std::chrono::milliseconds how_long = {});

    /// One update of each product, the next one so much later, answered or not.
    Load one_every(std::chrono::milliseconds gap);

    /// A line for each answer that was not as it must be.
    std::vector<std::string> broken() const { return broken_; }

    /// A line for each promise that was broken: an answer, a product on which both sides do
    /// not agree, a run that did not end as it must, one that nobody accounts for, a call that was
    /// too late, an error in the log, how the host ended. Stops the host.
    std::vector<std::string> check();

private:
    struct Product {
        int updates = 0;
        std::string title = "before";  // as both sides must have it
    };

    void make_products(int first, int end);
    void send(int product, HttpHeaders headers = {});
    void note(const std::string& broken);
    void check_product(int product);
    void check_runs();

    HostProcess host_;
    std::vector<Product> products_;
    std::atomic<int> accepted_{0};
    std::atomic<int> refused_{0};
    std::mutex mutex_;
    std::vector<std::string> broken_;
};

/// How many runs of the workflow are in each state, as the store's file says.
std::map<std::string, int> runs_by_state(const HostProcess& host, const std::string& workflow);

/// Whether no run is under way any more within `limit`.
bool until_none_is_open(HostProcess& host, std::chrono::seconds limit);

}  // namespace gantry::test
