// Does what GANTRY_TEST_LOAD says while it is loaded.
#include <gantry/plugin.hpp>

#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <string_view>

namespace {

struct FaultyLoad {
    explicit FaultyLoad(const gantry::json&) {}
};

gantry::StepResponse do_nothing(FaultyLoad&, gantry::Call&, const gantry::json&) {
    return gantry::json::object();
}

[[gnu::constructor]] void when_loaded() {
    const char* text = std::getenv("GANTRY_TEST_LOAD");
    const std::string_view fault = text != nullptr ? text : "";
    if (fault == "exits") std::exit(0);
    if (fault == "exits at once") _exit(0);
    if (fault == "crashes") std::raise(SIGSEGV);
    if (fault == "throws") throw std::runtime_error("no licence found");
    while (fault == "hangs") pause();
}

}  // namespace

GANTRY_PLUGIN(FaultyLoad, gantry::Step<"do-nothing", do_nothing>);
