// Real updates with the shipped plugins as a shop sends them, a third refused by the ERP, while an
// operator looks at the host; and beside an ERP that takes long or hangs. It fails where an update
// does not end as it must, or nobody answers; of times it only says which promise was missed.
//   gantry_load_bench [PRODUCTS]    all else is in proportion
#include "support/burst.hpp"
#include "support/in_parallel.hpp"
#include "support/onlooker.hpp"

#include <cstdio>
#include <cstdlib>
#include <functional>

namespace gantry::bench {
namespace {

using std::chrono::milliseconds;
using test::Burst;
using test::Onlooker;

constexpr double kMostLookMs = 200;  // an operator's p99
constexpr int kClientsBeside = 4;    // of the workflow beside a slow system
constexpr double kMostTimes = 2;     // another workflow's p99, beside a slow system

const char* missed(bool yes) { return yes ? "  (missed)" : ""; }

// Prints what was broken; whether nothing was.
bool kept(const std::vector<std::string>& broken) {
    constexpr std::size_t kShown = 10;
    for (std::size_t i = 0; i < std::min(broken.size(), kShown); ++i) {
        std::fprintf(stderr, "broken: %s\n", broken[i].c_str());
    }
    if (broken.size() > kShown) std::fprintf(stderr, "… %zu in all\n", broken.size());
    return broken.empty();
}

bool print_looks(const Onlooker::Seen& seen) {
    for (const auto& [path, took] : seen.took) {
        std::printf("    %-14s %6zu looks %19.1f %9.1f%s\n", path.c_str(), took.size(), took.p50(),
                    took.p99(), missed(took.p99() >= kMostLookMs));
    }
    std::fflush(stdout);
    if (seen.refused == 0) return true;
    std::fprintf(stderr, "broken: %d looks of an operator had no answer\n", seen.refused);
    return false;
}

bool measure(const std::string& what, int products,
             const std::function<Burst::Load(Burst&)>& send) {
    Burst burst(products);
    Onlooker onlooker(burst.host());
    const auto load = send(burst);
    const auto& seen = onlooker.stop();
    std::printf("%-32s %7.0f %9.1f %9.1f\n", what.c_str(), load.per_second(), load.took.p50(),
                load.took.p99());
    const bool answered = print_looks(seen);
    return kept(burst.check()) && answered;
}

struct Slow {
    std::string what;
    milliseconds a_call;
    int updates;
    json steps;
    bool ends = true;  // else the host is killed under them
};

// A second ERP, behind a gate that takes so long for each call.
json shop_with_slow_erp(milliseconds a_call) {
    auto config = test::shop_config();
    config["plugin_path"].push_back(GANTRY_TEST_PLUGINS);
    config["modules"]["far"] = {{"plugin", "erp-ledger"},
                                {"options", {{"database", "sqlite:data/far.db"}}}};
    config["modules"]["slow"] = {{"plugin", "gate-erp"},
                                 {"bind", {{"inner", "far"}}},
                                 {"options", {{"sleep_ms", a_call.count()}}}};
    config["workflows"] = {"workflows/*.json"};
    config["routes"].push_back(
        {{"method", "POST"}, {"path", "/store/products/{id}/slow"}, {"workflow", "slow"}});
    return config;
}

// The update in that ERP: a call of its module, or a step of the module that the other workflow's
// steps are of, too.
json slow_call() {
    return {
        {{"call", "slow.updateProductErpData"},
         {"id", "erp"},
         {"with",
          {{"id", "${ .input.id }"}, {"data", {{"title", "${ .input.title }"}}}, {"create", true}}},
         {"undo", {{"record", "slow.snapshotProduct"}, {"call", "slow.restoreProduct"}}}}};
}
json slow_step() {
    return {{{"step", "update-erp"}, {"bind", {{"erp", "slow"}}}, {"with", "${ .input }"}}};
}

bool start_slow(const test::HostProcess& host, int updates) {
    json products = json::array();
    const auto id = [](int i) { return "slow_" + std::to_string(i); };
    for (int i = 0; i < updates; ++i) {
        products.push_back({{"id", id(i)}, {"title", "before"}, {"handle", id(i)}});
    }
    host.call("product", "createProducts", {{"products", products}});
    std::atomic<int> accepted{0};
    test::in_parallel(updates, 20, [&](int i) {
        const auto title = i % 3 == 0 ? test::long_title() : "after";
        const auto answer = host.send({"POST",
                                       "/store/products/" + id(i) + "/slow",
                                       json{{"title", title}}.dump(),
                                       {{"Prefer", "wait=0"}}});
        if (answer.status == 202) ++accepted;
    });
    if (accepted == updates) return true;
    std::fprintf(stderr, "broken: of %d slow updates %d were accepted\n", updates, accepted.load());
    return false;
}

bool slow_ones_ended(test::HostProcess& host, int updates) {
    const int refused = (updates + 2) / 3;
    const std::map<std::string, int> must = {{"done", updates - refused}, {"reverted", refused}};
    const bool all = test::until_none_is_open(host, std::chrono::minutes(10));
    const auto are = test::runs_by_state(host, "slow");
    if (all && are == must) return true;
    std::fprintf(stderr, "broken: of the slow updates %s\n", json(are).dump().c_str());
    return false;
}

bool measure_beside(const Slow& slow, int products, milliseconds time) {
    Burst burst(products, shop_with_slow_erp(slow.a_call), {{"slow", slow.steps}});
    const double alone = burst.by_clients(kClientsBeside, time).took.p99();
    bool good = start_slow(burst.host(), slow.updates);
    Onlooker onlooker(burst.host());
    const double beside = burst.by_clients(kClientsBeside, time).took.p99();
    const auto& seen = onlooker.stop();
    std::printf("beside %d updates of an ERP that %s: p99 %.1f ms, alone %.1f ms: %.2f times%s\n",
                slow.updates, slow.what.c_str(), beside, alone, beside / alone,
                missed(beside > kMostTimes * alone));
    good = print_looks(seen) && good;
    if (slow.ends) {
        good = slow_ones_ended(burst.host(), slow.updates) && good;
        return kept(burst.check()) && good;
    }
    if (burst.host().get("/health/live").status != 200) {
        std::fprintf(stderr, "broken: the host does not live\n");
        good = false;
    }
    burst.host().kill9();  // nothing else ends calls that hang
    return kept(burst.broken()) && good;
}

bool bench_main(int products) {
    const int clients = std::max(products / 10, 4);
    const milliseconds long_time(30 * products);
    const auto seconds = [](milliseconds ms) {
        char text[16];
        std::snprintf(text, sizeof text, "%.3g s", static_cast<double>(ms.count()) / 1000);
        return std::string(text);
    };
    std::printf("updates of products with the shipped plugins, a third refused by the ERP\n\n");
    std::printf("%-32s %7s %9s %9s\n", "", "a second", "p50 ms", "p99 ms");
    bool good = measure(std::to_string(products) + " at once", products,
                        [](Burst& b) { return b.all_at_once(); });
    good = measure(std::to_string(clients) + " clients for " + seconds(long_time), products,
                   [&](Burst& b) { return b.by_clients(clients, long_time); }) &&
           good;
    const int apart = products * 3 / 10;
    good = measure(std::to_string(apart) + ", 5 ms apart", apart,
                   [](Burst& b) { return b.one_every(milliseconds(5)); }) &&
           good;
    std::printf("\n");
    const int beside = products / 5;
    const milliseconds a_call(5 * products);
    const milliseconds time(6 * products);
    const auto slow = "takes " + seconds(a_call) + " a call";
    good = measure_beside({slow, a_call, beside, slow_call()}, beside, time) && good;
    good = measure_beside({slow + ", in steps of the same module", a_call, beside, slow_step()},
                          beside, time) &&
           good;
    good = measure_beside({"hangs", std::chrono::minutes(10), beside, slow_call(), false}, beside,
                          time) &&
           good;
    std::printf(
        "\npromised: a look's p99 below %.0f ms; beside a slow system at most "
        "%.0f times\n",
        kMostLookMs, kMostTimes);
    return good;
}

}  // namespace
}  // namespace gantry::bench

int main(int argc, char** argv) {
    const int products = argc > 1 ? std::atoi(argv[1]) : 1000;  // NOLINT
    try {
        return gantry::bench::bench_main(std::max(products, 20)) ? 0 : 1;
    } catch (const std::exception& e) {
        std::fprintf(stderr, "%s\n", e.what());
        return 1;
    }
}
