// Errors come with status 200, as {"error": [NAME, [MESSAGE, DESCRIPTION, …]]} or [TEXT, ""]. Their
// texts are in the user's language: only the names are looked at.
#include "reply.hpp"

namespace erp_tryton {
namespace {

using gantry::Error;

constexpr std::size_t kShown = 500;  // a domain rule's error has several KiB

// One line, and not too long a one.
std::string cut(std::string text) {
    for (char& c : text) {
        if (static_cast<unsigned char>(c) < 0x20) c = ' ';
    }
    text.erase(text.find_last_not_of(' ') + 1);
    if (text.size() <= kShown) return text;
    auto end = kShown;
    while ((static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) --end;
    return text.erase(end) + "…";
}

// MESSAGE and DESCRIPTION of what stands behind the name.
std::string said(const json& arguments) {
    if (arguments.is_string()) return cut(arguments);
    std::string out;
    for (std::size_t i = 0; i < 2 && arguments.is_array() && i < arguments.size(); ++i) {
        const auto text = arguments[i].is_string() ? arguments[i].get<std::string>() : "";
        if (!text.empty()) out += (out.empty() ? "" : " ") + text;
    }
    return cut(out);
}

[[noreturn]] void refuse(gantry_status code, const std::string& name, const std::string& message,
                         const std::string& what) {
    throw Error(code, what, GANTRY_EF_NOT_APPLIED, {{"tryton", name}, {"message", message}});
}

[[noreturn]] void fail(const json& error, const gantry::HttpResponse& answer,
                       const std::string& method) {
    const bool named = error.is_array() && !error.empty() && error[0].is_string();
    const auto name = named ? error[0].get<std::string>() : error.dump();
    const auto arguments = named && error.size() > 1 ? error[1] : json();
    const auto message = said(arguments);
    if (name == "UserError") refuse(GANTRY_E_REJECTED, name, message, "Tryton refuses: " + message);
    if (name == "UserWarning") {
        // [NAME, MESSAGE, DESCRIPTION]: the first one names the warning, not what is wrong.
        const auto rest = arguments.is_array() && arguments.size() > 1
                              ? json(arguments.begin() + 1, arguments.end())
                              : json::array();
        refuse(GANTRY_E_REJECTED, name, said(rest),
               "Tryton warns and asks whether to go on: " + said(rest) +
                   "; a person has to answer it there, once and for always, for the login");
    }
    if (name == "ConcurrencyException") {
        refuse(GANTRY_E_CONFLICT, name, message,
               "somebody changed the product in Tryton since it was read; read it again");
    }
    if (name == "LoginException") {
        refuse(GANTRY_E_AUTH, name, message, "Tryton asks for more than the password: " + message);
    }
    throw Error(GANTRY_E_UNAVAILABLE, method + " ended in Tryton with: " + cut(name),
                answer.wrote ? GANTRY_EF_MAYBE_APPLIED : GANTRY_EF_NOT_APPLIED,
                {{"tryton", cut(name)}});
}

}  // namespace

json result_of(const gantry::HttpResponse& answer, const std::string& method) {
    if (answer.status == 404) {
        throw Error(
            GANTRY_E_CONFIG,
            answer.request + " knows no such database; look at the options url and database",
            GANTRY_EF_NOT_APPLIED);
    }
    answer.require_ok();
    const auto reply = answer.json();
    if (reply.is_object() && reply.contains("error")) fail(reply.at("error"), answer, method);
    if (!reply.is_object() || !reply.contains("result")) {
        throw Error(GANTRY_E_UNAVAILABLE,
                    answer.request + " answered " + method +
                        " with JSON that is neither a result nor an error: is it a Tryton 6.0?",
                    answer.wrote ? GANTRY_EF_MAYBE_APPLIED : GANTRY_EF_NOT_APPLIED);
    }
    return reply.at("result");
}

}  // namespace erp_tryton
