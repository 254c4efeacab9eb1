#include "errors.hpp"

namespace erp_odata {
namespace {

using gantry::Error;
using gantry::json;

constexpr std::size_t kShown = 10;  // of a list of messages

json message_of(const json& error) {
    const auto message = error.value("message", json());
    const auto text = message.is_object() ? message.value("value", json()) : message;
    json out = {{"message", text.is_string() ? text : json("")}};
    for (const char* name : {"code", "target"}) {
        const auto value = error.value(name, json());
        if (value.is_string() && !value.get_ref<const std::string&>().empty()) out[name] = value;
    }
    return out;
}

json list_of(const json& error) {
    const auto inner = error.value("innererror", json::object());
    json list = error.value("details", json());
    if (!list.is_array() && inner.is_object()) list = inner.value("errordetails", json());
    json out = json::array();
    for (const auto& one : list.is_array() ? list : json::array()) {
        if (one.is_object() && out.size() < kShown) out.push_back(message_of(one));
    }
    return out;
}

std::string in_words(const json& message) {
    auto text = message.at("message").get<std::string>();
    std::string more = message.value("code", "");
    if (message.contains("target")) {
        more += (more.empty() ? "at " : " at ") + message.at("target").get<std::string>();
    }
    return more.empty() ? text : text + " (" + more + ")";
}

std::string in_words_all(const json& said) {
    auto text = in_words(said);
    for (const auto& one : said.at("messages")) {
        // SAP repeats the first one in the list.
        if (one.at("message") != said.at("message")) text += "; " + in_words(one);
    }
    return text;
}

std::string hint(std::uint32_t status) {
    if (status == 401) return "; check user and password, or client_id and client_secret";
    if (status == 403) return "; the user lacks a role there";
    if (status == 428) return "; it wants If-Match and has given no ETag to answer it with";
    return "";
}

}  // namespace

json said_in(const std::string& body) {
    const auto answer = json::parse(body, nullptr, false);
    if (!answer.is_object() || !answer.value("error", json()).is_object()) return nullptr;
    auto said = message_of(answer.at("error"));
    said["messages"] = list_of(answer.at("error"));
    return said;
}

void require_ok(const gantry::HttpResponse& response) {
    if (response.status >= 200 && response.status < 300) return;
    try {
        response.require_ok();
    } catch (const Error& e) {
        const auto said = said_in(response.body);
        auto code = e.code();
        if (response.status == 423) code = GANTRY_E_CONFLICT;
        if (response.status == 428) code = GANTRY_E_CONFIG;
        auto message = e.message();
        if (response.status == 404 && said.is_null()) {
            code = GANTRY_E_REJECTED;
            message +=
                ", and not as an OData service does; check the URLs of the module and what "
                "stands before the service";
        }
        json details = {{"status", response.status}};
        if (!said.is_null()) {
            message = response.request + " answered " + std::to_string(response.status) + ": " +
                      in_words_all(said);
            details.update(said);
        }
        throw Error(code, message + hint(response.status), e.flags(), details, e.retry_after());
    }
}

}  // namespace erp_odata
