// A table from keyword to the kind of its value, a walk over the schema by that table, and a search
// for circles among schemas that apply to one and the same value.
#include "base/schema_rules.hpp"

#include "base/describe.hpp"
#include "base/document.hpp"
#include "base/nearest.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <limits>
#include <map>
#include <set>

namespace gantry::host {
namespace {

enum class Kind {
    kAnnotation,
    kFlag,
    kCount,
    kNumber,
    kFactor,
    kTypes,
    kScalars,
    kNames,
    kPattern,
    kRef,
    kSchema,
    kSchemaOrFlag,
    kSchemaOrList,
    kSchemaList,
    kSchemaMap,
    kPatternMap,
    kDependencies
};

const std::map<std::string, Kind>& keywords() {
    static const std::map<std::string, Kind> all = {{"title", Kind::kAnnotation},
                                                    {"description", Kind::kAnnotation},
                                                    {"default", Kind::kAnnotation},
                                                    {"examples", Kind::kAnnotation},
                                                    {"identity", Kind::kAnnotation},
                                                    {"format", Kind::kAnnotation},
                                                    {"$schema", Kind::kAnnotation},
                                                    {"id", Kind::kAnnotation},
                                                    {"writeOnly", Kind::kFlag},
                                                    {"uniqueItems", Kind::kFlag},
                                                    {"exclusiveMinimum", Kind::kFlag},
                                                    {"exclusiveMaximum", Kind::kFlag},
                                                    {"minLength", Kind::kCount},
                                                    {"maxLength", Kind::kCount},
                                                    {"minItems", Kind::kCount},
                                                    {"maxItems", Kind::kCount},
                                                    {"minProperties", Kind::kCount},
                                                    {"maxProperties", Kind::kCount},
                                                    {"minimum", Kind::kNumber},
                                                    {"maximum", Kind::kNumber},
                                                    {"multipleOf", Kind::kFactor},
                                                    {"type", Kind::kTypes},
                                                    {"enum", Kind::kScalars},
                                                    {"required", Kind::kNames},
                                                    {"pattern", Kind::kPattern},
                                                    {"$ref", Kind::kRef},
                                                    {"not", Kind::kSchema},
                                                    {"additionalProperties", Kind::kSchemaOrFlag},
                                                    {"additionalItems", Kind::kSchemaOrFlag},
                                                    {"items", Kind::kSchemaOrList},
                                                    {"allOf", Kind::kSchemaList},
                                                    {"anyOf", Kind::kSchemaList},
                                                    {"oneOf", Kind::kSchemaList},
                                                    {"properties", Kind::kSchemaMap},
                                                    {"definitions", Kind::kSchemaMap},
                                                    {"patternProperties", Kind::kPatternMap},
                                                    {"dependencies", Kind::kDependencies}};
    return all;
}

[[noreturn]] void refuse(const std::string& pointer, const std::string& message) {
    throw Error(
        GANTRY_E_CONFIG,
        "schema, at " + (pointer.empty() ? std::string("its top") : pointer) + ": " + message,
        GANTRY_EF_NOT_APPLIED);
}

void need(bool good, const std::string& pointer, const json& found, const std::string& expected) {
    if (!good) refuse(pointer, "found " + describe(found) + ", expected " + expected);
}

// RapidJSON divides doubles, and they hold sums of halves only.
bool is_exact(const json& factor) { return std::fmod(factor.get<double>() * 1024, 1) == 0; }

bool all_strings(const json& list) {
    return list.is_array() &&
           std::all_of(list.begin(), list.end(), [](const json& s) { return s.is_string(); });
}

class Rules {
public:
    explicit Rules(bool (*knows_pattern)(const std::string&)) : knows_pattern_(knows_pattern) {}

    json run(const json& root) {
        json out = schema(root, "");
        for (const auto& [pointer, target] : refs_) {
            if (schemas_.count(target) == 0) {
                refuse(pointer,
                       "found " + in_quotes("#" + target) +
                           ", expected the way to a schema in here, \"#/definitions/name\"");
            }
        }
        for (const auto& pointer : schemas_) no_circle(out, pointer);
        return out;
    }

private:
    json schema(const json& in, const std::string& at) {
        need(in.is_object(), at, in, "a schema (an object)");
        schemas_.insert(at);
        json out = json::object();
        for (const auto& [key, value] : in.items()) {
            const auto found = keywords().find(key);
            if (found == keywords().end()) {
                std::vector<std::string> known;
                for (const auto& [name, kind] : keywords()) known.push_back(name);
                refuse(at, "unknown keyword " + in_quotes(key) + "." +
                               did_you_mean_or_known(key, known));
            }
            if (found->second != Kind::kAnnotation) {
                out[key] = checked(found->second, value, child(at, key));
            } else if (key == "examples") {
                out[key] = value;  // what is told of a text that does not fit
            }
        }
        if (out.contains("patternProperties") && out.contains("additionalProperties")) {
            auto& rest = out["additionalProperties"];
            // RapidJSON 1.1 accepts a value when either of the two fits.
            if (rest.is_object()) {
                refuse(
                    at,
                    "patternProperties beside a schema in additionalProperties is not supported");
            }
            // With `false` it takes the schema of the member before for one that matches a pattern.
            if (rest == false) rest = {{"not", json::object()}};
        }
        return out;
    }

    json checked(Kind kind, const json& value, const std::string& at) {
        switch (kind) {
            case Kind::kAnnotation:
                return value;
            case Kind::kFlag:
                need(value.is_boolean(), at, value, "true or false");
                return value;
            case Kind::kCount:
                need(value.is_number_unsigned() &&
                         value.get<std::uint64_t>() <= std::numeric_limits<std::uint32_t>::max(),
                     at, value, "a whole number from 0 to 4294967295");
                return value;
            case Kind::kNumber:
                need(value.is_number(), at, value, "a number");
                return value;
            case Kind::kFactor:
                need(value.is_number() && value.get<double>() > 0, at, value, "a number above 0");
                need(
                    is_exact(value), at, value,
                    "a whole number, or halves of one down to 1/1024: 19.99 is no multiple of 0.01 "
                    "to a computer; a text with a pattern holds decimals");
                return value;
            case Kind::kTypes:
                return types(value, at);
            case Kind::kScalars:
                need(value.is_array() && !value.empty() &&
                         std::none_of(value.begin(), value.end(),
                                      [](const json& v) { return v.is_structured(); }),
                     at, value, "a list of strings, numbers, true, false and null, not empty");
                return value;
            case Kind::kNames:
                need(all_strings(value), at, value, "a list of names");
                return value;
            case Kind::kPattern:
                need(value.is_string(), at, value, "a regular expression");
                pattern(value.get<std::string>(), at);
                return value;
            case Kind::kRef:
                return ref(value, at);
            case Kind::kSchema:
                return schema(value, at);
            case Kind::kSchemaOrFlag:
                return value.is_boolean() ? value : schema(value, at);
            case Kind::kSchemaOrList:
                return value.is_array() ? list(value, at) : schema(value, at);
            case Kind::kSchemaList:
                need(value.is_array() && !value.empty(), at, value, "a list of schemas, not empty");
                return list(value, at);
            default:
                return map(kind, value, at);
        }
    }

    json types(const json& value, const std::string& at) {
        static const std::vector<std::string> known = {"null",   "boolean", "object", "array",
                                                       "number", "integer", "string"};
        const json all = value.is_array() ? value : json::array({value});
        need(all_strings(all) && !all.empty(), at, value, "the name of a type or a list of such");
        for (const auto& one : all) {
            const auto name = one.get<std::string>();
            if (std::find(known.begin(), known.end(), name) == known.end()) {
                refuse(at, "unknown type " + in_quotes(name) + "." +
                               did_you_mean_or_known(name, known));
            }
        }
        return value;
    }

    void pattern(const std::string& text, const std::string& at) {
        if (knows_pattern_(text)) return;
        refuse(at,
               "found " + in_quotes(text) +
                   ", expected a simple regular expression: . [] [^] () | ? * + {n,m} ^ $, and no "
                   "\\d, \\w or \\s");
    }

    json ref(const json& value, const std::string& at) {
        need(value.is_string(), at, value, "a text that begins with \"#\"");
        const auto text = value.get<std::string>();
        // Characters for which RapidJSON wants percent signs; without them it takes the $ref for
        // nothing.
        const bool plain =
            std::all_of(text.begin() + !text.empty(), text.end(), [](unsigned char c) {
                return std::isalnum(c) != 0 || std::string_view("/-._~").find(
                                                   static_cast<char>(c)) != std::string_view::npos;
            });
        if (text.empty() || text[0] != '#' || !plain) {
            refuse(
                at,
                "found " + in_quotes(text) +
                    ", expected the way to a schema in here, \"#/definitions/name\", of letters, "
                    "digits and - . _ ~");
        }
        refs_[at] = text.substr(1);
        return value;
    }

    json list(const json& value, const std::string& at) {
        json out = json::array();
        for (std::size_t i = 0; i < value.size(); ++i)
            out.push_back(schema(value[i], child(at, i)));
        return out;
    }

    json map(Kind kind, const json& value, const std::string& at) {
        need(value.is_object(), at, value, "an object");
        json out = json::object();
        for (const auto& [key, member] : value.items()) {
            if (kind == Kind::kPatternMap) pattern(key, child(at, key));
            if (kind == Kind::kDependencies && member.is_array()) {
                // RapidJSON takes every object for a schema, this one too.
                if (key == "patternProperties") refuse(at, "cannot name a field " + in_quotes(key));
                out[key] = checked(Kind::kNames, member, child(at, key));
            } else {
                out[key] = schema(member, child(at, key));
            }
        }
        return out;
    }

    /// Schemas that apply to the very value `at` applies to; RapidJSON makes validators for all of
    /// them at once, so a circle has no end.
    void no_circle(const json& root, const std::string& at) {
        if (done_.count(at) != 0) return;
        if (!open_.insert(at).second) refuse(at, "this schema contains itself for the same value");
        const json& node = root.at(json::json_pointer(at));
        if (const auto found = refs_.find(child(at, "$ref")); found != refs_.end()) {
            no_circle(root, found->second);
        }
        for (const char* key : {"allOf", "anyOf", "oneOf"}) {
            for (std::size_t i = 0; node.contains(key) && i < node[key].size(); ++i) {
                no_circle(root, child(child(at, key), i));
            }
        }
        if (node.contains("not")) no_circle(root, child(at, "not"));
        if (node.contains("dependencies")) {
            for (const auto& [name, needed] : node["dependencies"].items()) {
                if (needed.is_object()) no_circle(root, child(child(at, "dependencies"), name));
            }
        }
        open_.erase(at);
        done_.insert(at);
    }

    bool (*knows_pattern_)(const std::string&);
    std::set<std::string> schemas_;            // pointers of all schemas
    std::map<std::string, std::string> refs_;  // pointer of a $ref → what it points to
    std::set<std::string> open_, done_;
};

}  // namespace

json checked_schema(const json& schema, bool (*knows_pattern)(const std::string&)) {
    return Rules(knows_pattern).run(schema);
}

}  // namespace gantry::host
