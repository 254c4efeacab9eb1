// Each product is updated by one client at a time, so that what it must be in the end is known.
#include "support/burst.hpp"

#include "support/in_parallel.hpp"

#include <SQLiteCpp/SQLiteCpp.h>

namespace gantry::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Clock = Timings::Clock;

constexpr int kAtOnce = 100;  // products made in one call
constexpr int kSenders = 64;  // of updates whose end nobody waits for
constexpr int kCheckers = 4;
constexpr auto kPatience = seconds(240);

std::string id_of(int product) { return "prod_" + std::to_string(product); }

SQLite::Database store_of(const HostProcess& host) {
    return {host.dir() / "data/gantry.db", SQLite::OPEN_READONLY, 10'000};
}

double seconds_since(Clock::time_point began) {
    return std::chrono::duration<double>(Clock::now() - began).count();
}

// How long the runs after the first `before` took.
Timings run_times(const HostProcess& host, int before) {
    const auto store = store_of(host);
    SQLite::Statement rows(store,
                           "SELECT finished_at - created_at FROM run WHERE accepted > ?1"
                           " AND finished_at IS NOT NULL");
    rows.bind(1, before);
    Timings took;
    while (rows.executeStep()) took.add(rows.getColumn(0).getDouble());
    return took;
}

}  // namespace

std::map<std::string, int> runs_by_state(const HostProcess& host, const std::string& workflow) {
    const auto store = store_of(host);
    SQLite::Statement rows(store, "SELECT status, count(*) FROM run WHERE name = ?1 GROUP BY 1");
    rows.bind(1, workflow);
    std::map<std::string, int> counts;
    while (rows.executeStep()) counts[rows.getColumn(0).getString()] = rows.getColumn(1).getInt();
    return counts;
}

bool until_none_is_open(HostProcess& host, seconds limit) {
    return host.until(
        [&] {
            const auto open =
                host.get("/admin/workflows-executions?limit=1&state=invoking,waiting,compensating");
            return open.status == 200 && open.parsed().at("count") == 0;
        },
        limit);
}

Burst::Burst(int products, const json& config, const json& workflows)
    : host_(config), products_(static_cast<std::size_t>(products)) {
    for (const auto& [name, steps] : workflows.items()) add_workflow(host_, name, steps);
    host_.serve();
    for (int first = 0; first < products; first += kAtOnce) {
        make_products(first, std::min(first + kAtOnce, products));
    }
}

void Burst::make_products(int first, int end) {
    json products = json::array();
    for (int i = first; i < end; ++i) {
        products.push_back({{"id", id_of(i)}, {"title", "before"}, {"handle", id_of(i)}});
    }
    host_.call("product", "createProducts", {{"products", products}});
}

void Burst::note(const std::string& broken) {
    const std::lock_guard lock(mutex_);
    broken_.push_back(broken);
}

void Burst::send(int product, HttpHeaders headers) {
    auto& of = products_[static_cast<std::size_t>(product)];
    const int n = of.updates++;
    const bool refused = (product + n) % 3 == 0;
    const auto title = refused ? long_title() : "after " + std::to_string(n);
    const bool waits = headers.empty();
    const auto answer =
        update(host_, id_of(product), {{"title", title}, {"weight", product}}, std::move(headers));
    if (!refused) of.title = title;
    ++(refused ? refused_ : accepted_);
    if (answer.status == (refused ? 400 : 200) || (!waits && answer.status == 202)) return;
    note("update " + std::to_string(n) + " of " + id_of(product) + " was answered " +
         std::to_string(answer.status) + " " + answer.body);
}

Burst::Load Burst::all_at_once() {
    const int before = accepted_ + refused_;
    const auto began = Clock::now();
    in_parallel(static_cast<int>(products_.size()), kSenders, [&](int i) {
        send(i, {{"Prefer", "wait=0"}});
    });
    if (!until_none_is_open(host_, kPatience))
        note("after four minutes runs are under way, or the host has ended");
    const double took = seconds_since(began);
    return {run_times(host_, before), took};
}

Burst::Load Burst::by_clients(int clients, milliseconds how_long) {
    Load load;
    const auto began = Clock::now();
    const int products = static_cast<int>(products_.size());
    in_parallel(clients, clients, [&](int client) {
        Timings took;
        for (bool first = true; first || Clock::now() - began < how_long; first = false) {
            for (int i = client; i < products; i += clients) {
                if (!first && Clock::now() - began >= how_long) break;
                const auto sent = Clock::now();
                send(i);
                took.add_since(sent);
            }
        }
        const std::lock_guard lock(mutex_);
        load.took.merge(took);
    });
    load.seconds = seconds_since(began);
    return load;
}

Burst::Load Burst::one_every(milliseconds gap) {
    Load load;
    const auto began = Clock::now();
    const int products = static_cast<int>(products_.size());
    in_parallel(products, products, [&](int i) {
        std::this_thread::sleep_until(began + gap * i);  // as the name says
        const auto sent = Clock::now();
        send(i);
        const std::lock_guard lock(mutex_);
        load.took.add_since(sent);
    });
    load.seconds = seconds_since(began);
    return load;
}

void Burst::check_product(int product) {
    const auto& title = products_[static_cast<std::size_t>(product)].title;
    const auto ask = [&](const std::string& method) {
        return host_.send(
            {"POST", "/admin/services/" + method, json{{"id", id_of(product)}}.dump()});
    };
    const auto here = ask("product/retrieveProduct");
    if (here.status != 200 || here.parsed().at("title") != title) {
        note(id_of(product) + " must be \"" + title + "\": " + here.body);
    }
    const auto there = ask("erp/retrieveProductErpDetails");
    const bool agrees = title == "before"
                            ? there.status == 404
                            : there.status == 200 && there.parsed()["data"]["title"] == title;
    if (!agrees) note(id_of(product) + " must be \"" + title + "\" in the ERP: " + there.body);
}

void Burst::check_runs() {
    const std::map<std::string, int> must = {{"done", accepted_}, {"reverted", refused_}};
    const auto are = runs_by_state(host_, "update-product-and-erp");
    if (are != must) note("runs must be " + json(must).dump() + " and are " + json(are).dump());
}

std::vector<std::string> Burst::check() {
    in_parallel(static_cast<int>(products_.size()), kCheckers, [&](int i) { check_product(i); });
    const auto unaccounted = host_.get("/admin/unaccounted");
    if (unaccounted.status != 200 || !unaccounted.parsed().at("runs").empty()) {
        note("unaccounted: " + unaccounted.body);
    }
    if (const auto code = host_.stop(); code != 0) {
        note("the host ended with " + (code ? std::to_string(*code) : "nothing, it hangs"));
    }
    check_runs();
    const auto log = host_.log();
    for (const char* word : {"DEADLINE", "\"error\""}) {
        const auto at = log.find(word);
        if (at == std::string::npos) continue;
        const auto line = log.rfind('\n', at) + 1;
        note("in the log: " + log.substr(line, log.find('\n', at) - line));
    }
    return broken_;
}

}  // namespace gantry::test
