// gantry.product/1 on Medusa's admin API, which knows no keys and no preconditions: what is to be
// changed is read first, and what was changed is told by what is there.
#pragma once

#include "notes.hpp"
#include "server.hpp"

namespace product_medusa {

/// All functions may be called on any thread and take and give what sdk/interfaces/product.v1.json
/// says.
class Connector {
public:
    /// `options` as plugin.json has them. Asks nobody. Throws Error CONFIG.
    explicit Connector(const json& options)
        : server_(options),
          system_(options.value("system", server_.url())),
          page_size_(options.value("page_size", std::size_t{50})),
          notes_(options.value("notes", "")) {}

    /// Throws why Medusa is not reached, or not with this key.
    void ping(gantry::Call& call);

    json retrieve(gantry::Call& call, const json& input);
    json list(gantry::Call& call, const json& input);
    json list_and_count(gantry::Call& call, const json& input);
    json create(gantry::Call& call, const json& input);
    json update(gantry::Call& call, const json& input);
    json remove(gantry::Call& call, const json& input);
    json snapshot(gantry::Call& call, const json& input);
    json restore(gantry::Call& call, const json& input);
    /// The notes; what Medusa holds is in Medusa's own backup.
    json backup(gantry::Call&, const json& input) { return notes_.backup(input); }

private:
    // Products as Medusa shows them, from `skip` on, `take` at the most.
    json pages(const gantry::Call& call, const json& input, std::size_t* count = nullptr) const;
    // `data` with ids in the place of the names of type, collection, tags and categories.
    json by_id(const gantry::Call& call, json data) const;

    json create_one(const gantry::Call& call, const json& given, std::size_t n) const;
    json update_one(const gantry::Call& call, const json& found, const json& data,
                    const json& if_version);
    // The product after the write. A refusal is believed when the product is as it was.
    json write(const gantry::Call& call, const json& now, const json& body) const;
    // False where it cannot be read either.
    bool is_still(const gantry::Call& call, const json& content) const;

    // restoreProduct of what was there before, and of what was not.
    json put_back(const gantry::Call& call, const json& input, const json& found);
    json take_away(const gantry::Call& call, const json& input, const json& found);
    void require_ours(const gantry::Call& call, const json& input, const json& now);

    const Server server_;
    const std::string system_;  // the name it goes by
    const std::size_t page_size_;
    Notes notes_;
};

}  // namespace product_medusa
