// Conversions are exact and can be turned round, or the mapping is refused.
#include "mapping/mapping.hpp"

#include "mapping/decimal.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <set>
#include <sstream>

namespace mapping {
namespace {

using gantry::Error;

constexpr std::array<std::string_view, 6> kTypes = {"string",  "text",    "integer",
                                                    "decimal", "boolean", "date"};

bool is_text(const Field& field) {
    return field.type == "string" || field.type == "text" || field.type == "date";
}

// What is wrong with a mapping, all of it.
class Reader {
public:
    Field field(const std::string& name, const json& source) {
        Field f;
        f.ours = name;
        if (!source.is_object()) {
            add(name, "found " + source.dump() + R"(, expected an object with "to")");
            return f;
        }
        for (const auto& [key, value] : source.items()) read(f, key, value);
        if (f.theirs.empty()) add(name, R"("to" is missing: the field of theirs)");
        if (f.type.empty()) f.type = "string";
        if (std::find(kTypes.begin(), kTypes.end(), f.type) == kTypes.end()) {
            add(name, "found type \"" + f.type +
                          "\", expected one of string, text, integer, decimal, boolean, date");
        }
        const bool number = f.type == "decimal" || f.type == "integer";
        if (f.shift != 0 && !number) add(name, R"("shift" goes with decimal and integer)");
        if (f.decimals && f.type != "decimal") add(name, R"("decimals" goes with decimal)");
        if (f.max_length && !is_text(f)) add(name, R"("max_length" goes with a text)");
        if (!f.values.is_null()) check_values(f);
        return f;
    }

    void add(const std::string& name, const std::string& what) {
        mistakes_ += (mistakes_.empty() ? "" : "; ") + ("mapping." + name) + ": " + what;
    }

    void end() const {
        if (!mistakes_.empty()) throw Error(GANTRY_E_CONFIG, mistakes_);
    }

private:
    void read(Field& f, const std::string& key, const json& value) {
        const auto size = [&](std::optional<std::size_t>& into) {
            if (value.is_number_integer() && value >= 0) {
                into = value.get<std::size_t>();
            } else {
                wrong(f, key, value, "a number that is not negative");
            }
        };
        const auto text = [&](std::string& into) {
            if (value.is_string()) {
                into = value;
            } else {
                wrong(f, key, value, "a text");
            }
        };
        const auto yes_or_no = [&](bool& into) {
            if (value.is_boolean()) {
                into = value;
            } else {
                wrong(f, key, value, "true or false");
            }
        };
        if (key == "to") return text(f.theirs);
        if (key == "type") return text(f.type);
        if (key == "unit") return text(f.unit);
        if (key == "max_length") return size(f.max_length);
        if (key == "decimals") return size(f.decimals);
        if (key == "required") return yes_or_no(f.required);
        if (key == "writable") return yes_or_no(f.writable);
        if (key == "values") {
            f.values = value;
        } else if (key == "shift") {
            constexpr int kMost = 12;
            const bool fits = value.is_number_integer() && value >= -kMost && value <= kMost;
            if (!fits) return wrong(f, key, value, "a whole number from -12 to 12");
            f.shift = value;
        } else {
            add(f.ours, "unknown key \"" + key +
                            "\"; known: to, type, max_length, decimals, required, writable, unit, "
                            "shift, values");
        }
    }

    void wrong(const Field& f, const std::string& key, const json& found, const char* expected) {
        add(f.ours + "." + key, "found " + found.dump() + ", expected " + expected);
    }

    void check_values(const Field& f) {
        if (!f.values.is_object() || f.values.empty()) {
            return wrong(f, "values", f.values, "an object {ours: theirs}");
        }
        if (f.type != "string") add(f.ours, R"("values" goes with type string)");
        std::set<json> theirs;
        for (const auto& [ours, value] : f.values.items()) {
            if (!theirs.insert(value).second) {
                add(f.ours + ".values",
                    "two of ours are " + value.dump() + " of theirs: it could not be read back");
            }
        }
    }

    std::string mistakes_;
};

[[noreturn]] void refuse(const Field& f, const json& found, const std::string& expected) {
    throw Error(GANTRY_E_REJECTED, f.ours + ": found " + found.dump() + ", expected " + expected,
                GANTRY_EF_NOT_APPLIED,
                {{"field", f.ours}, {"found", found}, {"expected", expected}});
}

json number_for_them(const Field& f, const json& value) {
    if (f.type == "integer" && !value.is_number_integer()) refuse(f, value, "a whole number");
    const bool texted = value.is_string() || value.is_number_integer();
    const auto decimal =
        texted ? canonical_decimal(value.is_string() ? value.get<std::string>() : value.dump())
               : std::nullopt;
    if (!decimal) refuse(f, value, "a decimal as a text, as \"19.95\"");
    auto moved = shifted(*decimal, f.shift);
    if (f.decimals && decimals_of(moved) > *f.decimals) {
        const auto most = static_cast<long>(*f.decimals) + f.shift;
        refuse(f, value, "at most " + std::to_string(std::max(0L, most)) + " decimals");
    }
    if (f.type == "integer" && f.shift == 0) return value;
    return moved;
}

json for_them(const Field& f, const json& value) {
    if (value.is_null()) {
        if (f.required) refuse(f, value, "a value: it cannot be cleared there");
        return value;
    }
    if (!f.values.is_null()) {
        const auto known =
            value.is_string() ? f.values.find(value.get<std::string>()) : f.values.end();
        if (known != f.values.end()) return *known;
        std::string names;
        for (const auto& [name, unused] : f.values.items()) {
            names += (names.empty() ? "" : ", ") + name;
        }
        refuse(f, value, "one of " + names);
    }
    if (f.type == "boolean") {
        if (!value.is_boolean()) refuse(f, value, "true or false");
        return value;
    }
    if (!is_text(f)) return number_for_them(f, value);
    if (!value.is_string()) refuse(f, value, "a text");
    const auto& text = value.get_ref<const std::string&>();
    if (text.find('\0') != std::string::npos) refuse(f, value, "a text without NUL");
    if (const auto size = characters(text); f.max_length && size > *f.max_length) {
        throw Error(GANTRY_E_REJECTED,
                    f.ours + " has " + std::to_string(size) + " characters; at most " +
                        std::to_string(*f.max_length) + " are taken",
                    GANTRY_EF_NOT_APPLIED,
                    {{"field", f.ours}, {"found", size}, {"limit", *f.max_length}});
    }
    return value;
}

[[noreturn]] void not_theirs(const Field& f, const json& found) {
    throw Error(GANTRY_E_INTERNAL, "their " + f.theirs + " is " + found.dump() + ", which is no " +
                                       f.type + " as the mapping of " + f.ours + " says");
}

json for_us(const Field& f, const json& value) {
    if (value.is_null()) return value;
    if (!f.values.is_null()) {
        for (const auto& [ours, theirs] : f.values.items()) {
            if (theirs == value) return ours;
        }
        return value;  // a value that the shop does not know is shown as it is
    }
    const bool number = f.type == "decimal" || f.type == "integer";
    if (!number) {
        if (value.is_string() != is_text(f) || value.is_boolean() != (f.type == "boolean")) {
            not_theirs(f, value);
        }
        return value;
    }
    const bool rounded = value.is_number_float();  // on its way: a connector hands over the digits
    const auto decimal =
        rounded ? std::nullopt
                : canonical_decimal(value.is_string() ? value.get<std::string>() : value.dump());
    if (!decimal) not_theirs(f, value);
    const auto moved = shifted(*decimal, -f.shift);
    if (f.type == "decimal") return moved;
    const auto whole = json::parse(moved, nullptr, false);
    return whole.is_number_integer() ? whole : json(moved);
}

}  // namespace

std::size_t characters(const std::string& text) {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

json read_source(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    if (!in) throw Error(GANTRY_E_CONFIG, "mapping: cannot read " + file);
    try {
        return json::parse(text.str(), nullptr, true, true);
    } catch (const json::exception& e) {
        throw Error(GANTRY_E_CONFIG, "mapping: " + file + " is no JSON: " + e.what());
    }
}

Mapping::Mapping(const json& source, const std::vector<std::string>& besides) {
    Reader reader;
    if (!source.is_object() || !source.contains("fields") || !source.at("fields").is_object()) {
        throw Error(GANTRY_E_CONFIG, R"(a mapping has "fields", an object, and "constants")");
    }
    std::set<std::string> theirs;
    for (const auto& [key, value] : source.items()) {
        if (key == "constants") {
            constants_ = value;
        } else if (key == "fields") {
            for (const auto& [name, field] : value.items()) {
                fields_.push_back(reader.field(name, field));
                const auto& to = fields_.back().theirs;
                if (!to.empty() && !theirs.insert(to).second) {
                    reader.add(name, "another field is mapped to \"" + to + "\" already");
                }
            }
        } else if (std::find(besides.begin(), besides.end(), key) == besides.end()) {
            std::string known = "fields, constants";
            for (const auto& one : besides) known += ", " + one;
            reader.add(key, "unknown key; known: " + known);
        }
    }
    if (constants_.is_null()) constants_ = json::object();
    if (!constants_.is_object()) {
        reader.add("constants", "found " + constants_.dump() + ", expected an object");
    }
    reader.end();
}

Mapping Mapping::read(const std::string& file) {
    try {
        return Mapping(read_source(file));
    } catch (const Error& e) {
        const bool named = e.message().starts_with("mapping: ");
        throw Error(e.code(), named ? e.message() : file + ": " + e.message());
    }
}

const Field* Mapping::of_ours(const std::string& name) const {
    const auto it = std::find_if(fields_.begin(), fields_.end(),
                                 [&](const Field& f) { return f.ours == name; });
    return it == fields_.end() ? nullptr : &*it;
}

const Field* Mapping::of_theirs(const std::string& path) const {
    const auto it = std::find_if(fields_.begin(), fields_.end(),
                                 [&](const Field& f) { return f.theirs == path; });
    return it == fields_.end() ? nullptr : &*it;
}

json Mapping::described() const {
    json out = json::array();
    for (const auto& f : fields_) {
        json one = {
            {"name", f.ours}, {"type", f.type}, {"writable", f.writable}, {"required", f.required}};
        if (f.max_length) one["max_length"] = *f.max_length;
        if (!f.unit.empty()) one["unit"] = f.unit;
        out.push_back(std::move(one));
    }
    return out;
}

json Mapping::to_theirs(const json& data, json& ignored) const {
    json out = json::object();
    ignored = json::array();
    for (const auto& [name, value] : data.items()) {
        const auto* field = of_ours(name);
        if (field == nullptr || !field->writable) {
            ignored.push_back(name);
        } else {
            out[field->theirs] = for_them(*field, value);
        }
    }
    return out;
}

json Mapping::to_ours(const json& record) const {
    json out = json::object();
    for (const auto& f : fields_) {
        if (const auto it = record.find(f.theirs); it != record.end()) out[f.ours] = for_us(f, *it);
    }
    return out;
}

}  // namespace mapping
