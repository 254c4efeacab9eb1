#include "product_write.hpp"

#include "events.hpp"
#include "refusal.hpp"

namespace catalogue {

namespace {

// `version`: that of `after`.
void save_as(const Write& write, const json& before, json after, const json& version) {
    const auto id = product_of(after.is_null() ? before : after).at("id").get<std::string>();
    if (!after.is_null()) product_of(after)["version"] = version;
    replace(write.sql, before, after);
    note_events(write, before, after);
    record_written(write, id, version);
}

}  // namespace

json load_to_write(const Write& write, const std::string& id) {
    refuse_if_undone(write, id);
    json state = load_state(write.sql, id);
    if (!is_live(state)) throw no_such_product(id);
    return state;
}

void save(const Write& write, const json& before, json after) {
    const json version = version_of(after);
    save_as(write, before, std::move(after), version);
}

void save_new(const Write& write, std::vector<json> states) {
    for (auto& state : states) product_of(state)["version"] = version_of(state);
    add_new(write.sql, states);
    note_created(write, states);
    for (const auto& state : states) {
        const json& product = product_of(state);
        record_written(write, product.at("id").get<std::string>(), product.at("version"));
    }
}

void edit(const Write& write, const std::string& id,
          const std::function<void(json& state)>& change) {
    const json before = load_to_write(write, id);
    json after = before;
    change(after);
    const json version = version_of(after);
    if (version != product_of(before).at("version")) {
        product_of(after)["updated_at"] = write.request.now;
    }
    save_as(write, before, std::move(after), version);
}

}  // namespace catalogue
