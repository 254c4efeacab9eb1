// One table of what is armed, read from the environment at the first use, under a mutex that
// nobody sleeps with.
#include "base/fault.hpp"

#include "base/nearest.hpp"

#include <gantry/error.hpp>

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace gantry::host::fault {
namespace {

constexpr int kBadEnvironment = 2;

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
}

[[noreturn]] void refuse(const std::string& message) {
    std::cerr << message << std::endl;
    std::_Exit(kBadEnvironment);
}

}  // namespace

#ifdef GANTRY_FAULTS

namespace {

constexpr int kExitCode = 70;  // EX_SOFTWARE

enum class Act { kKill, kExit, kHang, kError, kDelay };

struct Fault {
    std::size_t point = 0;
    unsigned nth = 1;
    Act act = Act::kKill;
    std::chrono::milliseconds time{};
    unsigned passes = 0;
};

struct Armed {
    std::vector<Fault> faults;
    std::array<bool, kGuards.size()> out{};
};

std::mutex armed_mutex;
Armed armed;  // under armed_mutex

std::vector<std::string> split(const std::string& text, char separator) {
    std::vector<std::string> parts;
    std::size_t from = 0;
    for (std::size_t to = 0; to != std::string::npos; from = to + 1) {
        to = text.find(separator, from);
        parts.push_back(text.substr(from, to == std::string::npos ? to : to - from));
    }
    return parts;
}

std::optional<unsigned> number(const std::string& text) {
    unsigned value = 0;
    const char* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc{} || rest != end) return std::nullopt;
    return value;
}

template <std::size_t N>
std::size_t index_of(const std::string& name, const std::array<std::string_view, N>& names,
                     const std::string& what) {
    std::string known;
    for (std::size_t i = 0; i < N; ++i) {
        if (names[i] == name) return i;
        known += (i == 0 ? "" : ", ") + std::string(names[i]);
    }
    throw Error(GANTRY_E_CONFIG,
                what + " \"" + name + "\"." +
                    did_you_mean(name, std::vector<std::string>(names.begin(), names.end())) +
                    " Known: " + known + ".");
}

Fault parse_fault(const std::string& text) {
    const auto parts = split(text, ':');
    const auto wrong = [&] {
        return Error(GANTRY_E_CONFIG, "GANTRY_FAULT \"" + text +
                                          "\": expected point:nth:kill|exit|hang:MS|error|delay:MS"
                                          ", nth from 1");
    };
    Fault fault;
    fault.point = index_of(parts[0], kPoints, "GANTRY_FAULT \"" + text + "\": unknown point");
    if (parts.size() < 3) throw wrong();
    fault.nth = number(parts[1]).value_or(0);
    if (fault.nth == 0) throw wrong();
    const bool timed = parts[2] == "hang" || parts[2] == "delay";
    if (parts.size() != (timed ? 4U : 3U)) throw wrong();
    if (timed) {
        const auto time = number(parts[3]);
        if (!time) throw wrong();
        fault.time = std::chrono::milliseconds(*time);
        fault.act = parts[2] == "hang" ? Act::kHang : Act::kDelay;
    } else if (parts[2] == "kill") {
        fault.act = Act::kKill;
    } else if (parts[2] == "exit") {
        fault.act = Act::kExit;
    } else if (parts[2] == "error") {
        fault.act = Act::kError;
    } else {
        throw wrong();
    }
    return fault;
}

void read_environment() {
    static std::once_flag once;
    std::call_once(once, [] {
        if (detail::state.load() != detail::kUnread) return;  // a test was first
        try {
            arm(environment("GANTRY_FAULT"), environment("GANTRY_MUTANT"));
        } catch (const Error& e) {
            refuse(e.message());
        }
    });
}

void act(const Fault& fault) {
    switch (fault.act) {
        case Act::kKill:
            std::raise(SIGKILL);
            return;
        case Act::kExit:
            ::_exit(kExitCode);
        case Act::kHang:
        case Act::kDelay:
            std::this_thread::sleep_for(fault.time);
            return;
        case Act::kError:
            throw Error(GANTRY_E_UNAVAILABLE,
                        "a fault at " + std::string(kPoints.at(fault.point)) + ", as asked for");
    }
}

}  // namespace

namespace detail {

std::atomic<State> state{kUnread};

void reached(std::size_t point) {
    read_environment();
    std::vector<Fault> now;
    {
        const std::lock_guard lock(armed_mutex);
        for (auto& fault : armed.faults) {
            if (fault.point != point) continue;
            ++fault.passes;
            const bool again = fault.act == Act::kDelay && fault.passes > fault.nth;
            if (fault.passes == fault.nth || again) now.push_back(fault);
        }
    }
    for (const auto& fault : now) act(fault);
}

bool taken_out(std::size_t guard) {
    read_environment();
    const std::lock_guard lock(armed_mutex);
    return armed.out.at(guard);
}

}  // namespace detail

void arm(const std::string& faults, const std::string& mutants) {
    Armed next;
    if (!faults.empty()) {
        for (const auto& text : split(faults, ',')) next.faults.push_back(parse_fault(text));
    }
    if (!mutants.empty()) {
        for (const auto& name : split(mutants, ',')) {
            next.out.at(index_of(name, kGuards, "GANTRY_MUTANT: unknown guard")) = true;
        }
    }
    const std::lock_guard lock(armed_mutex);
    armed = std::move(next);
    detail::state = faults.empty() && mutants.empty() ? detail::kOff : detail::kOn;
}

unsigned passes(Point point) {
    const std::lock_guard lock(armed_mutex);
    unsigned most = 0;
    for (const auto& fault : armed.faults) {
        if (fault.point == point.index) most = std::max(most, fault.passes);
    }
    return most;
}

void check() { read_environment(); }

#else

void check() {
    for (const char* name : {"GANTRY_FAULT", "GANTRY_MUTANT"}) {
        if (!environment(name).empty()) {
            refuse(std::string(name) + " is set, but a Release build has no fault points");
        }
    }
}

#endif

}  // namespace gantry::host::fault
