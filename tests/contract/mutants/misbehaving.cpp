// Does the worst that the option "greeting" names.
#include "hooks.hpp"

#include <clocale>
#include <cstdlib>
#include <thread>

#include <unistd.h>

namespace mutants {
namespace {

std::string_view text(gantry_str s) { return {s.ptr, s.len}; }

[[noreturn]] void wait_for_ever() {
    for (;;) std::this_thread::sleep_for(std::chrono::hours(1));
}

gantry_instance* create(CreateFn real, const gantry_host* host, gantry_call call,
                        gantry_str options) {
    const auto told = [&](std::string_view what) {
        return text(options).find(what) != std::string_view::npos;
    };
    if (told("crash")) *static_cast<volatile int*>(nullptr) = 1;
    if (told("abort")) std::abort();
    if (told("exit")) std::exit(0);  // NOLINT(concurrency-mt-unsafe)
    if (told("hang")) wait_for_ever();
    if (told("fork") && ::fork() == 0) wait_for_ever();
    if (told("thread")) std::thread(wait_for_ever).detach();
    if (told("locale")) std::setlocale(LC_ALL, "C.UTF-8");  // NOLINT(concurrency-mt-unsafe)
    return real(host, call, options);
}

}  // namespace

const Hooks kHooks{.create = &create};

}  // namespace mutants
