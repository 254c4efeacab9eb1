#include "check/pace.hpp"

#include <cmath>

namespace gantry::host::check {
namespace {

std::string in_seconds(double seconds) { return std::to_string(std::lround(seconds)) + " s"; }

std::string in_seconds(std::chrono::milliseconds time) {
    return in_seconds(std::chrono::duration<double>(time).count());
}

}  // namespace

std::chrono::milliseconds Pace::left() const {
    const auto gone = std::chrono::steady_clock::now() - began_;
    return std::max(std::chrono::milliseconds(0),
                    std::chrono::duration_cast<std::chrono::milliseconds>(most_ - gone));
}

void Pace::took(const Finding& finding, std::size_t n, std::size_t of) {
    times_.emplace(finding.seconds, finding.check->id);
    const auto gone = most_ - left();
    if (gone < tell_after_) return;
    while (tell_after_ <= gone) tell_after_ += quarter_;
    say_("gantry check: " + in_seconds(gone) + " of " + in_seconds(most_) + " are over after " +
         std::to_string(n) + " of " + std::to_string(of) + " checks; " + slowest() + "\n");
}

std::string Pace::over() const {
    return "the " + in_seconds(most_) + " for all checks are over; " + slowest();
}

std::string Pace::slowest() const {
    constexpr std::size_t kSlowest = 3;
    std::string all = "the slowest:";
    std::size_t n = 0;
    for (const auto& [seconds, id] : times_) {
        if (n++ == kSlowest) break;
        all += (n > 1 ? ", " : " ") + std::string(id) + " " + in_seconds(seconds);
    }
    return all;
}

}  // namespace gantry::host::check
