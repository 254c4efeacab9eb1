#include "layout.hpp"

#include "mapping/nearest.hpp"

#include <algorithm>

namespace erp_odata {
namespace {

constexpr std::string_view kText = "text.";

// What is wrong, all of it.
class Reader {
public:
    // A member of `from`, a text; where it is missing and needed, that is a mistake.
    std::string text(const json& from, const char* name, const std::string& place, bool needed) {
        const auto it = from.find(name);
        if (it != from.end() && it->is_string() && !it->get_ref<const std::string&>().empty()) {
            return *it;
        }
        if (it != from.end()) add(place + name, "found " + it->dump() + ", expected a name");
        if (it == from.end() && needed) add(place + name, "is missing: the name of theirs");
        return "";
    }

    const json& object(const json& from, const char* name) {
        static const json kNone = json::object();
        const auto it = from.find(name);
        if (it == from.end()) return kNone;
        if (it->is_object()) return *it;
        add(name, "found " + it->dump() + ", expected an object");
        return kNone;
    }

    void only(const json& from, const std::string& place, const std::vector<std::string>& known) {
        for (const auto& [name, unused] : from.items()) {
            if (std::find(known.begin(), known.end(), name) != known.end()) continue;
            add(place + name, "unknown key" + mapping::nearest_of(name, known));
        }
    }

    void add(const std::string& place, const std::string& what) {
        mistakes_ += (mistakes_.empty() ? "mapping." : "; mapping.") + place + ": " + what;
    }

    void end() const {
        if (!mistakes_.empty()) throw gantry::Error(GANTRY_E_CONFIG, mistakes_);
    }

private:
    std::string mistakes_;
};

void read_remove(Layout& layout, Reader& reader, const json& source) {
    const auto remove = source.value("remove", json("none"));
    if (remove.is_object()) {
        reader.only(remove, "remove.", {"mark"});
        layout.remove = "mark";
        layout.mark = reader.text(remove, "mark", "remove.", true);
    } else if (remove == "delete" || remove == "none") {
        layout.remove = remove;
    } else {
        reader.add("remove", "found " + remove.dump() +
                                 R"(, expected "delete", "none" or {"mark": PROPERTY})");
    }
}

void check_units(Reader& reader, const json& units) {
    for (const auto& [name, unit] : units.items()) {
        const bool one = unit.is_object() && unit.size() == 1 && unit.begin()->is_string();
        if (!one) reader.add("units." + name, R"(expected {PROPERTY: "the unit"})");
    }
}

}  // namespace

Layout::Layout(const json& source) {
    if (!source.is_object()) {
        throw gantry::Error(GANTRY_E_CONFIG, "mapping: expected an object");
    }
    Reader reader;
    entity_set = reader.text(source, "entity_set", "", true);
    key = reader.text(source, "key", "", true);
    id = reader.text(source, "id", "", false);
    changed_by = reader.text(source, "changed_by", "", false);
    if (const auto upper = source.value("upper_case_key", json(false)); upper.is_boolean()) {
        upper_case_key = upper;
    } else {
        reader.add("upper_case_key", "found " + upper.dump() + ", expected true or false");
    }
    const auto& text = reader.object(source, "text");
    if (!text.empty()) {
        reader.only(text, "text.", {"navigation", "language"});
        text_navigation = reader.text(text, "navigation", "text.", true);
        text_language = reader.text(text, "language", "text.", true);
    }
    units = reader.object(source, "units");
    check_units(reader, units);
    read_remove(*this, reader, source);
    reader.end();
}

std::vector<std::string> Layout::keys() {
    return {"entity_set", "key", "upper_case_key", "id", "text", "units", "changed_by", "remove"};
}

std::string text_property(const std::string& path) {
    return path.starts_with(kText) ? path.substr(kText.size()) : "";
}

}  // namespace erp_odata
