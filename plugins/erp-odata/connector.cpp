#include "connector.hpp"

#include "errors.hpp"

namespace erp_odata {
namespace {

using gantry::Error;

json source_of(const json& options) {
    if (!options.contains("mapping")) return nullptr;
    const auto file = options.at("mapping").get<std::string>();
    auto source = mapping::read_source(file);
    try {
        static_cast<void>(Layout(source));
        static_cast<void>(mapping::Mapping(source, Layout::keys()));
    } catch (const Error& e) {
        throw Error(e.code(), file + ": " + e.message());
    }
    return source;
}

}  // namespace

Connector::Connector(const json& options)
    : language_(options.value("language", "EN")),
      user_(options.value("user", "")),
      client_(options.value("client", "")),
      place_(options.value("path", "")),
      source_(source_of(options)),
      session_(options.at("url"), client_, options),
      // OData has no way to ask a system who it is.
      system_(options.value("system", session_.url() + (place_.empty() ? "" : "/" + place_) +
                                          (client_.empty() ? "" : "#" + client_))) {}

void Connector::ping(Call& call) {
    site(call);
    require_ok(session_.read(call, "/"));
}

json Connector::describe(Call& call, const json&) {
    const auto& here = site(call);
    return {{"system", system()},
            {"fields", here.mapping().described()},
            {"remove", here.layout().remove}};
}

json Connector::retrieve(Call& call, const json& input) {
    const auto found = products(call).find(input);
    if (!found || found->marked) {
        throw Error(GANTRY_E_NOT_FOUND,
                    "no product " + input.at("id").dump() +
                        (found ? ": " + found->key + " is marked for deletion" : " there"),
                    GANTRY_EF_NOT_APPLIED, {{"id", input.at("id")}});
    }
    auto answer = view_of(*found);
    answer["id"] = input.at("id");
    return answer;
}

json Connector::snapshot(Call& call, const json& input) {
    const auto found = products(call).find(input);
    json answer = {{"system", system()},
                   {"id", input.at("id")},
                   {"exists", found && !found->marked},
                   {"version", version_of(found)},
                   {"state", nullptr}};
    if (input.contains("ref")) answer["ref"] = input.at("ref");
    if (found) answer["state"] = {{"key", found->key}, {"values", found->values}};
    return answer;
}

// Two calls may read it at once; the first to be done is kept.
const Site& Connector::site(const Call& call) {
    {
        const std::lock_guard lock(mutex_);
        if (site_) return *site_;
    }
    const auto response = session_.read(call, "/$metadata", {{"Accept", "application/xml"}});
    if (response.status == 404) {
        throw Error(
            GANTRY_E_CONFIG,
            session_.url() +
                "/$metadata is not there (404); check the option \"url\": expected the root "
                "of an OData service",
            GANTRY_EF_NOT_APPLIED);
    }
    require_ok(response);
    auto made = std::make_unique<const Site>(source_, response.body, place_);
    const std::lock_guard lock(mutex_);
    if (!site_) site_ = std::move(made);
    return *site_;
}

json Connector::system() const {
    return {{"kind", "odata"}, {"id", system_}, {"company", nullptr}};
}

json Connector::view_of(const Record& record) const {
    return {{"erp_ids", {{site_->layout().entity_set, record.key}}},
            {"version", record.version()},
            {"data", site_->to_ours(record.values)}};
}

json version_of(const std::optional<Record>& record) {
    return record && !record->marked ? json(record->version()) : json();
}

}  // namespace erp_odata
