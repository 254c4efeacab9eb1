// States are taken out and put back; whoever finds none compiles one more, outside the lock. One
// that was given up is never put back.
#include "flow/jq.hpp"

#include "base/json_text.hpp"
#include "flow/expressions.hpp"
#include "flow/jq_number.hpp"

#include <gantry/json.hpp>

#include <dlfcn.h>

#include <cmath>
#include <exception>
#include <mutex>

extern "C" {
#include <jq.h>

// jq 1.6 puts ~/.jq before every program, and no setting stops it. It reads the file through this
// function of its own library, which the program's definition stands before.
jv jv_load_file(const char* name, int raw);
}

namespace {
thread_local bool compiles = false;
}

jv jv_load_file(const char* name, int raw) {
    if (compiles) return jv_string("");
    static const auto real =
        reinterpret_cast<decltype(&jv_load_file)>(dlsym(RTLD_NEXT, "jv_load_file"));
    return real(name, raw);
}

#ifdef __SANITIZE_ADDRESS__
// libjq 1.6 leaks a token of a program that it cannot parse. Without frame pointers in it the trace
// ends at its allocation, so that nothing narrower can be named. A program that was given up goes
// on with what it holds, which is found or not, as it stands.
extern "C" const char* __lsan_default_suppressions() {
    return "leak:jv_mem_alloc\nleak:jv_mem_realloc\n";
}  // NOLINT
#endif

namespace gantry::host {
namespace {

constexpr std::size_t kMaxProgram = 4096;
constexpr std::size_t kMaxOutput = 1 << 20;

// jq 1.6 ends the process for a time that has no year, and for a format that is no string.
constexpr std::string_view kGuards =
    "def _gmtime: gmtime; "
    "def gmtime: if type != \"number\" or (. > -6e16 and . < 6e16) then _gmtime"
    " else error(\"no time: \\(.)\") end; "
    "def _strftime($f): strftime($f); "
    "def strftime($f): if $f | type != \"string\" then error(\"strftime wants a format\")"
    " elif type == \"number\" then gmtime | _strftime($f) else _strftime($f) end; "
    "def todateiso8601: strftime(\"%Y-%m-%dT%H:%M:%SZ\"); "
    "def todate: todateiso8601;\n";

[[noreturn]] void fail(const std::string& why, gantry_status code = GANTRY_E_INVALID_DATA) {
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
    if (out.size() > kMaxOutput) fail("its output has more than 1048576 bytes", GANTRY_E_TOO_LARGE);
    const auto kind = value.kind();
    if (depth == kMaxDepth && (kind == JV_KIND_ARRAY || kind == JV_KIND_OBJECT)) {
        fail("its output is nested deeper than 200 levels");
    }
    switch (kind) {
        case JV_KIND_STRING:
            return write_string(out, value.string());
        case JV_KIND_NUMBER:
            if (!std::isfinite(value.number())) fail("its output holds a number that JSON has not");
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
            fail("its output has more than 1048576 bytes", GANTRY_E_TOO_LARGE);
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
    fail("jq: " + text);
}

struct Teardown {
    void operator()(jq_state* state) const { jq_teardown(&state); }
};
using State = std::unique_ptr<jq_state, Teardown>;

State compile(const std::string& text) {
    State state(jq_init());
    if (!state) throw Error(GANTRY_E_INTERNAL, "libjq has no memory");
    std::string error;
    jq_set_error_cb(state.get(), keep_first_error, &error);
    compiles = true;
    const int good = jq_compile(state.get(), (std::string(kGuards) + text).c_str());
    compiles = false;
    if (good == 0) fail("jq: " + (error.empty() ? "the program does not compile" : error));
    // `error` ends here; the state lives on.
    jq_set_error_cb(
        state.get(), [](void*, jv message) { jv_free(message); }, nullptr);
    return state;
}

std::string run(jq_state* state, const std::string& input) {
    jq_start(state, jv_parse_sized(input.data(), static_cast<int>(input.size())), 0);
    auto output = next(state);
    if (!output) fail("it has no output; an expression has exactly one");
    if (next(state)) fail("it has more than one output; [ ] around it makes them a list");
    return std::move(*output);
}

}  // namespace

struct JqProgram::States {
    std::mutex mutex;
    std::vector<State> idle;

    State take() {
        const std::lock_guard lock(mutex);
        if (idle.empty()) return nullptr;
        State state = std::move(idle.back());
        idle.pop_back();
        return state;
    }
    void put_back(State state) {
        const std::lock_guard lock(mutex);
        idle.push_back(std::move(state));
    }
};

/// Owned by whoever waits and by the thread that runs it: the last one ends the state, unless it
/// was put back.
struct JqProgram::Run {
    std::shared_ptr<States> states;
    std::string text;
    std::string input;
    State state = nullptr;
    std::string output = {};
    std::exception_ptr error = nullptr;

    void go() noexcept {
        try {
            state = states->take();
            if (!state) state = compile(text);
            output = host::run(state.get(), input);
        } catch (...) {
            error = std::current_exception();
        }
        if (state) jq_start(state.get(), jv_null(), 0);  // without the values of this run
    }
};

JqProgram::JqProgram(std::string text)
    : text_(std::move(text)), states_(std::make_shared<States>()) {
    if (text_.size() > kMaxProgram) {
        fail("the program has " + std::to_string(text_.size()) + " bytes; at most 4096");
    }
    if (text_.empty()) fail("an expression is missing");
    if (text_.find('\0') != std::string::npos) fail("a program has no NUL in it");
    roots_ = check_jq(jq_tokens(text_));
    states_->put_back(compile(text_));
}

JqProgram::~JqProgram() = default;

std::string JqProgram::run(const std::string& input) const {
    check_jq_numbers(input);
    const auto run = std::make_shared<Run>(Run{states_, text_, input});
    auto& expressions = Expressions::of_process();
    if (!expressions.run([run] { run->go(); }, text_)) {
        const auto limit = expressions.limit().count();
        fail("it did not end within " + (limit % 1000 == 0 ? std::to_string(limit / 1000) + " s"
                                                           : std::to_string(limit) + " ms"));
    }
    if (run->state) states_->put_back(std::move(run->state));
    if (run->error) std::rethrow_exception(run->error);
    return std::move(run->output);
}

}  // namespace gantry::host
