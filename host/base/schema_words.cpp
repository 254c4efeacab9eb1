// One sentence for each keyword, from the schema's node and the value found.
#include "base/schema_words.hpp"

#include "base/describe.hpp"
#include "base/document.hpp"
#include "base/nearest.hpp"

#include <algorithm>
#include <optional>

namespace gantry::host {
namespace {

std::string counted(std::size_t n, const std::string& what) {
    return std::to_string(n) + " " + what + (n == 1 ? "" : "s");
}

std::size_t code_points(const std::string& text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    }));
}

std::string shown(const json& value, bool secret) {
    return secret ? kind_of(value) : host::shown(value);
}

std::string type_word(const std::string& type) {
    if (type == "null") return type;
    const bool vowel = std::string_view("aio").find(type[0]) != std::string_view::npos;
    return (vowel ? "an " : "a ") + type;
}

bool are_texts(const json& list) {
    return list.is_array() &&
           std::all_of(list.begin(), list.end(), [](const json& s) { return s.is_string(); });
}

std::string types(const json& type) {
    if (type.is_string()) return type_word(type.get<std::string>());
    std::string out;
    for (std::size_t i = 0; i < type.size(); ++i) {
        if (i > 0) out += i + 1 == type.size() ? " or " : ", ";
        out += type_word(type[i].get<std::string>());
    }
    return out;
}

std::string values(const json& list) {
    std::string out;
    for (const auto& one : list) {
        if (!out.empty()) out += ", ";
        out += one.is_string() ? in_quotes(one.get<std::string>()) : one.dump();
    }
    return list.size() == 1 ? out : "one of " + out;
}

std::string limit(const json& node, const std::string& keyword) {
    const bool low = keyword == "minimum";
    const auto exclusive = node.value(low ? "exclusiveMinimum" : "exclusiveMaximum", false);
    const std::string word =
        low ? (exclusive ? "more than " : "at least ") : (exclusive ? "less than " : "at most ");
    return word + node.at(keyword).dump();
}

/// "found 41 characters, at most 40" for minLength, maxItems and their like.
std::string size(const json& node, const std::string& keyword, const json& value) {
    const auto bound = (keyword[1] == 'i' ? "at least " : "at most ") + node.at(keyword).dump();
    const auto found = value.is_string()
                           ? counted(code_points(value.get<std::string>()), "character")
                       : value.is_array() ? counted(value.size(), "item")
                                          : counted(value.size(), "field");
    return "found " + found + ", " + bound;
}

std::string listed(const std::vector<std::string>& all, const char* separator) {
    std::string out;
    for (const auto& one : all) out += (out.empty() ? "" : separator) + one;
    return out;
}

// Of alternatives that ask for fields and no more: those, as "\"a\" and \"b\"", and which of them
// are met.
struct Choice {
    std::vector<std::string> all, met;
};

std::optional<Choice> choice_of(const json& alternatives, const json& value) {
    Choice out;
    for (const auto& one : alternatives) {
        const auto required = one.value("required", json::array());
        if (required.empty() || one.size() != 1) return std::nullopt;
        std::string fields;
        bool met = true;
        for (std::size_t i = 0; i < required.size(); ++i) {
            const auto name = required[i].get<std::string>();
            met = met && value.contains(name);
            fields += (i == 0 ? "" : i + 1 == required.size() ? " and " : ", ") + in_quotes(name);
        }
        if (met) out.met.push_back(fields);
        out.all.push_back(std::move(fields));
    }
    return out;
}

std::string alternatives(const json& node, const std::string& keyword, const json& value,
                         bool secret) {
    const auto choice = choice_of(node.at(keyword), value);
    if (choice && keyword != "allOf") {
        return choice->met.empty()
                   ? "missing " + listed(choice->all, ", or ")
                   : "found " + listed(choice->met, " beside ") + ", expected one of them";
    }
    std::string forms;
    for (const auto& one : node.at(keyword)) {
        if (!one.contains("type")) {
            forms = std::to_string(node.at(keyword).size()) + " allowed forms";
            break;
        }
        forms += (forms.empty() ? "" : ", ") + types(one["type"]);
    }
    return "found " + shown(value, secret) + ", expected " +
           (keyword == "allOf"   ? "what fits all of: "
            : keyword == "oneOf" ? "what fits exactly one of: "
                                 : "what fits one of: ") +
           forms;
}

std::string dependency(const json& node, const json& value) {
    for (const auto& [name, needed] : node.at("dependencies").items()) {
        if (!value.contains(name)) continue;
        if (needed.is_object()) {
            const auto choice = choice_of(needed.value("anyOf", json::array()), value);
            if (choice && !choice->all.empty() && choice->met.empty()) {
                return "found " + in_quotes(name) + " without " + listed(choice->all, " or ") +
                       ", expected one of them";
            }
            continue;
        }
        for (const auto& other : needed) {
            if (!value.contains(other.get<std::string>())) {
                return "found " + in_quotes(name) + " without " +
                       in_quotes(other.get<std::string>()) + ", expected both";
            }
        }
    }
    return "found fields of which one asks for other contents";
}

// What stands before the first ':' of an example, with it and the slashes after it.
std::string scheme_of(const std::string& example) {
    const auto colon = example.find(':');
    if (colon == std::string::npos) return "";
    return example.substr(0, example.find_first_not_of('/', colon + 1));
}

// A text that does not match its pattern; examples tell more to a person than the pattern.
std::string misfit(const json& node, const std::string& text, bool secret) {
    // USER:PASSWORD@HOST, "password=…"
    const bool may_be_secret =
        secret || text.find('@') != std::string::npos || text.find("assw") != std::string::npos;
    const std::string found = "found " + (may_be_secret ? "a string" : in_quotes(text));
    const auto examples = node.value("examples", json::array());
    if (!are_texts(examples) || examples.empty()) {
        return found + ", expected text that matches " + node.at("pattern").get<std::string>();
    }
    std::string out = found + ", expected text such as ";
    for (std::size_t i = 0; i < examples.size(); ++i) {
        out += (i == 0 ? "" : " or ") + in_quotes(examples[i].get<std::string>());
    }
    const auto scheme = scheme_of(examples[0].get<std::string>());
    const bool lacks_it = text.find(scheme.ends_with('/') ? "://" : ":") == std::string::npos;
    if (scheme.empty() || may_be_secret || text.empty() || !lacks_it) return out;
    return out + ". Did you mean " + in_quotes(scheme + text) + "?";
}

std::string one_message(const json& node, const std::string& keyword, const json& value,
                        bool secret) {
    const auto found = "found " + shown(value, secret);
    if (keyword == "type") {
        return "found " + (secret ? kind_of(value) : describe(value)) + ", expected " +
               types(node.at("type"));
    }
    if (keyword == "enum") return found + ", expected " + values(node.at("enum"));
    if (keyword == "pattern") return misfit(node, value.get<std::string>(), secret);
    if (keyword == "minimum" || keyword == "maximum") return found + ", " + limit(node, keyword);
    if (keyword == "multipleOf")
        return found + ", expected a multiple of " + node.at(keyword).dump();
    if (keyword == "uniqueItems") return "found an item twice, expected every item once";
    if (keyword == "items") {
        return "found more than " + counted(node.at("items").size(), "item") + ", expected no more";
    }
    if (keyword == "dependencies") return dependency(node, value);
    if (keyword == "allOf" || keyword == "anyOf" || keyword == "oneOf") {
        return alternatives(node, keyword, value, secret);
    }
    if (node.contains(keyword) && node[keyword].is_number_unsigned())
        return size(node, keyword, value);
    return found + ", which the schema does not allow (" + keyword + ")";
}

std::vector<Violation> missing(const json& node, const json& value, const std::string& pointer) {
    std::vector<Violation> out;
    for (const auto& name : node.at("required")) {
        if (value.contains(name.get<std::string>())) continue;
        out.push_back(
            {pointer, "missing required field " + in_quotes(name.get<std::string>()), "required"});
    }
    return out;
}

std::vector<Violation> unknown(const json& node, const json& value, const std::string& pointer) {
    std::vector<std::string> known;
    const auto properties = node.value("properties", json::object());
    for (const auto& [name, schema] : properties.items()) known.push_back(name);
    for (const auto& name : node.value("required", json::array())) {
        if (!properties.contains(name.get<std::string>())) known.push_back(name.get<std::string>());
    }
    const auto object = json::json_pointer(pointer).parent_pointer().to_string();
    std::vector<Violation> out;
    for (const auto& [name, member] : value.items()) {
        if (std::find(known.begin(), known.end(), name) != known.end()) continue;
        const auto at = child(object, name);
        // Which of the others match a pattern only RapidJSON knows.
        if (node.contains("patternProperties") && at != pointer) continue;
        out.push_back(
            {at, "unknown field " + in_quotes(name) + "." + did_you_mean_or_known(name, known),
             "additionalProperties"});
    }
    return out;
}

}  // namespace

std::vector<Violation> explain(const json& node, const std::string& keyword, const json& value,
                               const std::string& pointer, bool secret) {
    if (keyword == "required") return missing(node, value, pointer);
    if (keyword == "additionalProperties") return unknown(node, value, pointer);
    return {{pointer, one_message(node, keyword, value, secret), keyword}};
}

std::string joined(const std::vector<Violation>& violations) {
    std::string out;
    for (const auto& violation : violations) {
        const bool names_itself = violation.keyword == "additionalProperties";
        const auto at =
            dotted(names_itself ? violation.pointer.substr(0, violation.pointer.rfind('/'))
                                : violation.pointer);
        out += (out.empty() ? "" : "; ") + (at.empty() ? "" : at + ": ") + violation.message;
    }
    return out;
}

}  // namespace gantry::host
