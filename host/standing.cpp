// One gauge after the other; each costs at most what is under way or waits, never what is over.
#include "standing.hpp"

#include "api/iso_time.hpp"
#include "api/listing.hpp"
#include "base/process_counts.hpp"
#include "base/store_file.hpp"

#include <gantry/abi.h>

#include <sys/statvfs.h>

namespace gantry::host {
namespace {

void count_store(Metrics& metrics, const Standing& of) {
    Store& store = of.store;
    metrics.gauge("gantry_writer_queue", "What waits for the store's writer",
                  [&store] { return static_cast<double>(store.write_queue()); });
    metrics.gauge("gantry_store_bytes", "The store's file, without its log",
                  [&store] { return static_cast<double>(store.size().bytes); });
    metrics.gauge("gantry_store_free_bytes", "What deleted runs have left free in it",
                  [&store] { return static_cast<double>(store.size().free_bytes); });
    metrics.gauge("gantry_store_lost", "1 while the store's file was deleted or replaced",
                  [&store] { return store.lost().empty() ? 0.0 : 1.0; });
    const auto file = store_file(of.config);
    if (file.empty()) return;
    metrics.gauge(
        "gantry_store_disk_free_bytes", "What the host may still write beside the store", [file] {
            struct statvfs disk {};
            if (::statvfs(file.c_str(), &disk) != 0) {
                throw std::runtime_error("no statvfs of " + file);
            }
            return static_cast<double>(disk.f_bavail) * static_cast<double>(disk.f_frsize);
        });
}

void count_runs(Metrics& metrics, const Standing& of) {
    Store& store = of.store;
    metrics.gauge("gantry_runs_needs_person", "Runs that are failed, paused or wait for a plugin",
                  [&store] {
                      RunFilter filter;
                      filter.needs_person = true;
                      return static_cast<double>(store.count(filter));
                  });
    metrics.gauge("gantry_runs_unaccounted",
                  "Unfinished runs that nobody goes on with though they wait for nothing listed",
                  [engine = of.engine] {
                      auto* const runs = engine();
                      return runs == nullptr
                                 ? 0.0
                                 : static_cast<double>(runs->unaccounted(kUnaccountedAfter).size());
                  });
    metrics.gauge("gantry_runs_unroutable", "Runs that wait for a plugin this host does not have",
                  [&store] {
                      const auto waiting = store.waiting();
                      const auto it = waiting.find("plugin");
                      return it == waiting.end() ? 0.0 : static_cast<double>(it->second);
                  });
    metrics.gauge("gantry_runs_waiting", "Runs that stand still, by the kind of their reason",
                  "kind", [&store] {
                      std::map<std::string, double> counts;
                      for (const auto& [kind, many] : store.waiting()) {
                          counts[kind] = static_cast<double>(many);
                      }
                      return counts;
                  });
    metrics.gauge("gantry_runs_waiting_oldest_seconds", "For how long the oldest of them does",
                  "kind", [&store] {
                      std::map<std::string, double> ages;
                      for (const auto& [kind, since] : store.waiting_since()) {
                          ages[kind] = static_cast<double>(store.now() - since) / 1000;
                      }
                      return ages;
                  });
    metrics.gauge("gantry_calm", "1 while the host takes up no runs after too many starts",
                  [engine = of.engine] {
                      auto* const runs = engine();
                      return runs != nullptr && runs->calm_at() ? 1.0 : 0.0;
                  });
}

void count_modules(Metrics& metrics, const Standing& of) {
    const Container& container = of.container;
    metrics.gauge("gantry_plugin_stuck", "Calls that are over and have not returned", "module",
                  [&container] {
                      std::map<std::string, double> stuck;
                      for (const auto* module : container.modules()) {
                          stuck[module->name()] = static_cast<double>(module->stuck);
                      }
                      return stuck;
                  });
    metrics.gauge("gantry_module_reached", "Whether the last ping reached the module's system",
                  "module", [&container] {
                      std::map<std::string, double> reached;
                      for (const auto* module : container.modules()) {
                          const Module::Reach reach = module->reach;
                          if (reach == Module::Reach::kNotAsked) continue;
                          reached[module->name()] = reach == Module::Reach::kReached ? 1 : 0;
                      }
                      return reached;
                  });
}

}  // namespace

void count_what_stands(Metrics& metrics, const Standing& of) {
    metrics.built(GANTRY_VERSION,
                  std::to_string(GANTRY_ABI_MAJOR) + "." + std::to_string(GANTRY_ABI_MINOR));
    count_store(metrics, of);
    count_runs(metrics, of);
    count_modules(metrics, of);
    metrics.counter("gantry_log_lines_dropped_total", "Lines of the log that nobody read in time",
                    [&log = of.log] { return static_cast<double>(log.dropped()); });
    count_process(metrics);
}

void tell_if_clock_is_behind(Store& store, Metrics& metrics, Log& log) {
    constexpr std::int64_t kToleratedMs = 1000;
    const auto now = store.now();
    const auto newest = store.newest();
    if (!newest || now + kToleratedMs >= *newest) return;
    const double seconds = static_cast<double>(now - *newest) / 1000;
    metrics.clock_stepped(seconds);
    log.warn(
        "the clock is behind the newest time in the store: it was set back, is wrong now, or "
        "was when that was written. What waits for a time waits until this clock has come to "
        "it; set a wrong clock right",
        {{"clock", iso_time(now)}, {"newest", iso_time(*newest)}, {"seconds", seconds}});
}

}  // namespace gantry::host
