// Medusa's admin API: one request each, signed in by a secret API key.
#pragma once

#include <gantry/call.hpp>

#include "refusal.hpp"

namespace product_medusa {

/// All functions may be called on any thread. Products are as Medusa shows them, with all their
/// relations. They throw Error: what Medusa says of itself counts before the status.
class Server {
public:
    /// `options` as plugin.json has them. Asks nobody. Throws Error CONFIG.
    explicit Server(const json& options);

    const std::string& url() const { return url_; }

    /// Null: there is none, or only a deleted one.
    json find(const gantry::Call& call, const std::string& id) const;
    /// The same after the change.
    json change(const gantry::Call& call, const std::string& id, const json& body) const;
    /// `key` is the last part of the write's key.
    json create(const gantry::Call& call, const json& body, const std::string& key) const;
    void remove(const gantry::Call& call, const std::string& id) const;

    struct Page {
        json products;
        std::size_t count;  // of all, whatever the page
    };
    /// `query`: "title=Shirt&limit=5", escaped.
    Page list(const gantry::Call& call, const std::string& query) const;

    /// Rows of another list: `list` "product-tags" is an array of `name` "product_tags".
    json rows(const gantry::Call& call, const std::string& list, const std::string& name,
              const std::string& query) const;

private:
    json ask(const gantry::Call& call, const std::string& method, const std::string& path,
             const json* body, const std::string& key = "") const;

    const std::string url_, authorization_;
};

}  // namespace product_medusa
