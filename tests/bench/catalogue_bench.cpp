// The product module with many products of three variants: how fast they are made, and how long a
// list by each of its indexes and one product take, in a SQLite file or in the database that
// GANTRY_TEST_POSTGRESQL names. It checks what is found, and nothing about time.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "catalogue.hpp"

namespace catalogue {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kAtOnce = 500;        // products in one call
constexpr int kTogether = 20;       // products of one tag, and of one collection
constexpr int kMostLookups = 1000;  // of each kind
constexpr double kMostSeconds = 10;
constexpr std::size_t kMost = 50;  // rows of one answer
constexpr long kMostMib = 512;

struct Folder {
    std::string path = (std::filesystem::temp_directory_path() / "gantry-bench-XXXXXX").string();
    Folder() {
        if (mkdtemp(path.data()) == nullptr) std::abort();
    }
    ~Folder() { std::filesystem::remove_all(path); }
};

[[noreturn]] void fail(const std::string& what) {
    std::fprintf(stderr, "%s\n", what.c_str());
    std::exit(1);
}

double seconds_since(Clock::time_point begin) {
    return std::chrono::duration<double>(Clock::now() - begin).count();
}

/// The most memory that this process had.
long peak_mib() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with("VmHWM:")) return std::stol(line.substr(6)) / 1024;
    }
    return 0;
}

/// What stands in place `i`, the same in every run: a word of three syllables, one of 27,000.
std::string word(int i) {
    constexpr const char* kFirst[] = {"b", "d", "f", "g", "k", "l", "m", "n", "p", "r"};
    constexpr const char* kSecond[] = {"al", "en", "or"};
    std::mt19937 random(static_cast<unsigned>(i));
    std::string text;
    for (int syllable = 0; syllable < 3; ++syllable) {
        text += kFirst[random() % 10];
        text += kSecond[random() % 3];
    }
    return text;
}

std::string number(int i) {
    const auto digits = std::to_string(i);
    return std::string(digits.size() < 6 ? 6 - digits.size() : 0, '0') + digits;
}

json product(int i) {
    const auto n = number(i);
    json variants = json::array();
    for (const auto* size : {"S", "M", "L"}) {
        variants.push_back(
            {{"title", size}, {"sku", "SKU-" + n + "-" + size}, {"options", {{"Size", size}}}});
    }
    return {
        {"id", "prod_" + n},
        {"title", "Shirt " + word(i)},
        {"handle", "shirt-" + n},
        {"description", "A shirt of " + word(i + 1) + " and " + word(i + 2) + ", made to last."},
        {"tags", {{{"value", "tag " + std::to_string(i / kTogether)}}}},
        {"collection", {{"title", "collection " + std::to_string(i / kTogether)}}},
        {"options", {{{"title", "Size"}, {"values", {"S", "M", "L"}}}}},
        {"variants", std::move(variants)}};
}

void create(Catalogue& catalogue, int total) {
    const auto begin = Clock::now();
    for (int from = 0; from < total; from += kAtOnce) {
        json some = json::array();
        for (int i = from; i < std::min(total, from + kAtOnce); ++i) some.push_back(product(i));
        catalogue.create("", {{"products", std::move(some)}, {"relations", json::array()}});
        if (isatty(STDERR_FILENO) == 1) std::fprintf(stderr, "\r%d products", from + kAtOnce);
    }
    if (isatty(STDERR_FILENO) == 1) std::fprintf(stderr, "\r                    \r");
    const auto took = seconds_since(begin);
    std::printf("%d products of 3 variants made in %.1f s, %.0f a second\n\n", total, took,
                total / took);
    std::fflush(stdout);
}

/// Times looking for products: `rows` gives what is found for the one of that number, which must be
/// among them, unless there are more than fit.
void measure(const char* name, int total, const std::function<json(int i)>& rows) {
    std::mt19937 random(1);
    std::vector<double> times;
    std::size_t found = 0;
    const int lookups = std::min(kMostLookups, total);
    const auto start = Clock::now();
    for (int lookup = 0; lookup < lookups && seconds_since(start) < kMostSeconds; ++lookup) {
        const int i = static_cast<int>(random() % static_cast<unsigned>(total));
        const auto begin = Clock::now();
        const json answer = rows(i);
        times.push_back(seconds_since(begin) * 1000);
        found += answer.size();
        const bool there = std::any_of(answer.begin(), answer.end(), [&](const json& row) {
            return row.at("id") == "prod_" + number(i);
        });
        if (!there && answer.size() < kMost)
            fail(std::string(name) + " does not find product " + number(i));
    }
    std::sort(times.begin(), times.end());
    std::printf("%-28s %9.2f %9.2f %9.1f\n", name, times[times.size() / 2],
                times[times.size() * 99 / 100],
                static_cast<double>(found) / static_cast<double>(times.size()));
    std::fflush(stdout);
}

int bench_main(int total) {
    const Folder folder;
    const char* server = std::getenv("GANTRY_TEST_POSTGRESQL");  // NOLINT: one thread
    const std::string url =
        server == nullptr ? "sqlite:" + folder.path + "/product.db" : std::string(server);
    std::printf("the product module %s\n",
                server == nullptr ? "in a SQLite file" : "on PostgreSQL");
    Catalogue catalogue(json{{"database", url}});
    create(catalogue, total);
    if (server != nullptr)
        soci::session("postgresql", url) << "ANALYZE";  // as it does now and then
    std::printf("%-28s %9s %9s %9s\n", "", "p50 ms", "p99 ms", "rows");
    const auto list = [&](const json& filters) {
        return catalogue.list({{"filters", filters}, {"take", kMost}});
    };
    const auto group = [](int i) { return std::to_string(i / kTogether); };
    measure("listProducts by handle", total, [&](int i) {
        return list({{"handle", "shirt-" + number(i)}});
    });
    measure("listProducts by sku", total, [&](int i) {
        return list({{"sku", "SKU-" + number(i) + "-M"}});
    });
    measure("listProducts by tag", total, [&](int i) {
        return list({{"tags.value", "tag " + group(i)}});
    });
    measure("listProducts by collection", total, [&](int i) {
        return list({{"collection.title", "collection " + group(i)}});
    });
    measure("listProducts by q", total, [&](int i) { return list({{"q", word(i)}}); });
    measure("listProducts by q of all", total, [&](int) { return list({{"q", "shirt"}}); });
    measure("retrieveProduct", total, [&](int i) {
        return json::array({catalogue.retrieve({{"id", "prod_" + number(i)}})});
    });
    const auto peak = peak_mib();
    std::printf("\nat most %ld MiB of memory\n\n", peak);
    if (peak > kMostMib) fail("more than " + std::to_string(kMostMib) + " MiB");
    return 0;
}

}  // namespace
}  // namespace catalogue

int main(int argc, char** argv) {
    const int total = argc > 1 ? std::atoi(argv[1]) : 100'000;  // NOLINT
    return catalogue::bench_main(std::max(total, 100));
}
