// Updates per second of the main job with a real ERP, 16 at once, beside a bare loop of libcurl
// that sends the ERP the same requests. In one run: read the ratio, the machine's speed drifts.
//   gantry_erp_bench odata|tryton DIR PRODUCTS    the server that NAME_up.sh started in DIR
#include "bench/replay.hpp"
#include "support/env_file.hpp"
#include "support/erp/odata_shop.hpp"
#include "support/fault_proxy.hpp"
#include "support/process_memory.hpp"
#include "support/shop.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace gantry::bench {
namespace {

using Clock = std::chrono::steady_clock;
using test::FaultProxy;
using test::HostProcess;

constexpr int kAtOnce = 16;
constexpr std::size_t kBatch = 500;
constexpr std::size_t kCounted = 100;  // updates whose requests are counted
constexpr int kSkipped = 77;

using Env = std::map<std::string, std::string>;

json module_of(bool odata, const Env& env, int port) {
    const auto url = "http://127.0.0.1:" + std::to_string(port);
    json options = {{"url", url}, {"user", env.at("USER")}, {"password", env.at("PASSWORD")}};
    if (odata) {
        options["url"] = url + test::kOdataV4.path;
    } else {
        options["database"] = env.at("DATABASE");
    }
    return {{"plugin", odata ? "erp-odata" : "erp-tryton"}, {"options", options}};
}

json config_of(const json& erp) {
    auto config = test::shop_config();
    config["modules"]["erp"] = erp;
    return config;
}

std::string id_of(std::size_t i) { return "bench" + std::to_string(i); }

void create_products(const HostProcess& host, std::size_t n) {
    for (std::size_t i = 0; i < n;) {
        json products = json::array();
        for (; i < n && products.size() < kBatch; ++i) {
            products.push_back({{"id", id_of(i)}, {"title", "Mug"}, {"handle", id_of(i)}});
        }
        host.call("product", "createProducts", {{"products", products}});
    }
}

struct Pass {
    double rate = 0;
    double p50_ms = 0;
    double p99_ms = 0;
    long early_kib = 0;  // of the host, when a tenth is done
    long late_kib = 0;
};

// One update of each of `n` products, and what it says as it goes.
Pass update_all(HostProcess& host, std::size_t n, const std::string& title) {
    std::atomic<std::size_t> next{0};
    std::atomic<std::size_t> done{0};
    std::vector<double> took(n);
    std::vector<std::thread> clients;
    std::mutex mutex;
    std::string refused;
    const auto began = Clock::now();
    Pass pass;
    for (int c = 0; c < kAtOnce; ++c) {
        clients.emplace_back([&] {
            for (std::size_t i = next++; i < n; i = next++) {
                const auto asked = Clock::now();
                const auto answer =
                    test::update(host, id_of(i),
                                 {{"title", title + std::to_string(i)}, {"weight", 100 + i % 9}});
                took[i] = std::chrono::duration<double, std::milli>(Clock::now() - asked).count();
                const std::lock_guard lock(mutex);
                if (answer.status != 200) {
                    refused = std::to_string(answer.status) + " " + answer.body;
                    next = n;
                    return;
                }
                const std::size_t tenth = std::max<std::size_t>(n / 10, 1);
                if (++done % tenth != 0) continue;
                if (pass.early_kib == 0)
                    pass.early_kib = test::memory_kib(host.process().pid(), "VmRSS");
                std::fprintf(stderr, "\r  %s: %zu of %zu", title.c_str(), done.load(), n);
            }
        });
    }
    for (auto& client : clients) client.join();
    std::fprintf(stderr, "\r%40s\r", "");
    if (!refused.empty()) throw std::runtime_error("an update was answered " + refused);
    pass.rate =
        static_cast<double>(n) / std::chrono::duration<double>(Clock::now() - began).count();
    pass.late_kib = test::memory_kib(host.process().pid(), "VmRSS");
    std::sort(took.begin(), took.end());
    pass.p50_ms = took[n / 2];
    pass.p99_ms = took[n * 99 / 100];
    return pass;
}

int run(bool odata, const Env& env, std::size_t n) {
    const char* name = odata ? "erp-odata" : "erp-tryton";
    const int port = std::stoi(env.at("PORT"));
    HostProcess host(config_of(module_of(odata, env, port)));
    host.serve();
    create_products(host, n);
    const auto created = update_all(host, n, "New mug ");
    std::printf("%s: %zu products created by the main job, %.1f /s\n", name, n, created.rate);
    const auto pass = update_all(host, n, "Mug of today ");
    std::printf(
        "%s: %zu updates at %d at once, %.1f /s, p50 %.1f ms, p99 %.1f ms, host %ld to %ld MiB\n",
        name, n, kAtOnce, pass.rate, pass.p50_ms, pass.p99_ms, pass.early_kib / 1024,
        pass.late_kib / 1024);

    // The same updates through a proxy that counts: another host, the same store of products.
    FaultProxy proxy(port);
    HostProcess counted(config_of(module_of(odata, env, proxy.port())));
    counted.serve_and_reach();
    const auto few = std::min(n, kCounted);
    create_products(counted, few);
    update_all(counted, 1, "First mug ");  // signs in
    proxy.forget();
    update_all(counted, few, "Counted mug ");
    std::vector<test::ServedRequest> requests;
    for (auto& one : proxy.passed()) requests.push_back(std::move(one.request));
    const auto each = static_cast<double>(requests.size()) / static_cast<double>(few);

    const auto times = static_cast<std::size_t>(std::lround(each * static_cast<double>(n)));
    const auto bare = replay(requests, times, port, kAtOnce);
    const double rate = static_cast<double>(n) / bare.took.count();
    std::printf(
        "%s: %.2f requests per update; a bare loop of the same requests %.1f updates/s; ratio "
        "%.2f\n",
        name, each, rate, pass.rate / rate);
    if (bare.refused == 0) return 0;
    std::fprintf(stderr, "%zu of the bare loop's requests were refused\n", bare.refused);
    return 1;
}

}  // namespace
}  // namespace gantry::bench

int main(int argc, char** argv) {
    const std::string name = argc == 4 ? argv[1] : "";
    if (name != "odata" && name != "tryton") {
        std::fprintf(stderr, "usage: gantry_erp_bench odata|tryton DIR PRODUCTS\n");
        return 2;
    }
    const bool odata = name == "odata";
    const auto env = gantry::test::read_env(std::string(argv[2]) + "/env");
    if (env.empty()) {
        std::printf("skipped: no server in %s\n", argv[2]);
        return gantry::bench::kSkipped;
    }
    try {
        return gantry::bench::run(odata, env, std::stoul(argv[3]));
    } catch (const std::exception& e) {
        std::fprintf(stderr, "%s\n", e.what());
        return 1;
    }
}
