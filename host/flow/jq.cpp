// What can be said of a program and its input without jq is said here; the rest by a process.
#include "flow/jq.hpp"

#include "flow/expressions.hpp"
#include "flow/jq_number.hpp"

#include <gantry/error.hpp>

namespace gantry::host {
namespace {

constexpr std::size_t kMaxProgram = 4096;

[[noreturn]] void refuse_program(const std::string& why) {
    throw Error(GANTRY_E_INVALID_DATA, why);
}

}  // namespace

JqProgram::JqProgram(std::string text) : text_(std::move(text)) {
    if (text_.size() > kMaxProgram) {
        refuse_program("the program has " + std::to_string(text_.size()) + " bytes; at most 4096");
    }
    if (text_.empty()) refuse_program("an expression is missing");
    if (text_.find('\0') != std::string::npos) refuse_program("a program has no NUL in it");
    roots_ = check_jq(jq_tokens(text_));
    Expressions::of_process().compile(text_);
}

std::string JqProgram::run(const std::string& input) const {
    check_jq_numbers(input);
    return Expressions::of_process().run(text_, input);
}

}  // namespace gantry::host
