// Reads. A product is always read whole, since its version is a tag of all of it.
#include "connector.hpp"

#include <algorithm>
#include <limits>

#include "content.hpp"
#include "query.hpp"
#include "view.hpp"

namespace product_medusa {
namespace {

json shown(const json& product) { return row_of(product, version_of(content_of(product))); }

json rows_of(const json& products, const json& input) {
    json out = json::array();
    for (const auto& product : products) out.push_back(viewed(shown(product), input, false));
    return out;
}

}  // namespace

void Connector::ping(gantry::Call& call) { server_.list(call, "limit=1"); }

json Connector::retrieve(gantry::Call& call, const json& input) {
    const std::string id = input.at("id");
    json found;
    if (input.value("withDeleted", false)) {
        const auto page = server_.list(call, pair_of("id", id) + "&with_deleted=true");
        if (!page.products.empty()) found = page.products.at(0);
    } else {
        found = server_.find(call, id);
    }
    if (found.is_null()) throw not_found(id);
    return viewed(shown(found), input, true);
}

json Connector::list(gantry::Call& call, const json& input) {
    return rows_of(pages(call, input), input);
}

json Connector::list_and_count(gantry::Call& call, const json& input) {
    std::size_t count = 0;
    const auto rows = rows_of(pages(call, input, &count), input);
    return {{"rows", rows}, {"count", count}};
}

json Connector::pages(const gantry::Call& call, const json& input, std::size_t* count) const {
    const auto query = query_of(input);
    auto offset = input.value("skip", std::size_t{0});
    auto left = input.value("take", std::numeric_limits<std::size_t>::max());
    json out = json::array();
    while (true) {
        const auto limit = std::min(left, page_size_);
        const auto page = server_.list(
            call, query + "&offset=" + std::to_string(offset) + "&limit=" + std::to_string(limit));
        out.insert(out.end(), page.products.begin(), page.products.end());
        if (count != nullptr) *count = page.count;
        offset += page.products.size();
        left -= std::min(left, page.products.size());
        if (left == 0 || page.products.empty() || offset >= page.count) return out;
    }
}

json Connector::snapshot(gantry::Call& call, const json& input) {
    const auto found = server_.find(call, input.at("id"));
    const auto content = found.is_null() ? json() : content_of(found);
    return {{"system", system_},
            {"id", input.at("id")},
            {"exists", !content.is_null()},
            {"version", version_of(content)},
            {"state", content}};
}

}  // namespace product_medusa
