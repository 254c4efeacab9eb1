// Follows a path through JSON text by skipping over what lies beside it.
#include "base/json_text.hpp"

#include <gantry/json.hpp>

#include <algorithm>
#include <cctype>

namespace gantry::host {
namespace {

constexpr std::string_view kNull = "null";

/// Reads forward in one text. Throws where the text ends too early, so that it stays within bounds
/// even for text that nobody checked.
class Cursor {
public:
    explicit Cursor(std::string_view text) : text_(text) { blanks(); }

    char peek() const {
        if (at_ >= text_.size()) throw Error(GANTRY_E_INVALID_DATA, "the JSON text ends too early");
        return text_[at_];
    }

    /// Whether the next character is `c`; then it is taken, with the blanks behind it.
    bool take(char c) {
        if (peek() != c) return false;
        ++at_;
        blanks();
        return true;
    }

    /// Skips one value or member name; its raw text.
    std::string_view value() {
        const auto start = at_;
        std::size_t depth = 0;
        do {
            const char c = peek();
            if (c == '"') {
                string();
            } else if (c == '{' || c == '[') {
                ++depth;
                ++at_;
            } else if (c == '}' || c == ']') {
                if (depth == 0) throw Error(GANTRY_E_INVALID_DATA, "the JSON text lacks a value");
                --depth;
                ++at_;
            } else {
                at_ = std::min(text_.find_first_of(",:[]{}\" \t\r\n", at_ + 1), text_.size());
            }
        } while (depth > 0);
        const auto raw = text_.substr(start, at_ - start);
        blanks();
        return raw;
    }

private:
    void string() {
        for (++at_; peek() != '"'; ++at_) {
            if (peek() == '\\') ++at_;
        }
        ++at_;
    }

    void blanks() { at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size()); }

    std::string_view text_;
    std::size_t at_ = 0;
};

bool same_name(std::string_view raw, const std::string& name) {
    if (raw.find('\\') == std::string_view::npos) return raw.substr(1, raw.size() - 2) == name;
    const auto decoded = json::parse(raw, nullptr, /*allow_exceptions=*/false);
    return decoded == name;
}

std::string_view member(std::string_view object, const std::string& name) {
    Cursor cursor(object);
    cursor.take('{');
    auto found = kNull;
    while (cursor.peek() != '}') {
        const auto key = cursor.value();
        cursor.take(':');
        const auto value = cursor.value();
        if (same_name(key, name)) found = value;
        cursor.take(',');
    }
    return found;
}

std::int64_t count(std::string_view array) {
    Cursor cursor(array);
    cursor.take('[');
    std::int64_t n = 0;
    for (; cursor.peek() != ']'; ++n) {
        cursor.value();
        cursor.take(',');
    }
    return n;
}

std::string_view element(std::string_view array, std::int64_t index) {
    if (index < 0) index += count(array);
    if (index < 0) return kNull;
    Cursor cursor(array);
    cursor.take('[');
    for (; cursor.peek() != ']'; --index) {
        const auto value = cursor.value();
        if (index == 0) return value;
        cursor.take(',');
    }
    return kNull;
}

std::string kind_of_text(char first) {
    switch (first) {
        case '{':
            return "an object";
        case '[':
            return "an array";
        case '"':
            return "a string";
        case 't':
        case 'f':
            return "a boolean";
        case 'n':
            return "null";
        default:
            return "a number";
    }
}

}  // namespace

std::string_view slice(std::string_view text, const JsonPath& path) {
    Cursor start(text);
    auto found = start.value();
    for (std::size_t i = 0; i < path.size() && found != kNull; ++i) {
        const auto* name = std::get_if<std::string>(&path[i]);
        if (name != nullptr && found.front() == '{') {
            found = member(found, *name);
        } else if (name == nullptr && found.front() == '[') {
            found = element(found, std::get<std::int64_t>(path[i]));
        } else {
            const auto part = name != nullptr
                                  ? "member " + dumped(*name)
                                  : "element " + std::to_string(std::get<std::int64_t>(path[i]));
            throw Error(GANTRY_E_INVALID_DATA,
                        "cannot take " + part + " of " + kind_of_text(found.front()) + " at " +
                            to_text({path.begin(), path.begin() + static_cast<std::ptrdiff_t>(i)}));
        }
    }
    return found;
}

std::vector<std::string> elements(std::string_view array) {
    const auto whole = Cursor(array).value();
    if (whole.front() != '[') {
        throw Error(GANTRY_E_INVALID_DATA,
                    "expected an array, found " + kind_of_text(whole.front()));
    }
    std::vector<std::string> all;
    Cursor cursor(whole);
    cursor.take('[');
    while (cursor.peek() != ']') {
        all.emplace_back(cursor.value());
        cursor.take(',');
    }
    return all;
}

std::string to_text(const JsonPath& path) {
    const auto plain_name = [](const std::string& name) {
        return !name.empty() && std::isdigit(static_cast<unsigned char>(name[0])) == 0 &&
               std::all_of(name.begin(), name.end(), [](unsigned char c) {
                   return c < 0x80 && (std::isalnum(c) != 0 || c == '_');
               });
    };
    std::string out;
    for (const auto& part : path) {
        if (const auto* name = std::get_if<std::string>(&part)) {
            if (plain_name(*name)) {
                out += "." + *name;
            } else {
                out += (out.empty() ? ".[" : "[") + dumped(*name) + "]";
            }
        } else {
            out += (out.empty() ? ".[" : "[") + std::to_string(std::get<std::int64_t>(part)) + "]";
        }
    }
    return out.empty() ? "." : out;
}

}  // namespace gantry::host
