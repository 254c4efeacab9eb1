// Plugins are loaded and nothing is started; the store and the modules' files are only read.
#include "config_check.hpp"

#include "api/operations.hpp"
#include "base/store_file.hpp"
#include "flow/stranded.hpp"
#include "plugin/module_databases.hpp"
#include "plugin/other_systems.hpp"
#include "plugin/plugin_steps.hpp"
#include "plugin/workflows.hpp"

namespace gantry::host {
namespace {

constexpr auto kLoadLimit = std::chrono::seconds(30);

void check_open_runs(const Config& config, const Container& container, const Steps& steps,
                     Problems& problems) {
    const auto file = store_file(config);
    std::error_code none;
    if (!std::filesystem::is_regular_file(file, none)) return;
    for (const auto& runs : stranded(open_runs_in(file), steps)) {
        problems.warn(
            config.document.place("/store"), "store",
            in_words(runs) + ". End them before (gantry runs cancel), or keep what they need");
    }
    for (const auto& other : other_systems(systems_of_open_runs_in(file), container)) {
        problems.warn(config.document.place("/modules/" + other.module), "modules." + other.module,
                      other.what);
    }
}

}  // namespace

void check_config(const Config& config, Problems& problems, LoadMark* mark) {
    Log log(Log::format_for_stderr(), GANTRY_LOG_WARN);
    Timers timers;
    Pool pool;
    LoadSettings loads{mark};
    if (mark != nullptr) loads.limit = kLoadLimit;
    const Container container(config, pool, timers, log, problems, {}, loads);
    const PluginSteps steps(container, timers);
    collect_workflows(config, container, steps, problems);
    check_open_runs(config, container, steps, problems);
    find_foreign_databases(config, container, problems);
    find_claimed_databases(config, container, problems);
    if (!problems.empty()) return;
    std::string away;
    for (const auto& line : unreached_databases(config, container)) {
        away += (away.empty() ? "" : "\n") + line;
    }
    if (!away.empty()) throw BadEnvironment(Error(GANTRY_E_UNAVAILABLE, away));
}

}  // namespace gantry::host
