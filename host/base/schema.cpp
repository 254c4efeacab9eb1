// RapidJSON decides. It stops at the first violation, so that one is put into words, taken out of a
// copy of the schema, and the text is checked again.
#include "base/schema.hpp"

#include "base/schema_rules.hpp"
#include "base/schema_words.hpp"

#include <gantry/json.hpp>

#include <algorithm>
#include <iterator>
#include <mutex>
#include <optional>

// What a schema may reach in spite of schema_rules is refused; an assertion would end the host.
#define RAPIDJSON_ASSERT(x)     \
    ((x) ? static_cast<void>(0) \
         : throw ::gantry::Error(GANTRY_E_CONFIG, "a schema that RapidJSON cannot take: " #x))
#include <rapidjson/document.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/schema.h>
#include <rapidjson/stringbuffer.h>

namespace gantry::host {
namespace {

constexpr std::size_t kMostViolations = 20;
constexpr std::size_t kMostUnique = 10'000;  // each is compared with each

bool knows_pattern(const std::string& pattern) {
    try {
        return pattern.find('\0') == std::string::npos &&
               rapidjson::internal::Regex(pattern.c_str()).IsValid();
    } catch (const Error&) {
        return false;
    }
}

/// Where RapidJSON stopped.
struct Stop {
    std::string pointer;
    std::string schema_pointer;
    std::string keyword;
};

/// The schema document keeps references into its source.
class Compiled {
public:
    explicit Compiled(const json& schema) : source_(tree(schema)), schema_(source_) {}

    std::optional<Stop> check(std::string_view text) const {
        rapidjson::SchemaValidator validator(schema_);
        rapidjson::MemoryStream in(text.data(), text.size());
        rapidjson::Reader reader;
        const auto result = reader.Parse<rapidjson::kParseIterativeFlag>(in, validator);
        if (!validator.IsValid()) {
            const char* const keyword = validator.GetInvalidSchemaKeyword();
            return Stop{to_string(validator.GetInvalidDocumentPointer()),
                        to_string(validator.GetInvalidSchemaPointer()),
                        keyword == nullptr ? "" : keyword};
        }
        if (result.IsError()) {
            throw Error(GANTRY_E_INVALID_DATA,
                        "no valid JSON: byte " + std::to_string(result.Offset()));
        }
        return std::nullopt;
    }

private:
    static rapidjson::Document tree(const json& schema) {
        const auto text = schema.dump();
        rapidjson::Document out;
        out.Parse(text.data(), text.size());
        return out;
    }

    static std::string to_string(const rapidjson::Pointer& pointer) {
        rapidjson::StringBuffer out;
        pointer.Stringify(out);
        return {out.GetString(), out.GetSize()};
    }

    rapidjson::Document source_;
    rapidjson::SchemaDocument schema_;
};

/// Whether an object anywhere in it is such.
template <typename Fits>
bool has_object(const json& schema, Fits fits) {
    if (schema.is_object() && fits(schema)) return true;
    return schema.is_structured() &&
           std::any_of(schema.begin(), schema.end(),
                       [&](const json& part) { return has_object(part, fits); });
}

bool has_pattern(const json& schema) {
    return has_object(schema, [](const json& node) {
        return node.contains("pattern") || node.contains("patternProperties");
    });
}

bool wants_unique_items(const json& schema) {
    return has_object(schema, [](const json& node) {
        return node.contains("uniqueItems") && node["uniqueItems"] == true;
    });
}

/// Of the array with the most, in a text that is JSON.
std::size_t most_items(std::string_view text) {
    std::size_t most = 0;
    std::vector<std::size_t> open;  // items so far; 0 in an object
    bool in_string = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '"') in_string = !in_string;
        if (in_string) {
            if (c == '\\') ++i;
        } else if (c == '[' || c == '{') {
            open.push_back(c == '[' ? 1 : 0);
        } else if (c == ']' || c == '}') {
            open.pop_back();
        } else if (c == ',' && open.back() > 0) {
            most = std::max(most, ++open.back());
        }
    }
    return most;
}

/// Whether the schema or one around it is `writeOnly`.
bool is_secret(const json& schema, json::json_pointer at) {
    for (;; at.pop_back()) {
        const json& node = schema.at(at);
        if (node.is_object() && node.contains("writeOnly") && node["writeOnly"] == true)
            return true;
        if (at.empty()) return false;
    }
}

/// The violations at `stop`, and `schema` without the keyword that found them. False when there is
/// nothing to take out and the search has to end.
bool take_out(json& schema, const json& value, const Stop& stop, std::vector<Violation>& out) {
    json::json_pointer at(stop.schema_pointer), where(stop.pointer);
    auto keyword = stop.keyword;
    while (schema.at(at).contains("$ref")) {
        at = json::json_pointer(schema.at(at)["$ref"].get<std::string>().substr(1));
    }
    if (keyword == "not" && !at.empty() && at.back() == "additionalProperties") {
        keyword = "additionalProperties";  // what schema_rules made of `false`
        at.pop_back();
    }
    if (keyword == "additionalProperties") where.pop_back();
    auto& node = schema.at(at);
    // A pattern's own schema is not reported, and a duplicate member may have hidden the value.
    if (!node.contains(keyword) || keyword == "patternProperties" || !value.contains(where)) {
        out.push_back({stop.pointer, "does not fit the schema (" + keyword + ")", keyword});
        return false;
    }
    auto found = explain(node, keyword, value.at(where), stop.pointer, is_secret(schema, at));
    if (found.empty()) {
        out.push_back({stop.pointer, "does not fit the schema (" + keyword + ")", keyword});
        return false;
    }
    out.insert(out.end(), std::make_move_iterator(found.begin()),
               std::make_move_iterator(found.end()));
    if (keyword == "dependencies") return false;
    if (keyword == "required") {  // to RapidJSON these names are known fields, and must stay so
        for (const auto& name : node["required"]) {
            node["properties"].emplace(name.get<std::string>(), json::object());
        }
    }
    node.erase(keyword);
    return true;
}

}  // namespace

struct Schema::Impl {
    explicit Impl(const json& schema)
        : source(checked_schema(schema, &knows_pattern)),
          compiled(source),
          exclusive(has_pattern(source)),
          compares_items(wants_unique_items(source)) {}

    json source;
    Compiled compiled;
    bool exclusive;
    bool compares_items;
    std::mutex mutex;  // RapidJSON 1.1 keeps the state of a search in the compiled pattern
};

Schema::Schema(const json& schema) : impl_(std::make_unique<Impl>(schema)) {}
Schema::~Schema() = default;
Schema::Schema(Schema&&) noexcept = default;
Schema& Schema::operator=(Schema&&) noexcept = default;

std::vector<Violation> Schema::check(std::string_view json_text) const {
    if (impl_->compares_items && most_items(json_text) > kMostUnique) {
        return {{"",
                 "found a list of more than 10000 items, expected at most so many where a schema "
                 "has \"uniqueItems\"",
                 "uniqueItems"}};
    }
    std::unique_lock lock(impl_->mutex, std::defer_lock);
    if (impl_->exclusive) lock.lock();
    auto stop = impl_->compiled.check(json_text);
    if (!stop) return {};
    if (lock.owns_lock()) lock.unlock();

    std::vector<Violation> out;
    const auto value = json::parse(json_text, nullptr, /*allow_exceptions=*/false);
    auto schema = impl_->source;
    while (take_out(schema, value, *stop, out) && out.size() < kMostViolations) {
        stop = Compiled(schema).check(json_text);
        if (!stop) break;
    }
    if (out.size() > kMostViolations) out.resize(kMostViolations);
    return out;
}

}  // namespace gantry::host
