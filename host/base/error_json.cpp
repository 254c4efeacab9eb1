// The names are those of abi.h without their prefix.
#include "base/error_json.hpp"

#include <gantry/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>

namespace gantry::host {
namespace {

struct Named {
    gantry_status code;
    std::string_view name;
};

constexpr std::array kCodes = {
    Named{GANTRY_OK, "OK"},
    Named{GANTRY_E_UNAVAILABLE, "UNAVAILABLE"},
    Named{GANTRY_E_RATE_LIMITED, "RATE_LIMITED"},
    Named{GANTRY_E_CONFLICT, "CONFLICT"},
    Named{GANTRY_E_REJECTED, "REJECTED"},
    Named{GANTRY_E_NOT_FOUND, "NOT_FOUND"},
    Named{GANTRY_E_UNSUPPORTED, "UNSUPPORTED"},
    Named{GANTRY_E_CHANGED, "CHANGED"},
    Named{GANTRY_E_INVALID_DATA, "INVALID_DATA"},
    Named{GANTRY_E_TOO_LARGE, "TOO_LARGE"},
    Named{GANTRY_E_CONFIG, "CONFIG"},
    Named{GANTRY_E_AUTH, "AUTH"},
    Named{GANTRY_E_CANCELLED, "CANCELLED"},
    Named{GANTRY_E_DEADLINE, "DEADLINE"},
    Named{GANTRY_E_STALE, "STALE"},
    Named{GANTRY_E_INTERNAL, "INTERNAL"},
    Named{GANTRY_E_MISUSE, "MISUSE"},
    Named{kKeyReused, "KEY_REUSED"},
};

constexpr std::array<const char*, 7> kClasses = {"OK",     "RETRYABLE", "PERMANENT", "INPUT",
                                                 "CONFIG", "STOPPED",   "BUG"};

}  // namespace

std::string class_name(gantry_status code) {
    const auto n = static_cast<std::size_t>(GANTRY_CLASS(code));
    return n < kClasses.size() ? kClasses[n] : kClasses[GANTRY_CLASS_PERMANENT];
}

std::string code_name(gantry_status code) {
    const auto* it = std::find_if(kCodes.begin(), kCodes.end(),
                                  [code](const Named& n) { return n.code == code; });
    if (it != kCodes.end()) return std::string(it->name);
    return class_name(code) + "/" + std::to_string(code & 0xffff);
}

std::vector<std::string> code_names() {
    std::vector<std::string> names;
    for (const auto& known : kCodes) names.emplace_back(known.name);
    return names;
}

gantry_status code_named(std::string_view name) {
    for (const auto& known : kCodes) {
        if (known.name == name) return known.code;
    }
    const auto slash = name.find('/');
    for (gantry_status c = GANTRY_CLASS_RETRYABLE; c <= GANTRY_CLASS_BUG; ++c) {
        if (slash == std::string_view::npos || name.substr(0, slash) != class_name(c << 16))
            continue;
        int number = 0;
        std::from_chars(name.data() + slash + 1, name.data() + name.size(), number);
        return GANTRY_ERROR(c, number & 0xffff);
    }
    return GANTRY_E_INTERNAL;
}

json to_json(const Error& error) {
    json out = {{"code", code_name(error.code())},
                {"class", class_name(error.code())},
                {"message", error.message()}};
    if ((error.flags() & GANTRY_EF_MAYBE_APPLIED) != 0) out["maybe_applied"] = true;
    if ((error.flags() & GANTRY_EF_NOT_APPLIED) != 0) out["not_applied"] = true;
    if (error.details().is_object()) out["details"] = error.details();
    return out;
}

}  // namespace gantry::host
