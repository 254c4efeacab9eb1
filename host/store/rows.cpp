// Words to states and back.
#include "store/rows.hpp"

#include <array>
#include <stdexcept>

namespace gantry::host {
namespace {

constexpr std::array<std::string_view, 7> kRunWords = {
    "invoking", "waiting", "compensating", "paused", "done", "reverted", "failed"};
constexpr std::array<std::string_view, 3> kWantedWords = {"run", "pause", "cancel"};
constexpr std::array<std::string_view, 2> kSideWords = {"invoke", "compensate"};
constexpr std::array<std::string_view, 5> kStepWords = {"started", "done", "failed", "unknown",
                                                        "skipped"};

constexpr std::array<std::string_view, 3> kEffectWords = {"nothing", "something", "unknown"};

template <typename Enum, std::size_t N>
std::optional<Enum> find(const std::array<std::string_view, N>& words, std::string_view word) {
    for (std::size_t i = 0; i < N; ++i) {
        if (words[i] == word) return static_cast<Enum>(i);
    }
    return std::nullopt;
}

template <typename Enum, std::size_t N>
Enum must_find(const std::array<std::string_view, N>& words, std::string_view word) {
    if (const auto found = find<Enum>(words, word)) return *found;
    throw std::runtime_error("the store holds an unknown state: " + std::string(word));
}

}  // namespace

std::string_view to_string(RunStatus status) { return kRunWords[static_cast<std::size_t>(status)]; }
std::string_view to_string(Wanted wanted) { return kWantedWords[static_cast<std::size_t>(wanted)]; }
std::string_view to_string(Side side) { return kSideWords[static_cast<std::size_t>(side)]; }
std::string_view to_string(StepStatus status) {
    return kStepWords[static_cast<std::size_t>(status)];
}

std::string_view to_string(Effect effect) { return kEffectWords[static_cast<std::size_t>(effect)]; }

std::optional<RunStatus> run_status(std::string_view word) {
    return find<RunStatus>(kRunWords, word);
}
Wanted wanted_of(std::string_view word) { return must_find<Wanted>(kWantedWords, word); }
Side side_of(std::string_view word) { return must_find<Side>(kSideWords, word); }
Effect effect_of(std::string_view word) { return must_find<Effect>(kEffectWords, word); }
StepStatus step_status(std::string_view word) { return must_find<StepStatus>(kStepWords, word); }

}  // namespace gantry::host
