// A template is its own canonical text with references between pieces of it.
#include "flow/expression.hpp"

#include <cctype>

namespace gantry::host {
namespace {

[[noreturn]] void refuse(std::string_view text, const std::string& why) {
    throw Error(GANTRY_E_INVALID_DATA, "\"${ " + std::string(text) + " }\": " + why);
}

// The path after ".input" or ".steps": .name, ."name", ["name"], [3].
class PathReader {
public:
    explicit PathReader(std::string_view text) : text_(text) {}

    JsonPath read() {
        JsonPath path;
        if (text_.empty() || text_[0] != '.') refuse_here();
        while (at_ < text_.size()) path.push_back(member());
        return path;
    }

private:
    std::variant<std::string, std::int64_t> member() {
        if (text_[at_] == '[') return bracket();
        if (text_[at_] != '.') refuse_here();
        ++at_;
        if (at_ < text_.size() && text_[at_] == '[' && at_ > 1) refuse_here();
        if (at_ < text_.size() && text_[at_] == '"') return quoted();
        const auto begin = at_;
        while (at_ < text_.size() && is_name(text_[at_], at_ == begin)) ++at_;
        if (at_ == begin) refuse_here();
        return std::string(text_.substr(begin, at_ - begin));
    }

    std::variant<std::string, std::int64_t> bracket() {
        ++at_;
        std::variant<std::string, std::int64_t> key;
        if (at_ < text_.size() && text_[at_] == '"') {
            key = quoted();
        } else {
            key = index();
        }
        if (at_ >= text_.size() || text_[at_] != ']') refuse_here();
        ++at_;
        return key;
    }

    std::int64_t index() {
        const auto begin = at_;
        if (at_ < text_.size() && text_[at_] == '-') ++at_;
        while (at_ < text_.size() && std::isdigit(static_cast<unsigned char>(text_[at_])) != 0) {
            ++at_;
        }
        const auto digits = text_.substr(begin, at_ - begin);
        if (digits.empty() || digits == "-" || digits.size() > 9) refuse_here();
        return std::stoll(std::string(digits));
    }

    std::string quoted() {
        const auto begin = at_++;
        while (at_ < text_.size() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
        if (at_ >= text_.size()) refuse_here();
        ++at_;
        const auto key = json::parse(text_.substr(begin, at_ - begin), nullptr, false);
        if (!key.is_string()) refuse_here();
        return key.get<std::string>();
    }

    static bool is_name(char c, bool first) {
        const auto u = static_cast<unsigned char>(c);
        return std::isalpha(u) != 0 || c == '_' || (!first && std::isdigit(u) != 0);
    }

    [[noreturn]] void refuse_here() const {
        refuse(text_, "only plain paths such as .input.id or .steps[\"a\"].b[0] are understood; " +
                          (at_ < text_.size()
                               ? "cannot read on at \"" + std::string(text_.substr(at_)) + "\""
                               : std::string("it ends too early")));
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

std::string_view trim(std::string_view s) {
    while (!s.empty() && std::isspace(static_cast<unsigned char>(s.front())) != 0) {
        s.remove_prefix(1);
    }
    while (!s.empty() && std::isspace(static_cast<unsigned char>(s.back())) != 0) {
        s.remove_suffix(1);
    }
    return s;
}

}  // namespace

Reference Reference::parse(std::string_view text) {
    auto path = PathReader(text).read();
    const auto* root = path.empty() ? nullptr : std::get_if<std::string>(&path.front());
    Reference reference{std::nullopt, {}, std::string(text)};
    if (root != nullptr && *root == "input") {
        reference.path.assign(path.begin() + 1, path.end());
        return reference;
    }
    if (root == nullptr || *root != "steps") {
        refuse(text, "a path begins with .input or .steps");
    }
    const auto* step = path.size() < 2 ? nullptr : std::get_if<std::string>(&path[1]);
    if (step == nullptr) refuse(text, ".steps is followed by a step's id: .steps[\"a\"]");
    reference.step = *step;
    reference.path.assign(path.begin() + 2, path.end());
    return reference;
}

Template::Template(const json& source) {
    pieces_.emplace_back(std::string());
    compile(source, 0);
}

void Template::compile(const json& source, int depth) {
    if (depth > kMaxDepth) throw Error(GANTRY_E_INVALID_DATA, "nested deeper than 200 levels");
    const auto literal = [this](const std::string& text) {
        if (!std::holds_alternative<std::string>(pieces_.back()))
            pieces_.emplace_back(text);
        else
            std::get<std::string>(pieces_.back()) += text;
    };
    if (source.is_object()) {
        const char* separator = "{";
        for (const auto& [key, value] : source.items()) {
            literal(separator + json(key).dump() + ":");
            compile(value, depth + 1);
            separator = ",";
        }
        literal(source.empty() ? "{}" : "}");
    } else if (source.is_array()) {
        const char* separator = "[";
        for (const auto& value : source) {
            literal(separator);
            compile(value, depth + 1);
            separator = ",";
        }
        literal(source.empty() ? "[]" : "]");
    } else if (source.is_string()) {
        const std::string_view text = source.get_ref<const std::string&>();
        if (text.starts_with("${") && text.ends_with("}")) {
            pieces_.emplace_back(Reference::parse(trim(text.substr(2, text.size() - 3))));
        } else if (text.find("${") != std::string_view::npos) {
            throw Error(GANTRY_E_INVALID_DATA,
                        source.dump() + ": only a whole string can be an expression, \"${ … }\"");
        } else {
            literal(source.dump());
        }
    } else {
        literal(source.dump());
    }
}

std::string Template::evaluate(const ValueOf& value_of) const {
    std::string out;
    for (const auto& piece : pieces_) {
        if (const auto* text = std::get_if<std::string>(&piece)) {
            out += *text;
            continue;
        }
        const auto& reference = std::get<Reference>(piece);
        try {
            out += slice(value_of(reference), reference.path);
        } catch (const Error& e) {
            throw Error(e.code(), "\"${ " + reference.text + " }\": " + e.message(),
                        GANTRY_EF_NOT_APPLIED);
        }
    }
    return out;
}

std::vector<Reference> Template::references() const {
    std::vector<Reference> all;
    for (const auto& piece : pieces_) {
        if (const auto* reference = std::get_if<Reference>(&piece)) all.push_back(*reference);
    }
    return all;
}

bool Template::is_whole_input() const {
    if (pieces_.size() != 2) return false;
    const auto* before = std::get_if<std::string>(&pieces_[0]);
    const auto* reference = std::get_if<Reference>(&pieces_[1]);
    return before != nullptr && before->empty() && reference != nullptr && !reference->step &&
           reference->path.empty();
}

}  // namespace gantry::host
