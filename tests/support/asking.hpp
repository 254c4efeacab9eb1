// What can be asked of runs, as a caller who waits for each answer and gets errors thrown.
#pragma once

#include "base/carry_on.hpp"
#include "flow/runs.hpp"
#include "store/store.hpp"

#include <future>

namespace gantry::test {

class Asking {
public:
    explicit Asking(host::Runs& runs) : runs_(runs) {}

    host::Accepted start(host::StartRequest request) {
        const auto answer = std::make_shared<std::promise<host::Accepted>>();
        {
            const host::CarryOn as_the_api_does;
            runs_.start(std::move(request), [answer](host::Accepted a) { answer->set_value(a); });
        }
        return answer->get_future().get();
    }

    void resume(const std::string& id) {
        answered([&](auto told) { runs_.resume(id, {}, told); });
    }
    void cancel(const std::string& id) {
        answered([&](auto told) { runs_.cancel(id, {}, {}, told); });
    }
    void pause(const std::string& id) {
        answered([&](auto told) { runs_.pause(id, {}, told); });
    }
    void retry(const std::string& id) {
        answered([&](auto told) { runs_.retry(id, {}, told); });
    }
    void skip(const std::string& id, const std::string& path, const std::string& note) {
        answered([&](auto told) { runs_.skip(id, path, {"", note}, told); });
    }
    void supply(const std::string& id, const std::string& path, host::StepEnd end,
                host::Side side = host::Side::kInvoke) {
        answered([&](auto told) { runs_.supply(id, path, side, std::move(end), told); });
    }
    /// False: this id was sent before.
    bool signal(const std::string& id, host::SignalRow signal) {
        bool was_known = false;
        answered([&](auto told) {
            runs_.signal(id, std::move(signal),
                         [told, &was_known](std::optional<Error> error, bool known) {
                             was_known = known;
                             told(std::move(error));
                         });
        });
        return !was_known;
    }
    std::string fork(const std::string& id, const std::string& path) {
        std::string forked;
        answered([&](auto told) {
            runs_.fork(id, path, {}, [told, &forked](std::optional<Error> error, std::string made) {
                forked = std::move(made);
                told(std::move(error));
            });
        });
        return forked;
    }

    /// Until the run is over or paused, which it may be already.
    void wait(host::Store& store, const std::string& id,
              std::chrono::seconds patience = std::chrono::seconds(20)) {
        const auto stopped = std::make_shared<std::promise<void>>();
        const auto watch = runs_.watch(id, host::Runs::Watch::kStopped,
                                       [stopped](const host::Stand&) { stopped->set_value(); });
        const auto row = store.run(id);
        const bool over = !row || is_over(row->status) || row->status == host::RunStatus::kPaused;
        if (!over && stopped->get_future().wait_for(patience) != std::future_status::ready) {
            throw std::runtime_error("run " + id + " has not stopped in time");
        }
        runs_.unwatch(watch);
    }

private:
    template <typename Ask>
    static void answered(Ask ask) {
        const auto answer = std::make_shared<std::promise<std::optional<Error>>>();
        ask([answer](std::optional<Error> e) { answer->set_value(std::move(e)); });
        if (const auto error = answer->get_future().get()) throw Error(*error);
    }

    host::Runs& runs_;
};

}  // namespace gantry::test
