// How a product is found: by its key, or by our id in a property of theirs.
#include "products.hpp"

#include "errors.hpp"
#include "exact_json.hpp"
#include "forms.hpp"

#include <algorithm>

namespace erp_odata {
namespace {

using gantry::Error;
using gantry::HttpResponse;

constexpr int kMostPages = 100;

json answer_of(const HttpResponse& response) {
    auto answer = parse_exact(response.body);
    if (!answer.is_discarded()) return answer;
    return response.json();  // says what it is instead
}

[[noreturn]] void no_records(const HttpResponse& response) {
    throw Error(GANTRY_E_UNAVAILABLE,
                response.request + " answered " + std::to_string(response.status) +
                    " with JSON that is no answer of OData",
                GANTRY_EF_NOT_APPLIED);
}

}  // namespace

std::string Products::key_of(const json& input) const {
    const auto ref = input.value("ref", json::object());
    auto key = input.at("id").get<std::string>();
    const auto external = ref.value("external_id", json());
    const auto skus = ref.value("skus", json::array());
    // Nothing that is no GUID goes into a path as one.
    if (site_.makes_keys()) {
        return external.is_string() && is_guid(external) ? external.get<std::string>() : "";
    }
    if (external.is_string() && external != "") {
        key = external;
    } else if (skus.size() == 1 && skus.front() != "") {
        key = skus.front();
    } else if (!site_.layout().id.empty()) {
        return "";
    }
    if (site_.layout().upper_case_key) {
        std::transform(key.begin(), key.end(), key.begin(), [](char c) {
            return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
        });
    }
    return key;
}

std::optional<Record> Products::find(const json& input) const {
    const auto key = key_of(input);
    auto found = key.empty() ? std::nullopt : find_by_key(key);
    if ((found && !found->marked) || site_.layout().id.empty()) return found;
    // Else what was made before anybody said `ref` would be made once more.
    auto named = find_by_id(input.at("id"));
    return named && (!found || !named->marked) ? named : found;
}

std::optional<Record> Products::find_by_key(const std::string& key) const {
    // A server that compresses may change the ETag, to "1-gzip", and then refuse it in If-Match.
    const auto response =
        session_.read(call_, "/" + site_.product_path(key) + "?" + site_.selection(),
                      {{"Accept-Encoding", "identity"}});
    if (response.status == 404 && !said_in(response.body).is_null()) return std::nullopt;
    require_ok(response);
    const auto entity = site_.protocol().entity(answer_of(response));
    if (!entity.is_object()) no_records(response);
    auto record = record_of(site_, entity, language_);
    if (record.etag.empty()) record.etag = response.header("etag");
    return record;
}

std::optional<Record> Products::find_by_id(const std::string& id) const {
    const auto& layout = site_.layout();
    const auto literal = site_.protocol().key_literal(id, site_.product().properties.at(layout.id));
    auto query =
        "$filter=" + gantry::url_escaped(layout.id + " eq " + literal) + "&" + site_.selection();
    std::vector<Record> found;
    // A page may be empty and yet not the last one.
    for (int n = 0; !query.empty() && n < kMostPages; ++n) {
        const auto answer = page(query);
        for (const auto& entity : site_.protocol().entities(answer)) {
            found.push_back(record_of(site_, entity, language_));
        }
        // Of a link only the query: its host may be one that only the service knows.
        const auto next = site_.protocol().next(answer);
        query = next.empty() ? "" : next.substr(std::min(next.find('?') + 1, next.size()));
    }
    if (found.empty()) return std::nullopt;
    if (found.size() > 1) {
        std::erase_if(found, [](const Record& one) { return one.marked; });
    }
    if (found.size() == 1) return std::move(found.front());
    json keys = json::array();
    for (const auto& one : found) keys.push_back(one.key);
    throw Error(GANTRY_E_REJECTED,
                "product " + json(id).dump() + ": several records have it as their " + layout.id +
                    ": " + keys.dump() + "; leave it with one of them",
                GANTRY_EF_NOT_APPLIED, {{"found", keys}});
}

json Products::page(const std::string& query) const {
    const auto response = session_.read(call_, "/" + site_.products_path() + "?" + query);
    require_ok(response);
    auto answer = answer_of(response);
    if (!site_.protocol().entities(answer).is_array()) no_records(response);
    return answer;
}

}  // namespace erp_odata
