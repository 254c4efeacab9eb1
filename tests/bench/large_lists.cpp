#include "bench/large_lists.hpp"

#include "bench/memory.hpp"
#include "support/finished_runs.hpp"
#include "support/in_parallel.hpp"
#include "support/shop.hpp"
#include "support/timings.hpp"

#include <cstdio>
#include <mutex>

namespace gantry::bench {
namespace {

constexpr int kClients = 8;
constexpr int kLists = 64;
constexpr double kMib = 1 << 20;
constexpr double kMostMib = 64;

}  // namespace

void bench_large_lists(int runs) {
    test::HostProcess host(test::shop_config());
    test::make_finished_runs(host.dir() / "data/gantry.db", runs, 1 << 20);
    host.serve();
    const auto list = [&](const char* filter) {
        return host.get(std::string("/admin/workflows-executions?limit=1000") + filter);
    };
    list("&workflow_id=w1");
    const PeakGrowth growth(host.process().pid());
    test::Timings took;
    std::mutex mutex;
    std::atomic<int> refused{0};
    test::in_parallel(kLists, kClients, [&](int i) {
        const auto began = test::Timings::Clock::now();
        if (list(i % 2 == 0 ? "" : "&state=done,reverted").status != 200) ++refused;
        const std::lock_guard lock(mutex);
        took.add_since(began);
    });
    const double mib = growth.bytes() / kMib;
    std::printf(
        "\n%d runs of 1 MiB listed by %d clients at once: %.1f MiB more at the peak%s, "
        "p50 %.1f ms, p99 %.1f ms\n",
        runs, kClients, mib, mib > kMostMib ? " (missed: 64)" : "", took.p50(), took.p99());
    if (refused > 0) std::printf("%d lists were refused\n", refused.load());
    host.stop();
}

}  // namespace gantry::bench
