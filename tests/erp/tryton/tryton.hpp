// The real Tryton of these tests, seen through its own interface: never through the connector.
#pragma once

#include "support/fault_proxy.hpp"
#include "support/shop.hpp"

namespace gantry::test {

/// What tests/support/erp/tryton_up.sh started.
class Tryton {
public:
    /// Empty where it cannot be had; then `why` says so.
    static std::optional<Tryton> find(std::string& why);
    /// The one that main() found.
    static Tryton& get();

    int port() const { return port_; }
    const std::string& password() const { return password_; }

    /// A method, called by the user admin. Throws what Tryton says.
    json call(const std::string& method, json params, const json& context = json::object());

    /// A template with one variant, made by admin. Its id.
    int make(const std::string& code, const json& values = json::object(),
             const json& of_variant = json::object());
    /// An inactive one that Tryton refuses to activate: another has the code of one of its
    /// variants.
    void make_blocked(const std::string& code, const json& values = json::object(),
                      const json& of_variant = json::object());
    /// By admin, a moment later than all before.
    void write(const std::string& code, const json& values);

    /// All that Tryton keeps of a product, but when and by whom it was changed; null: none.
    json product(const std::string& code);
    std::size_t count(const std::string& code);

    /// The options of a module that reaches it through `port`.
    json options(int port) const;

private:
    int port_ = 0;
    std::string password_;
    int company_ = 0;
    std::string session_;
};

json decimal(const std::string& text);

/// An id of our product that no earlier process used: what they left in Tryton stays there.
std::string new_id(const std::string& name);

/// A request that changes products.
bool is_write(const ServedRequest& request);
bool is_read(const ServedRequest& request);
bool is_sign_in(const ServedRequest& request);

/// A shop whose ERP is Tryton behind a proxy, and a product in its product module.
class TrytonShop {
public:
    /// `change` may alter the configuration.
    explicit TrytonShop(const std::function<void(json& config)>& change = {});

    /// A product of this title in the product module, and unless told otherwise in Tryton.
    void make(const std::string& id, bool in_tryton = true);
    HttpResponse update(const std::string& id, const json& changes, HttpHeaders headers = {}) {
        return test::update(host, id, changes, std::move(headers));
    }
    /// Of both sides; before and after a run that was reverted it is equal.
    json state(const std::string& id);
    /// Of the newest run.
    std::string run_state() { return host.runs().at(0).at("state"); }
    std::size_t writes() const { return proxy.passed(is_write); }

    FaultProxy proxy;
    HostProcess host;
};

}  // namespace gantry::test
