#include "record.hpp"

#include "sql/sha256.hpp"

#include <algorithm>
#include <cctype>

namespace erp_odata {
namespace {

const json& member(const json& entity, const std::string& name) {
    const auto found = entity.find(name);
    if (found != entity.end()) return *found;
    throw gantry::Error(GANTRY_E_INTERNAL,
                        "the service answered a product without " + name + ", which was asked for",
                        GANTRY_EF_NOT_APPLIED);
}

std::string text_of(const json& value) {
    if (value.is_null()) return "";
    return value.is_string() ? value.get<std::string>() : value.dump();
}

}  // namespace

std::string Record::version() const { return plugin_sql::sha256_hex(values.dump()).substr(0, 32); }

Record record_of(const Site& site, const json& entity, const std::string& language) {
    const auto& layout = site.layout();
    const auto& protocol = site.protocol();
    Record out;
    out.key = text_of(member(entity, layout.key));
    out.etag = protocol.etag(entity);
    out.values = json::object();
    for (const auto& name : site.own()) {
        out.values[name] = protocol.value(member(entity, name), site.property(name));
    }
    if (!layout.changed_by.empty()) out.changed_by = text_of(member(entity, layout.changed_by));
    if (!layout.mark.empty()) out.marked = out.values.at(layout.mark) == true;
    for (const auto& name : site.texts()) out.values["text." + name] = nullptr;
    if (site.text() == nullptr) return out;
    for (const auto& text : protocol.children(entity, layout.text_navigation)) {
        if (member(text, layout.text_language) != language) continue;
        for (const auto& name : site.texts()) {
            out.values["text." + name] =
                protocol.value(member(text, name), site.property("text." + name));
        }
        out.text = json::object();
        for (const auto& name : site.text()->keys) out.text[name] = member(text, name);
        out.text_etag = protocol.etag(text);
    }
    return out;
}

void take_over(const Site& site, const json& entity, Record& record) {
    for (const auto& name : site.own()) {
        const auto found = entity.find(name);
        if (found != entity.end()) {
            record.values[name] = site.protocol().value(*found, site.property(name));
        }
    }
}

bool same_user(const std::string& a, const std::string& b) {
    return !a.empty() && std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
        return std::toupper(static_cast<unsigned char>(x)) ==
               std::toupper(static_cast<unsigned char>(y));
    });
}

}  // namespace erp_odata
