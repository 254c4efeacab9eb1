// The real Medusa of these tests, seen through its admin API: never through the connector.
#pragma once

#include "support/fault_proxy.hpp"
#include "support/shop.hpp"

namespace gantry::test {

/// What tests/support/erp/medusa_up.sh started.
class Medusa {
public:
    /// Empty where it cannot be had; then `why` says so.
    static std::optional<Medusa> find(std::string& why);
    /// The one that main() found.
    static Medusa& get();

    int port() const { return port_; }
    const std::string& key() const { return key_; }

    /// A request below /admin. Throws what Medusa says unless it answers 2xx.
    json ask(const std::string& method, const std::string& path, const json& body = nullptr);
    /// Of an answer: the id of what was made.
    std::string make(const std::string& list, const std::string& name, const json& body);

    /// A product of this name with all that belongs to one. Its id.
    std::string make_product(const std::string& name);
    void change(const std::string& id, const json& body) { ask("POST", "/products/" + id, body); }
    /// All that Medusa shows of it but times of change, and when an image was made: one that was
    /// replaced is made again. Null: there is none.
    json product(const std::string& id);
    std::size_t count(const std::string& handle);

private:
    int port_ = 0;
    std::string key_;
    std::string authorization_;
};

/// A name that no earlier process used: what they left in Medusa stays there.
std::string new_name(const std::string& name);

/// A request that changes products.
bool is_write(const ServedRequest& request);
bool is_read(const ServedRequest& request);

/// A shop whose products are in Medusa behind a proxy, and whose ERP is the embedded one.
class MedusaShop {
public:
    /// `change` may alter the configuration.
    explicit MedusaShop(const std::function<void(json& config)>& change = {});

    HttpResponse update(const std::string& id, const json& changes, HttpHeaders headers = {}) {
        return test::update(host, id, changes, std::move(headers));
    }
    /// Runs a workflow to its end, or for a minute.
    json run(const std::string& workflow, json input, const std::string& id);
    /// Of both sides; before and after a run that was reverted it is equal.
    json state(const std::string& id);
    /// Of the newest run.
    std::string run_state() { return host.runs().at(0).at("state"); }
    std::size_t writes() const { return proxy.passed(is_write); }

    FaultProxy proxy;
    HostProcess host;
};

}  // namespace gantry::test
