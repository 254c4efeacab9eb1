// How a product is written: one request, with the ETag that was read as its precondition.
#include "products.hpp"

#include "batch.hpp"
#include "errors.hpp"
#include "exact_json.hpp"
#include "keeps.hpp"

#include <utility>

namespace erp_odata {
namespace {

using gantry::Error;
using gantry::HttpHeaders;
using gantry::HttpResponse;

// Null where the service answers with nothing.
json entity_of(const Site& site, const HttpResponse& response) {
    if (response.body.empty()) return nullptr;
    const auto answer = parse_exact(response.body);
    if (answer.is_discarded()) static_cast<void>(response.json());  // throws
    return site.protocol().entity(answer);
}

HttpHeaders when(const std::string& etag) {
    return etag.empty() ? HttpHeaders{} : HttpHeaders{{"If-Match", etag}};
}

// {property: value} of the product, and of its text.
std::pair<json, json> split(const json& changes) {
    std::pair<json, json> out{json::object(), json::object()};
    for (const auto& [path, value] : changes.items()) {
        const auto text = text_property(path);
        if (text.empty()) {
            out.first[path] = value;
        } else {
            out.second[text] = value;
        }
    }
    return out;
}

bool all_null(const json& values) {
    return std::all_of(values.begin(), values.end(), [](const json& one) { return one.is_null(); });
}

}  // namespace

Record Products::create(const json& input, const json& values) const {
    const auto& layout = site_.layout();
    auto [own, text] = split(values);
    for (const auto& [name, value] : site_.mapping().constants().items()) {
        if (!own.contains(name)) own[name] = canonical(value, site_.property(name));
    }
    if (!site_.makes_keys()) {
        auto key = key_of(input);
        if (key.empty())
            key = key_of({{"id", input.at("id")}, {"ref", {{"external_id", input.at("id")}}}});
        own[layout.key] = canonical(key, site_.product().properties.at(layout.key));
    }
    if (!layout.id.empty()) own[layout.id] = input.at("id");
    for (const auto& name : {layout.key, layout.id}) {
        if (own.contains(name)) require_kept(name, own[name], site_.property(name), own[name]);
    }
    std::string more;
    if (!all_null(text)) {
        text[layout.text_language] = language_;
        more = json(layout.text_navigation).dump() + ":" +
               site_.protocol().children_text(body_of(site_.protocol(), *site_.text(), text));
    }
    const auto response = session_.write(call_, "POST", "/" + site_.products_path(),
                                         body_of(site_.protocol(), site_.product(), own, more),
                                         {{"Content-Type", "application/json"}}, "create");
    require_ok(response);
    const auto entity = entity_of(site_, response);
    const auto complete = [&] {
        return entity.is_object() && entity.contains(layout.key) &&
               std::all_of(site_.own().begin(), site_.own().end(),
                           [&](const auto& name) { return entity.contains(name); });
    };
    if (!complete()) {
        if (auto made = find(input)) return *made;
        throw Error(GANTRY_E_UNAVAILABLE, "the product that was created is not there yet",
                    GANTRY_EF_MAYBE_APPLIED);
    }
    auto record = record_of(site_, entity, language_);
    for (const auto& [path, value] : values.items()) {
        if (!text_property(path).empty()) record.values[path] = value;
    }
    return record;
}

Record Products::change(const Record& record, const json& changes) const {
    const auto& protocol = site_.protocol();
    const auto path = site_.product_path(record.key);
    const auto [own, text] = split(changes);
    auto after = record;
    after.values.update(changes);

    std::vector<Part> parts;
    if (!own.empty()) {
        parts.push_back(
            {"PATCH", path, body_of(protocol, site_.product(), own), when(record.etag)});
    }
    if (!text.empty()) {
        json all = json::object();
        for (const auto& name : site_.texts()) all[name] = after.values.at("text." + name);
        Part part;
        if (record.text.is_null()) {
            auto made = all;
            made[site_.layout().text_language] = language_;
            part = {"POST",
                    path + "/" + site_.layout().text_navigation,
                    body_of(protocol, *site_.text(), made),
                    {}};
        } else {
            part = {"PATCH", site_.path(site_.text_set(), *site_.text(), record.text),
                    body_of(protocol, *site_.text(), text), when(record.text_etag)};
            if (all_null(all)) part.method = "DELETE";
            if (part.method == "DELETE") part.body.clear();
        }
        // Where the text has no precondition of its own the product's stands for it.
        if (parts.empty() && part.headers.empty() && !record.etag.empty()) {
            parts.push_back({"PATCH", path, "{}", when(record.etag)});
        }
        // The first part moves the ETag of both; none of the changeset is seen from outside.
        if (!parts.empty() && !part.headers.empty()) part.headers["If-Match"] = "*";
        parts.push_back(std::move(part));
    }
    if (parts.empty()) return after;
    const auto answers = write(parts);
    if (parts.front().path == path && answers.front().is_object()) {
        take_over(site_, answers.front(), after);
    }
    return after;
}

void Products::remove(const Record& record) const {
    write({{"DELETE", site_.product_path(record.key), "", when(record.etag)}});
}

// What each part answers; null where that is nothing.
std::vector<json> Products::write(const std::vector<Part>& parts) const {
    std::vector<json> out;
    if (parts.size() == 1) {
        const auto& part = parts.front();
        auto headers = part.headers;
        if (!part.body.empty()) headers["Content-Type"] = "application/json";
        const auto response = session_.write(call_, part.method, "/" + part.path, part.body,
                                             std::move(headers), "change");
        require_ok(response);
        out.push_back(entity_of(site_, response));
        return out;
    }
    auto typed = parts;
    for (auto& part : typed) {
        part.headers["Accept"] = "application/json";
        if (!part.body.empty()) part.headers["Content-Type"] = "application/json";
    }
    const auto response =
        session_.write(call_, "POST", "/$batch", batch_body(typed),
                       {{"Content-Type", batch_type()}, {"Accept", "multipart/mixed"}}, "change");
    for (const auto& answer : batch_answers(response, parts.size())) {
        out.push_back(entity_of(site_, answer));
    }
    return out;
}

}  // namespace erp_odata
