// A member that is not understood is refused: what it asked for would not be done.
#include "api/body.hpp"

#include "base/describe.hpp"
#include "base/nearest.hpp"
#include "base/utf8.hpp"

#include <algorithm>

namespace gantry::host {
namespace {

[[noreturn]] void refuse(const std::string& message) {
    throw Error(GANTRY_E_INVALID_DATA, message, GANTRY_EF_NOT_APPLIED);
}

std::string short_text(const Body& body, const char* name, std::size_t most) {
    auto text = body.text_or(name, "");
    if (utf8_prefix(text, most) == text.size()) return text;
    refuse(std::string(name) + ": found more than " + std::to_string(most) +
           " characters, expected at most as many");
}

}  // namespace

Body::Body(std::string_view text, const std::vector<std::string>& known)
    : text_(text.empty() ? "{}" : text), members_(json::parse(text_)) {
    if (!members_.is_object()) {
        refuse("the body is " + kind_of(members_) + ", expected an object");
    }
    for (const auto& member : members_.items()) {
        if (std::find(known.begin(), known.end(), member.key()) != known.end()) continue;
        refuse("Unrecognized field " + in_quotes(member.key()) + "." +
               did_you_mean_or_known(member.key(), known));
    }
}

std::string Body::text(const std::string& name) const {
    const auto it = members_.find(name);
    if (it == members_.end()) refuse(name + " is missing, expected a string");
    if (!it->is_string() || it->get_ref<const std::string&>().empty()) {
        refuse(name + ": found " + describe(*it) + ", expected a string that is not empty");
    }
    return it->get<std::string>();
}

std::string Body::text_or(const std::string& name, const std::string& otherwise) const {
    return has(name) ? text(name) : otherwise;
}

std::vector<std::string> Body::texts(const std::string& name) const {
    std::vector<std::string> all;
    const auto it = members_.find(name);
    if (it == members_.end()) return all;
    if (!it->is_array()) refuse(name + ": found " + describe(*it) + ", expected an array of texts");
    for (const auto& one : *it) {
        if (!one.is_string() || one.get_ref<const std::string&>().empty()) {
            refuse(name + ": found " + describe(one) + ", expected texts that are not empty");
        }
        all.push_back(one.get<std::string>());
    }
    return all;
}

bool Body::flag(const std::string& name) const {
    const auto it = members_.find(name);
    if (it == members_.end()) return false;
    if (!it->is_boolean()) refuse(name + ": found " + describe(*it) + ", expected true or false");
    return it->get<bool>();
}

std::string Body::raw(const std::string& name) const { return std::string(slice(text_, {name})); }

Asker asked_in(const Body& body, const std::string& asker) {
    Asker asked{short_text(body, "by", kMaxBy), short_text(body, "note", kMaxNote)};
    if (asked.by.empty()) asked.by = asker;
    return asked;
}

}  // namespace gantry::host
