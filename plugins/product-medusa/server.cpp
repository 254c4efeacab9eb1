// Each write answers with the product as it is afterwards: no second request reads it.
#include "server.hpp"

#include <gantry/url.hpp>

#include "sql/base64.hpp"

namespace product_medusa {
namespace {

constexpr const char* kWhole = "?fields=*categories";  // what is shown unasked, and these

// The class of what Medusa refuses, in its own word.
std::optional<gantry_status> number_of(const std::string& type) {
    if (type == "invalid_data" || type == "duplicate_error") return GANTRY_E_INVALID_DATA;
    if (type == "not_allowed") return GANTRY_E_REJECTED;
    if (type == "not_found") return GANTRY_E_NOT_FOUND;
    if (type == "conflict") return GANTRY_E_CONFLICT;
    return std::nullopt;
}

[[noreturn]] void refuse(const gantry::HttpResponse& answer) {
    const auto body = json::parse(answer.body, nullptr, /*allow_exceptions=*/false);
    const auto word = [&](const char* name) {
        const auto value = body.is_object() ? body.value(name, json()) : json();
        return value.is_string() ? value.get<std::string>() : std::string();
    };
    if (answer.status >= 400 && answer.status < 500) {
        if (const auto number = number_of(word("type"))) {
            throw Error(*number, word("message"), GANTRY_EF_NOT_APPLIED,
                        {{"status", answer.status}, {"type", word("type")}});
        }
        if (answer.status == 404) {
            throw Error(GANTRY_E_CONFIG,
                        answer.request +
                            " answered 404, and not as Medusa does; look at the "
                            "option url",
                        GANTRY_EF_NOT_APPLIED);
        }
        if (answer.status == 401) {
            throw Error(GANTRY_E_AUTH,
                        "Medusa does not take the API key; put a secret one that is not revoked "
                        "into the option api_key",
                        GANTRY_EF_NOT_APPLIED);
        }
    }
    answer.require_ok();
    throw Error(GANTRY_E_INTERNAL, "an answer that is no refusal");
}

// A part of an answer. What has it not comes from something else than Medusa.
json part_of(const json& answer, const char* name, bool wrote) {
    if (answer.is_object() && answer.contains(name)) return answer.at(name);
    throw Error(GANTRY_E_UNAVAILABLE,
                "an answer without \"" + std::string(name) + "\": is it a Medusa 2?",
                wrote ? GANTRY_EF_MAYBE_APPLIED : GANTRY_EF_NOT_APPLIED);
}

}  // namespace

Server::Server(const json& options)
    : url_(options.at("url")),
      authorization_("Basic " +
                     plugin_sql::base64(options.at("api_key").get<std::string>() + ":")) {
    if (!url_.starts_with("http://") && !url_.starts_with("https://")) {
        throw Error(GANTRY_E_CONFIG,
                    "url: found \"" + url_ + "\", expected one as https://shop.example:9000");
    }
}

json Server::ask(const gantry::Call& call, const std::string& method, const std::string& path,
                 const json* body, const std::string& key) const {
    gantry::HttpOptions options;
    options.key = key;
    options.headers = {{"Accept", "application/json"}, {"Authorization", authorization_}};
    if (body != nullptr) options.headers["Content-Type"] = "application/json";
    const auto answer =
        call.http(url_).send(method, "/admin" + path, body == nullptr ? "" : body->dump(), options);
    if (answer.status < 200 || answer.status > 299) refuse(answer);
    return answer.json();
}

json Server::find(const gantry::Call& call, const std::string& id) const {
    try {
        const auto path = gantry::url_path("products", id) + kWhole;
        return part_of(ask(call, "GET", path, nullptr), "product", false);
    } catch (const Error& e) {
        if (e.code() != GANTRY_E_NOT_FOUND) throw;
        return nullptr;
    }
}

json Server::change(const gantry::Call& call, const std::string& id, const json& body) const {
    const auto path = gantry::url_path("products", id) + kWhole;
    return part_of(ask(call, "POST", path, &body, id), "product", true);
}

json Server::create(const gantry::Call& call, const json& body, const std::string& key) const {
    const auto path = std::string("/products") + kWhole;
    return part_of(ask(call, "POST", path, &body, key), "product", true);
}

void Server::remove(const gantry::Call& call, const std::string& id) const {
    ask(call, "DELETE", gantry::url_path("products", id), nullptr, id);
}

Server::Page Server::list(const gantry::Call& call, const std::string& query) const {
    const auto answer = ask(call, "GET", std::string("/products") + kWhole + '&' + query, nullptr);
    return {part_of(answer, "products", false), part_of(answer, "count", false).get<std::size_t>()};
}

json Server::rows(const gantry::Call& call, const std::string& list, const std::string& name,
                  const std::string& query) const {
    return part_of(ask(call, "GET", gantry::url_path(list) + '?' + query, nullptr), name.c_str(),
                   false);
}

}  // namespace product_medusa
