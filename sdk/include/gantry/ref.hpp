// Values that exist only when a workflow runs: paths, and jq on them.
#pragma once

#include <gantry/json.hpp>

#include <concepts>
#include <cstdlib>

namespace gantry {

/// Where a value may be used: within the body of the for_each that made it, and not in another one
/// inside of it.
struct RefScope {
    const int* now = nullptr;  // how deep the composer is; null: everywhere
    int depth = 0;

    void check() const {
        if (now == nullptr || *now == depth) return;
        throw Error(GANTRY_E_MISUSE,
                    "an item is used outside the body of its for_each; to use it in a for_each "
                    "inside, put it into the list with gantry::jq");
    }
};

/// The input, a step's output, an item, or a part of one. It has no arithmetic, no comparison and
/// no conversion to bool: a mistake does not compile. jq() computes with them.
class Ref {
public:
    explicit Ref(std::string path, RefScope scope = {}) : path_(std::move(path)), scope_(scope) {}

    Ref operator[](std::string_view key) const {
        return Ref(path_ + "[" + json(key).dump() + "]", scope_);
    }
    Ref operator[](const char* key) const { return (*this)[std::string_view(key)]; }
    Ref operator[](int index) const {
        return Ref(path_ + "[" + std::to_string(index) + "]", scope_);
    }

    explicit operator bool() const = delete;

    const std::string& path() const { return path_; }
    RefScope scope() const { return scope_; }

    friend void to_json(json& out, const Ref& ref) {
        ref.scope_.check();
        out = "${ " + ref.path_ + " }";
    }

private:
    std::string path_;
    RefScope scope_;
};

/// What a jq program makes of values. Made by jq().
class Expr {
public:
    Expr(std::string program, RefScope scope) : program_(std::move(program)), scope_(scope) {}

    explicit operator bool() const = delete;

    friend void to_json(json& out, const Expr& expr) {
        expr.scope_.check();
        out = "${ " + expr.program_ + " }";
    }

private:
    std::string program_;
    RefScope scope_;
};

template <typename T>
concept LaterValue = std::same_as<T, Ref> || std::same_as<T, Expr>;

/// jq's text with $1, $2 … as the variables $v1, $v2 …, but for what stands in its strings.
inline std::string with_variables(std::string_view program, int count) {
    std::string out;
    std::string open;  // '"' within a string, '(' within parentheses
    for (std::size_t i = 0; i < program.size(); ++i) {
        const char c = program[i];
        const char next = i + 1 < program.size() ? program[i + 1] : '\0';
        const bool in_string = !open.empty() && open.back() == '"';
        out += c;
        if (in_string && c == '\\' && next != '\0') {
            if (next == '(') open += '(';
            out += program[++i];
        } else if (c == '"' && in_string) {
            open.pop_back();
        } else if (in_string) {
            continue;
        } else if (c == '"' || c == '(') {
            open += c;
        } else if (c == ')' && !open.empty()) {
            open.pop_back();
        } else if (c == '$' && next >= '0' && next <= '9') {
            const auto number = std::atoi(program.data() + i + 1);
            if (number < 1 || number > count) {
                throw Error(GANTRY_E_MISUSE, "$" + std::to_string(number) + " of jq(" +
                                                 json(program).dump() + ") was given no value");
            }
            out += 'v';
        }
    }
    return out;
}

/// A jq 1.6 program in which $1, $2 … stand for the values that follow: Refs, or constants, which
/// are quoted. They are jq variables, so that they mean the same after a pipe:
///
///     gantry::jq("$1 > 100", input["total"])
///     gantry::jq("[$1[] | select(.kind == $2)] | length", input["lines"], "gift")
///
/// Exactly one output. The host refuses what would make it depend on more than its values (env,
/// now, input, …) and says so when it starts.
template <typename... Values>
Expr jq(const std::string& program, const Values&... values) {
    std::string bound;
    RefScope scope;
    int count = 0;
    const auto bind = [&](const auto& value) {
        std::string text;
        if constexpr (std::same_as<std::decay_t<decltype(value)>, Ref>) {
            value.scope().check();
            if (value.scope().now != nullptr) scope = value.scope();
            text = value.path();
        } else {
            text = json(value).dump();
            if (text.find("\"${") != std::string::npos) {
                throw Error(GANTRY_E_MISUSE, "give jq() each Ref as a value of its own: " + text);
            }
        }
        bound += text + " as $v" + std::to_string(++count) + " | ";
    };
    (bind(values), ...);
    return Expr(bound + with_variables(program, count), scope);
}

}  // namespace gantry
