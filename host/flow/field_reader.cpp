// Every mistake says what was found and what is expected.
#include "flow/field_reader.hpp"

#include "base/describe.hpp"
#include "base/duration.hpp"
#include "base/nearest.hpp"

#include <algorithm>

namespace gantry::host {
namespace {

constexpr std::size_t kMaxId = 64;

}  // namespace

bool FieldReader::is_id(std::string_view id) {
    return !id.empty() && id.size() <= kMaxId &&
           std::all_of(id.begin(), id.end(), [](unsigned char c) {
               return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.';
           });
}

void FieldReader::check_keys(const json& object, const std::string& at,
                             const std::vector<std::string>& known) {
    for (const auto& [key, value] : object.items()) {
        if (std::find(known.begin(), known.end(), key) != known.end()) continue;
        std::string list;
        for (const auto& k : known) list += (list.empty() ? "" : ", ") + k;
        add(at + "/" + key,
            "unknown key \"" + key + "\"; known: " + list + "." + did_you_mean(key, known));
    }
}

void FieldReader::check_id(const std::string& id, const std::string& at) {
    if (!is_id(id)) add(at, "a name or id has 1 to 64 letters, digits, '-', '_' and '.'");
}

std::string FieldReader::text_at(const json& object, const std::string& at, const char* key) {
    const auto it = object.find(key);
    if (it == object.end()) {
        add(at, "missing \"" + std::string(key) + "\"");
    } else if (!it->is_string() || it->get_ref<const std::string&>().empty()) {
        add(at + "/" + key, "expected a text, found " + describe(*it));
    } else {
        return it->get<std::string>();
    }
    return {};
}

std::optional<std::chrono::milliseconds> FieldReader::duration_at(const json& object,
                                                                  const std::string& at,
                                                                  const char* key) {
    const auto it = object.find(key);
    if (it == object.end()) return std::nullopt;
    const auto duration = it->is_string() ? parse_duration(it->get<std::string>()) : std::nullopt;
    if (!duration) {
        add(at + "/" + key,
            "found " + shown(*it) + ", expected a duration such as \"30s\", more than 0");
    }
    return duration;
}

std::optional<ServiceMethod> FieldReader::method(const json& object, const std::string& at,
                                                 const char* key) {
    const auto& source = object.at(key);
    const std::string text = source.is_string() ? source.get<std::string>() : "";
    const auto dot = text.rfind('.');
    if (dot == std::string::npos || dot == 0 || dot + 1 == text.size()) {
        add(at + "/" + key, "expected \"service.method\", found " + describe(source));
        return std::nullopt;
    }
    return ServiceMethod{text.substr(0, dot), text.substr(dot + 1)};
}

SidePolicy FieldReader::policy(const json& source, const std::string& at, const char* side) {
    SidePolicy out;
    const auto it = source.find(side);
    if (it == source.end()) return out;
    const std::string here = at + "/" + side;
    if (!it->is_object()) {
        add(here,
            "expected an object with timeout, attempts, first_delay, max_delay, give_up_after");
        return out;
    }
    check_keys(*it, here, {"timeout", "attempts", "first_delay", "max_delay", "give_up_after"});
    out.timeout = duration_at(*it, here, "timeout");
    out.first_delay = duration_at(*it, here, "first_delay");
    out.max_delay = duration_at(*it, here, "max_delay");
    out.give_up_after = duration_at(*it, here, "give_up_after");
    if (it->contains("attempts")) {
        const auto& attempts = it->at("attempts");
        if (attempts.is_number_integer() && attempts >= 1 && attempts <= 1'000'000) {
            out.attempts = attempts.get<int>();
        } else {
            add(here + "/attempts", "expected a whole number from 1, found " + describe(attempts));
        }
    }
    return out;
}

}  // namespace gantry::host
