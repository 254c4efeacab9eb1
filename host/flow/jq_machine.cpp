// A state of libjq for each program; what it gives is written here, exact and within limits.
#include "flow/jq_machine.hpp"

#include "base/json_text.hpp"
#include "flow/jq_library.hpp"
#include "flow/jq_number.hpp"
#include "flow/jq_prelude.hpp"

#include <gantry/error.hpp>
#include <gantry/json.hpp>

#include <cmath>
#include <optional>

extern "C" {
#include <jq.h>
}

namespace gantry::host {
namespace {

constexpr std::size_t kMaxOutput = 1 << 20;

[[noreturn]] void jq_fail(const std::string& why, gantry_status code = GANTRY_E_INVALID_DATA) {
    throw Error(code, why);
}

// Owns one reference to a value.
class Value {
public:
    explicit Value(jv value) : value_(value) {}
    ~Value() { jv_free(value_); }
    Value(const Value&) = delete;
    Value& operator=(const Value&) = delete;

    jv_kind kind() const { return jv_get_kind(value_); }
    jv copy() const { return jv_copy(value_); }
    std::string_view string() const {
        return {jv_string_value(value_),
                static_cast<std::size_t>(jv_string_length_bytes(jv_copy(value_)))};
    }
    double number() const { return jv_number_value(value_); }

private:
    jv value_;
};

void write_string(std::string& out, std::string_view text) { out += dumped(text); }

void write(std::string& out, const Value& value, int depth);

void write_array(std::string& out, const Value& value, int depth) {
    const int size = jv_array_length(value.copy());
    out += '[';
    for (int i = 0; i < size; ++i) {
        if (i > 0) out += ',';
        write(out, Value(jv_array_get(value.copy(), i)), depth);
    }
    out += ']';
}

void write_object(std::string& out, const Value& value, int depth) {
    const Value keys(jv_keys(value.copy()));
    const int size = jv_array_length(keys.copy());
    out += '{';
    for (int i = 0; i < size; ++i) {
        const Value key(jv_array_get(keys.copy(), i));
        if (i > 0) out += ',';
        write_string(out, key.string());
        out += ':';
        write(out, Value(jv_object_get(value.copy(), key.copy())), depth);
    }
    out += '}';
}

void write(std::string& out, const Value& value, int depth) {
    if (out.size() > kMaxOutput)
        jq_fail("its output has more than 1048576 bytes", GANTRY_E_TOO_LARGE);
    const auto kind = value.kind();
    if (depth == kMaxDepth && (kind == JV_KIND_ARRAY || kind == JV_KIND_OBJECT)) {
        jq_fail("its output is nested deeper than 200 levels");
    }
    switch (kind) {
        case JV_KIND_STRING:
            return write_string(out, value.string());
        case JV_KIND_NUMBER:
            if (!std::isfinite(value.number()))
                jq_fail("its output holds a number that JSON has not");
            out += jq_number(value.number());
            return;
        case JV_KIND_ARRAY:
            return write_array(out, value, depth + 1);
        case JV_KIND_OBJECT:
            return write_object(out, value, depth + 1);
        case JV_KIND_TRUE:
            out += "true";
            return;
        case JV_KIND_FALSE:
            out += "false";
            return;
        default:
            out += "null";
    }
}

// What jq says without what it says about shells and files, and without our own lines.
void keep_first_error(void* kept, jv message) {
    const Value value(jq_format_error(message));
    auto& out = *static_cast<std::string*>(kept);
    if (!out.empty() || value.kind() != JV_KIND_STRING) return;
    std::string_view text = value.string();
    text = text.substr(0, std::min(text.find(" at <top-level>"), text.find('\n')));
    for (const std::string_view prefix : {"jq: ", "error: "}) {
        if (text.starts_with(prefix)) text.remove_prefix(prefix.size());
    }
    const std::string_view shells = " (Unix shell quoting issues?)";
    if (text.ends_with(shells)) text.remove_suffix(shells.size());
    out = text;
}

// The next output; nothing when there is no other.
std::optional<std::string> next(jq_state* state) {
    const Value value(jq_next(state));
    if (value.kind() != JV_KIND_INVALID) {
        std::string out;
        write(out, value, 0);
        if (out.size() > kMaxOutput) {
            jq_fail("its output has more than 1048576 bytes", GANTRY_E_TOO_LARGE);
        }
        return out;
    }
    if (jv_invalid_has_msg(value.copy()) == 0) return std::nullopt;
    const Value message(jv_invalid_get_msg(value.copy()));
    std::string text;
    if (message.kind() == JV_KIND_STRING) {
        text = message.string();
    } else {
        write(text, message, 0);
    }
    jq_fail("jq: " + text);
}

std::string only_output(jq_state* state, const std::string& input) {
    jq_start(state, jv_parse_sized(input.data(), static_cast<int>(input.size())), 0);
    auto output = next(state);
    if (!output) jq_fail("it has no output; an expression has exactly one");
    if (next(state)) jq_fail("it has more than one output; [ ] around it makes them a list");
    return std::move(*output);
}

}  // namespace

void JqMachine::Teardown::operator()(jq_state* state) const { jq_teardown(&state); }

JqMachine::JqMachine(std::size_t keeps) : keeps_(keeps) { stand_before_libjq(); }
JqMachine::~JqMachine() = default;

JqMachine::State JqMachine::compiled(const std::string& program) {
    State state(jq_init());
    if (!state) throw Error(GANTRY_E_INTERNAL, "libjq has no memory");
    std::string error;
    jq_set_error_cb(state.get(), keep_first_error, &error);
    const int good = jq_compile(state.get(), (std::string(kJqPrelude) + program).c_str());
    if (good == 0) jq_fail("jq: " + (error.empty() ? "the program does not compile" : error));
    // `error` ends here; the state lives on.
    jq_set_error_cb(
        state.get(), [](void*, jv message) { jv_free(message); }, nullptr);
    return state;
}

JqMachine::Program& JqMachine::find(const std::string& program) {
    const auto at = known_.find(program);
    if (at != known_.end()) {
        programs_.splice(programs_.begin(), programs_, at->second);
        return programs_.front();
    }
    auto state = compiled(program);
    if (programs_.size() == keeps_) {
        known_.erase(programs_.back().text);
        programs_.pop_back();
    }
    programs_.push_front({program, std::move(state)});
    known_.emplace(programs_.front().text, programs_.begin());
    return programs_.front();
}

void JqMachine::compile(const std::string& program) { find(program); }

std::string JqMachine::run(const std::string& program, const std::string& input) {
    jq_state* const state = find(program).state.get();
    struct Clear {  // without the values of this run
        jq_state* state;
        ~Clear() { jq_start(state, jv_null(), 0); }
    } const clear{state};
    return only_output(state, input);
}

}  // namespace gantry::host
