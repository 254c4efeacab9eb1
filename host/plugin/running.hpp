// A plugin function that runs, in words: for the file of calls, the log, and a crash.
#pragma once

#include <string_view>

namespace gantry::host {

/// What it says lives as long as the function runs. All but `run_id` and `within` are there.
struct Running {
    std::string_view module;
    std::string_view plugin;
    std::string_view version;
    std::string_view what;    // "step update-erp", "method describe", "create"
    std::string_view within;  // of a method or cancel: what it serves, "step update-erp"
    std::string_view run_id;
};

/// "method describe of module erp (plugin erp-ledger 1.0.0), within step update-erp, run 0197…",
/// piece by piece: nothing is allocated here.
template <typename Append>
void in_words(const Running& running, Append append) {
    for (const auto piece : {running.what, std::string_view(" of module "), running.module,
                             std::string_view(" (plugin "), running.plugin, std::string_view(" "),
                             running.version, std::string_view(")")}) {
        append(piece);
    }
    if (!running.within.empty()) {
        append(", within ");
        append(running.within);
    }
    if (!running.run_id.empty()) {
        append(", run ");
        append(running.run_id);
    }
}

/// The same as fields of a log line: `put(name, value)` for each there is. Allocates nothing.
template <typename Put>
void as_fields(const Running& running, Put put) {
    put("call", running.what);
    put("module", running.module);
    put("plugin", running.plugin);
    if (!running.run_id.empty()) put("run", running.run_id);
    put("version", running.version);
    if (!running.within.empty()) put("within", running.within);
}

}  // namespace gantry::host
