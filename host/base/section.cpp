// The members asked for are the known ones; the rest is refused with the nearest of them.
#include "base/section.hpp"

#include "base/describe.hpp"
#include "base/nearest.hpp"

#include <algorithm>

namespace gantry::host {

void Reading::problem(const std::string& pointer, const std::string& message) {
    if (broken.count(pointer) != 0) return;
    problems.add(document.place(pointer), document.path_of(pointer), message);
}

std::string Reading::shown(const std::string& pointer) const {
    return in_quotes(document.root().at(json::json_pointer(pointer)).get_ref<const std::string&>());
}

bool expect(Reading& reading, const json& value, const std::string& pointer, json::value_t type) {
    if (value.type() == type) return true;
    reading.problem(pointer, "found " + describe(value) + ", expected " + kind_of(json(type)));
    return false;
}

Section::Section(Reading& reading, const json& value, std::string pointer)
    : reading_(reading), value_(value), pointer_(std::move(pointer)) {
    expect(reading_, value_, pointer_, json::value_t::object);
}

const json* Section::any(const std::string& key) {
    asked_.push_back(key);
    if (!value_.is_object()) return nullptr;
    const auto found = value_.find(key);
    return found == value_.end() ? nullptr : &*found;
}

const json* Section::typed(const std::string& key, json::value_t type) {
    const json* const value = any(key);
    return value != nullptr && expect(reading_, *value, pointer(key), type) ? value : nullptr;
}

std::optional<std::string> Section::text(const std::string& key) {
    const json* const value = typed(key, json::value_t::string);
    if (value == nullptr) return std::nullopt;
    return value->get<std::string>();
}

std::optional<std::string> Section::required_text(const std::string& key) {
    if (value_.is_object() && !value_.contains(key)) {
        reading_.problem(pointer_, "found no " + in_quotes(key) + ", expected one");
    }
    return text(key);
}

std::vector<std::pair<std::string, std::string>> Section::texts(const std::string& key) {
    std::vector<std::pair<std::string, std::string>> out;
    if (const json* const all = array(key)) {
        for (std::size_t i = 0; i < all->size(); ++i) {
            const auto at = child(pointer(key), i);
            if (expect(reading_, all->at(i), at, json::value_t::string)) {
                out.emplace_back(all->at(i).get<std::string>(), at);
            }
        }
    }
    return out;
}

void Section::refuse_others() {
    if (!value_.is_object()) return;
    for (const auto& [key, value] : value_.items()) {
        if (std::find(asked_.begin(), asked_.end(), key) != asked_.end()) continue;
        problem(key, "unknown key." + did_you_mean_or_known(key, asked_));
    }
}

void Section::problem(const std::string& key, const std::string& message) {
    reading_.problem(pointer(key), message);
}

}  // namespace gantry::host
