// A host without plugins: a server over an engine whose steps do what their input says.
#pragma once

#include "api/server.hpp"
#include "base/error_json.hpp"
#include "client.hpp"
#include "support/asking.hpp"
#include "support/machinery.hpp"
#include "support/scripted_attempt.hpp"

#include <gtest/gtest.h>

#include <future>

namespace gantry::host {

inline const std::string kRuns = "/admin/workflows-executions";

/// The input is an object. Invoke: "do" is "ok" (gives the input back), "hang" (until release()) or
/// an error's code; "undo_data" is what compensate is given, or missing. Compensate: "undo" is a
/// code, too, or missing.
class FakeSteps : public Steps {
public:
    explicit FakeSteps(Pool& plugins) : plugins_(plugins) {}

    StepTraits find(const StepReference& what) const override {
        auto traits = test::traits_of(what.step);
        traits.module = "fake";
        return traits;
    }

    std::shared_ptr<StepAttempt> attempt(StepCall call, AttemptEvents events) override {
        return std::make_shared<test::ScriptedAttempt>(
            std::move(call), std::move(events),
            [this](const StepCall& c, const RecordUndo&, auto e) { answer(c, std::move(e)); },
            plugins_);
    }

    void answer(const StepCall& call, std::function<void(StepEnd)> ended) {
        const auto input = json::parse(call.input);
        const bool undoes = call.side == Side::kCompensate;
        std::string what = undoes ? input.value("undo", "ok") : input.value("do", "ok");
        if (!undoes && call.name == "keep") what = "ok";
        std::unique_lock lock(mutex_);
        if (mended_) what = "ok";
        ++calls_;
        if (what == "hang") {
            hanging_.emplace_back(call.input, std::move(ended));
            return changed_.notify_all();
        }
        lock.unlock();
        std::optional<std::string> undo;
        if (!undoes && input.contains("undo_data")) undo = input.at("undo_data").dump();
        if (what == "ok") return ended({call.input, undo, {}});
        ended(
            {{},
             {},
             Error(code(what), "the step said " + what, GANTRY_EF_NOT_APPLIED, {{"said", what}})});
    }

    void wait_until_hanging(std::size_t count) {
        std::unique_lock lock(mutex_);
        ASSERT_TRUE(changed_.wait_for(lock, std::chrono::seconds(30),
                                      [&] { return hanging_.size() >= count; }));
    }

    void release() {
        std::unique_lock lock(mutex_);
        const auto released = std::exchange(hanging_, {});
        lock.unlock();
        for (const auto& [input, ended] : released) ended({input, {}, {}});
    }

    /// From now on every call does what it should.
    void mend() {
        const std::lock_guard lock(mutex_);
        mended_ = true;
    }

    int calls() {
        const std::lock_guard lock(mutex_);
        return calls_;
    }

private:
    static gantry_status code(const std::string& name) {
        for (gantry_status c = 1; c <= 6; ++c) {
            for (gantry_status n = 1; n <= 20; ++n) {
                if (code_name(GANTRY_ERROR(c, n)) == name) return GANTRY_ERROR(c, n);
            }
        }
        return GANTRY_E_INTERNAL;
    }

    Pool& plugins_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::pair<std::string, std::function<void(StepEnd)>>> hanging_;
    int calls_ = 0;
    bool mended_ = false;
};

struct TestHost {
    explicit TestHost(std::optional<std::string> token = "secret", std::size_t max_runs = 100,
                      std::chrono::milliseconds dead_after = std::chrono::seconds(30))
        : dead_after(dead_after),
          container(config, machinery.plugins, machinery.timers, machinery.log, problems),
          engine(machinery.parts(*store, steps), settings(max_runs)) {
        add("act", {"act"}, nullptr);
        add("two", {"keep", "act"}, nullptr);
        add("strict", {"act"}, {{"type", "object"}, {"required", {"name"}}});
        add({{"name", "asks"},
             {"search", {{"order", "${ .input.order }"}}},
             {"steps",
              {{{"step", "keep"}, {"with", "${ .input }"}},
               {{"wait", "go"}, {"id", "answer"}},
               {{"step", "act"}, {"with", "${ .input }"}}}},
             {"result", "${ .steps.answer }"}});
        add({{"name", "asks-twice"},
             {"steps", {{{"wait", "go"}, {"id", "answer"}}, {{"wait", "other"}, {"id", "more"}}}},
             {"result", "${ .steps.answer }"}});
        config.http.listen.port = 0;
        const auto route = [&](const std::string& method, const std::string& path,
                               const std::string& workflow) -> RouteConfig& {
            return config.routes.emplace_back(
                RouteConfig{method, path, workflow, std::chrono::seconds(20), std::nullopt});
        };
        route("POST", "/things/{id}/do", "act");
        route("POST", "/two", "two");
        route("POST", "/strict", "strict");
        route("GET", "/things/{id}/look", "act");
        route("POST", "/shaped/{id}", "act").input = {{"do", "ok"}, {"of", "${ .input.id }"}};
        route("POST", "/hasty", "act").wait = std::chrono::milliseconds(1);
        server = std::make_unique<Server>(parts(), config, std::move(token));
        port = std::stoi(server->address().substr(server->address().rfind(':') + 1));
    }

    ~TestHost() {
        server.reset();
        steps.mend();  // also for a call that has not come yet
        steps.release();
        EXPECT_TRUE(engine.stop(std::chrono::seconds(30)));
        machinery.stop();
        routes.stop();
        api.stop();
    }
    TestHost(const TestHost&) = delete;
    TestHost& operator=(const TestHost&) = delete;

    ServerParts parts() {
        auto& m = machinery;
        return {engine, *store, container, api, routes, m.timers, m.log, m.metrics, dead_after};
    }

    Response send(const std::string& method, const std::string& target,
                  const std::string& body = {}, const Headers& headers = {}) const {
        return Client(port).send(method, target, body, headers);
    }

    Response admin(const std::string& method, const std::string& target,
                   const std::string& body = {}, Headers headers = {}) const {
        headers.emplace_back("Authorization", "Bearer secret");
        return send(method, target, body, headers);
    }

    /// Until the run stands still.
    void wait_for(const std::string& run_id) { ask.wait(*store, run_id); }

    const std::chrono::milliseconds dead_after;
    test::Machinery machinery;
    Pool api{{8}};
    Pool routes{{8}};
    std::unique_ptr<Store> store = Store::open("memory:", "test", &machinery.metrics);
    FakeSteps steps{machinery.plugins};
    Config config;
    Problems problems;
    Container container;
    Engine engine;
    test::Asking ask{engine};
    std::unique_ptr<Server> server;
    int port = 0;

private:
    static EngineSettings settings(std::size_t max_runs) {
        using std::chrono::milliseconds;
        EngineSettings s;
        s.retries.invoke = {milliseconds(1), milliseconds(1), 2, {}};
        s.retries.compensate = {milliseconds(1), milliseconds(1), 2, {}};
        s.max_runs = max_runs;
        return s;
    }

    void add(const std::string& name, const std::vector<std::string>& step_names,
             const json& schema) {
        json source = {{"name", name}, {"steps", json::array()}};
        for (const auto& step : step_names) {
            source["steps"].push_back({{"step", step}, {"with", "${ .input }"}});
        }
        source["result"] = {{"done", "${ .steps.act }"}};
        add(source, schema);
    }

    void add(const json& source, const json& schema = nullptr) {
        std::vector<DefinitionProblem> mistakes;
        auto definition = parse_definition(source, mistakes);
        ASSERT_TRUE(definition) << mistakes.front().message;
        Plan plan{std::move(*definition), {}};
        for (const auto& step : plan.definition.steps) plan.steps.push_back(steps.find(step.what));
        engine.add(std::move(plan), schema);
    }
};

}  // namespace gantry::host
