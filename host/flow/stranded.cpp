// Runs that began alike are looked at once.
#include "flow/stranded.hpp"

#include "flow/misfit.hpp"
#include "flow/saga.hpp"

namespace gantry::host {
namespace {

std::string why_not(const OpenRuns& runs, const Steps& steps) {
    try {
        const auto pins = read_pins(runs.pins);
        if (!pins) return "its pins cannot be read";
        return misfit_of(*pins, plan_of({"", runs.workflow, runs.definition}, steps)).why;
    } catch (const Error& e) {
        return e.message();
    }
}

}  // namespace

std::vector<StrandedRuns> stranded(std::vector<OpenRuns> open, const Steps& steps) {
    std::vector<StrandedRuns> all;
    for (auto& runs : open) {
        auto why = why_not(runs, steps);
        if (!why.empty()) all.push_back({std::move(runs), std::move(why)});
    }
    return all;
}

std::string in_words(const StrandedRuns& stranded) {
    const auto& runs = stranded.runs;
    auto why = stranded.why;
    if (why.ends_with('.')) why.pop_back();
    return std::to_string(runs.count) + (runs.count == 1 ? " open run" : " open runs") + " of " +
           runs.workflow + " cannot go on, such as " + runs.example + ": " + why +
           "; gantry runs ls --workflow " + runs.workflow + " lists them";
}

}  // namespace gantry::host
