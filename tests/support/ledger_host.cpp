// Inputs are completed, since an expression may not name a member that is missing.
#include "support/ledger_host.hpp"

#include "support/shop.hpp"

#include <sqlite3.h>

namespace gantry::test {

json ledger_step(const std::string& id, const std::string& step, const std::string& before) {
    json with = json::object();
    for (const std::string member : {"do", "undo", "record_ms", "sleep_ms", "name"}) {
        with[member] = "${ .input." + id + "." + member + " }";
    }
    if (!before.empty()) with["seen"] = "${ .steps[\"" + before + "\"] }";
    return {{"id", id}, {"step", "ledger/" + step}, {"with", with}};
}

json ledger_workflows() {
    const std::vector<std::pair<std::string, std::vector<std::string>>> all = {
        {"one", {"write"}},
        {"two", {"write-undo", "write"}},
        {"three", {"write", "write-undo", "write"}},
        {"once", {"write", "once", "write"}},
        {"look", {"read", "write"}}};
    json workflows = json::object();
    for (const auto& [name, steps] : all) {
        std::string before;
        for (std::size_t i = 0; i < steps.size(); ++i) {
            const std::string id(1, static_cast<char>('a' + i));
            workflows[name].push_back(ledger_step(id, steps[i], before));
            before = id;
        }
    }
    workflows["nap"] = {ledger_step("a", "write-undo"),
                        {{"id", "nap"}, {"sleep", "${ .input.nap }"}},
                        ledger_step("b", "write", "a")};
    return workflows;
}

json ledger_config() {
    json config = {
        {"store", "sqlite:data/gantry.db"},
        {"http", {{"listen", "127.0.0.1:0"}}},
        {"plugin_path", {GANTRY_TEST_PLUGINS}},
        {"modules",
         {{"ledger", {{"plugin", "ledger"}, {"options", {{"file", "data/ledger.db"}}}}}}},
        {"workflows", {"workflows/*.json"}},
        {"routes", json::array()}};
    const auto workflows = ledger_workflows();
    for (const auto& [name, steps] : workflows.items()) {
        config["routes"].push_back(
            {{"method", "POST"}, {"path", "/" + name}, {"workflow", name}, {"wait", "60s"}});
    }
    return config;
}

json ledger_input(const json& scripts) {
    json input = {{"nap", "2100ms"}};
    for (const std::string id : {"a", "b", "c"}) {
        input[id] = {
            {"do", "ok"}, {"undo", "ok"}, {"record_ms", 0}, {"sleep_ms", 0}, {"name", nullptr}};
    }
    input.merge_patch(scripts);
    return input;
}

LedgerHost::LedgerHost(const json& config) : HostProcess(config) {
    const auto workflows = ledger_workflows();
    for (const auto& [name, steps] : workflows.items()) add_workflow(*this, name, steps);
}

HttpResponse LedgerHost::start(const std::string& workflow, const std::string& key,
                               const json& scripts, bool wait) {
    HttpHeaders headers = {{"Idempotency-Key", key}};
    if (!wait) headers.emplace_back("Prefer", "wait=0");
    auto answer = send({"POST", "/" + workflow, ledger_input(scripts).dump(), std::move(headers)});
    const auto body = json::parse(answer.body, nullptr, false);
    // A run that is done answers with its result, any other with its id.
    if (answer.status == 200 || (body.is_object() && body.contains("run_id"))) {
        oracle_.acknowledged(key);
    }
    return answer;
}

std::vector<std::string> LedgerHost::check() {
    auto lines = oracle_.check();
    for (auto& run : unaccounted()) lines.push_back("unaccounted " + std::move(run));
    return lines;
}

void LedgerHost::leave_open() const {
    SQLite::Database store(dir() / "data/gantry.db", SQLite::OPEN_READWRITE, 10'000);
    // The WAL stays: the next host is to take it up.
    sqlite3_db_config(store.getHandle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    store.exec(R"sql(
        UPDATE step SET wake_at = started_at WHERE status = 'started' AND wake_at NOT NULL;
        UPDATE run SET owner = 'a host that died', status = 'invoking', wake_at = NULL,
                       waits_for = NULL WHERE status = 'waiting')sql");
}

bool LedgerHost::settle(std::chrono::seconds limit) {
    return until([this] { return oracle_.open_runs() == 0; }, limit);
}

}  // namespace gantry::test
