// A template is its own canonical text with references between pieces of it.
#include "flow/expression.hpp"

#include "base/error_json.hpp"
#include "base/utf8.hpp"
#include "flow/jq.hpp"

#include <gantry/json.hpp>

#include <algorithm>
#include <cctype>

namespace gantry::host {
namespace {

constexpr std::size_t kMaxTold = 200;  // characters of an expression, and of its error

[[noreturn]] void refuse_expression(std::string_view text, const std::string& why) {
    throw Error(GANTRY_E_INVALID_DATA, "\"${ " + std::string(text) + " }\": " + why);
}

bool is_index(const std::vector<JqToken>& tokens, std::size_t i) {
    return i < tokens.size() && tokens[i].kind == JqToken::kNumber && tokens[i].text.size() <= 9 &&
           tokens[i].text.find_first_not_of("0123456789") == std::string::npos;
}

// .name, ."name", ["name"], [3] and [-3], one after the other; nothing for any other words.
std::optional<JsonPath> plain_path(const std::vector<JqToken>& tokens) {
    JsonPath path;
    const auto is = [&](std::size_t i, auto&&... what) {
        return i < tokens.size() && tokens[i].is(what...);
    };
    const auto has = [&](std::size_t i, JqToken::Kind kind) {
        return i < tokens.size() && tokens[i].kind == kind;
    };
    for (std::size_t i = 0; i < tokens.size();) {
        if (has(i, JqToken::kField)) {
            path.emplace_back(tokens[i].text);
            i += 1;
        } else if (is(i, '.') && has(i + 1, JqToken::kString)) {
            path.emplace_back(tokens[i + 1].text);
            i += 2;
        } else if (is(i, '[') && has(i + 1, JqToken::kString) && is(i + 2, ']')) {
            path.emplace_back(tokens[i + 1].text);
            i += 3;
        } else if (const std::size_t minus = is(i + 1, '-') ? 1 : 0;
                   is(i, '[') && is_index(tokens, i + 1 + minus) && is(i + 2 + minus, ']')) {
            const auto index = std::stoll(tokens[i + 1 + minus].text);
            path.emplace_back(std::int64_t{minus == 1 ? -index : index});
            i += 3 + minus;
        } else {
            return std::nullopt;
        }
    }
    if (path.empty() || tokens.front().is('[')) return std::nullopt;
    return path;
}

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

std::optional<Reference> Reference::parse(std::string_view text) {
    auto path = plain_path(jq_tokens(text));
    if (!path) return std::nullopt;
    Reference reference{std::get<std::string>(path->front()), std::nullopt, {}, std::string(text)};
    if (!is_root(reference.root)) {
        refuse_expression(
            text, "a path begins with .input or .steps; in a for_each also with .item or .index");
    }
    std::size_t root = 1;
    if (is_of_steps(reference.root)) {
        const auto* step = path->size() < 2 ? nullptr : std::get_if<std::string>(&(*path)[1]);
        if (step == nullptr) {
            const auto name = "." + reference.root;
            refuse_expression(text, name + " is followed by a step's id: " + name + "[\"a\"]");
        }
        reference.step = *step;
        root = 2;
    }
    reference.path.assign(path->begin() + static_cast<std::ptrdiff_t>(root), path->end());
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
            pieces_.push_back(expression(trim(text.substr(2, text.size() - 3))));
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

Template::Piece Template::expression(std::string_view text) {
    if (auto reference = Reference::parse(text)) return std::move(*reference);
    try {
        Program program{std::make_shared<const JqProgram>(std::string(text)), {}, false};
        const auto& roots = program.jq->roots();
        for (const auto& [root, step] : roots.mentioned) {
            program.mentions.push_back({root, std::nullopt, {}, program.jq->text()});
            if (is_of_steps(root)) program.mentions.back().step = step;
        }
        program.adds_input = roots.sees_all && !roots.mentioned.contains({"input", ""});
        return program;
    } catch (const Error& e) {
        if (e.error_class() == GANTRY_CLASS_INPUT) refuse_expression(text, e.message());
        throw Error(e.code(), "\"${ " + std::string(text) + " }\": " + e.message(), e.flags());
    }
}

// The program's input has its roots as members: {"input": …, "steps": {"a": …}}.
std::string Template::run(const Program& program, const ValueOf& value_of) {
    const auto add = [](std::string& to, const std::string& name, std::string_view value) {
        to += (to.empty() ? "" : ",") + json(name).dump() + ":" + std::string(value);
    };
    std::string roots;
    std::map<std::string, std::string> of_steps;  // by root
    if (program.adds_input) {
        add(roots, "input", value_of({"input", std::nullopt, {}, program.jq->text()}));
    }
    for (const auto& mention : program.mentions) {
        add(mention.step ? of_steps[mention.root] : roots,
            mention.step ? *mention.step : mention.root, value_of(mention));
    }
    for (const auto& [root, steps] : of_steps) add(roots, root, "{" + steps + "}");
    return program.jq->run("{" + roots + "}");
}

std::string Template::evaluate(const ValueOf& value_of, std::size_t max, const char* what) const {
    std::string out;
    std::size_t size = 0;
    const auto append = [&](std::string_view part) {
        size += part.size();
        if (size <= max) out += part;  // beyond it is only counted
    };
    for (const auto& piece : pieces_) {
        const auto* reference = std::get_if<Reference>(&piece);
        const auto* program = std::get_if<Program>(&piece);
        try {
            if (reference != nullptr) {
                append(slice(value_of(*reference), reference->path));
            } else if (program != nullptr) {
                append(run(*program, value_of));
            } else {
                append(std::get<std::string>(piece));
            }
        } catch (const Error& e) {
            const auto& text = reference != nullptr ? reference->text : program->jq->text();
            const auto why = utf8_cut(e.message(), kMaxTold);
            throw Error(e.code(), "\"${ " + utf8_cut(text, kMaxTold) + " }\": " + why,
                        GANTRY_EF_NOT_APPLIED, {{kForAnyone, why}});
        }
    }
    if (size > max) {
        throw Error(GANTRY_E_TOO_LARGE,
                    std::string(what) + " has " + std::to_string(size) + " bytes; at most " +
                        std::to_string(max),
                    GANTRY_EF_NOT_APPLIED);
    }
    return out;
}

std::vector<Reference> Template::references() const {
    std::vector<Reference> all;
    for (const auto& piece : pieces_) {
        if (const auto* reference = std::get_if<Reference>(&piece)) {
            all.push_back(*reference);
        } else if (const auto* program = std::get_if<Program>(&piece)) {
            all.insert(all.end(), program->mentions.begin(), program->mentions.end());
        }
    }
    return all;
}

bool Template::uses_jq() const {
    return std::any_of(pieces_.begin(), pieces_.end(),
                       [](const Piece& piece) { return std::holds_alternative<Program>(piece); });
}

bool Template::is_constant() const {
    return std::all_of(pieces_.begin(), pieces_.end(), [](const Piece& piece) {
        const auto* program = std::get_if<Program>(&piece);
        return program != nullptr ? program->mentions.empty() && !program->adds_input
                                  : std::holds_alternative<std::string>(piece);
    });
}

bool Template::is_whole_input() const {
    if (pieces_.size() != 2) return false;
    const auto* before = std::get_if<std::string>(&pieces_[0]);
    const auto* reference = std::get_if<Reference>(&pieces_[1]);
    return before != nullptr && before->empty() && reference != nullptr &&
           reference->root == "input" && reference->path.empty();
}

}  // namespace gantry::host
