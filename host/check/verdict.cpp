#include "check/verdict.hpp"

namespace gantry::host::check {

const char* to_string(Status status) {
    switch (status) {
        case Status::kPass:
            return "pass";
        case Status::kWarn:
            return "warn";
        case Status::kSkip:
            return "skip";
        case Status::kFail:
            return "fail";
        case Status::kCrash:
            return "crash";
        default:
            return "timeout";
    }
}

void fail(std::string found, std::string expected, json evidence) {
    throw Verdict{Status::kFail, std::move(found), std::move(expected), std::move(evidence)};
}

void skip(std::string why) { throw Verdict{Status::kSkip, std::move(why), {}, nullptr}; }

void warn(std::string found, std::string expected) {
    throw Verdict{Status::kWarn, std::move(found), std::move(expected), nullptr};
}

}  // namespace gantry::host::check
