// All modules are pinged at once; who is last, a ping or the timer, tells. Nobody waits.
#include "api/listing.hpp"
#include "base/error_json.hpp"

#include <cmath>
#include <mutex>

namespace gantry::host {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kPingTimeout = std::chrono::seconds(5);
constexpr auto kMargin = std::chrono::milliseconds(500);  // for a ping that ends at its deadline

class Reach : public std::enable_shared_from_this<Reach> {
public:
    Reach(Container& container, Timers& timers, std::function<void(json)> then)
        : container_(container),
          timers_(timers),
          then_(std::move(then)),
          answer_(list_modules(container)) {}

    void ask() {
        const auto modules = container_.modules();
        for (std::size_t i = 0; i < modules.size(); ++i) {
            auto& module = *modules[i];
            if (module.instance() != nullptr && module.library().table().ping == nullptr) continue;
            {
                const std::lock_guard lock(mutex_);
                asked_.push_back(i);
                ++open_;
            }
            container_.ping(
                module, kPingTimeout,
                [self = shared_from_this(), i](const CallEnd& end) { self->told(i, end.error); });
        }
        const std::lock_guard lock(mutex_);
        begun_ = true;
        if (open_ == 0) return finish();
        timer_ = timers_.at(began_ + kPingTimeout + kMargin,
                            [self = shared_from_this()] { self->too_late(); });
    }

private:
    void told(std::size_t module, const std::optional<Error>& error) {
        const std::lock_guard lock(mutex_);
        if (done_) return;
        note(module, error);
        if (--open_ > 0 || !begun_) return;
        timers_.cancel(timer_);
        finish();
    }

    void too_late() {
        const std::lock_guard lock(mutex_);
        if (done_) return;
        for (const auto module : asked_) {
            if (answer_.at("modules").at(module).contains("reach")) continue;
            note(module, Error(GANTRY_E_DEADLINE, "its ping does not return"));
        }
        finish();
    }

    void note(std::size_t module, const std::optional<Error>& error) {  // under mutex_
        container_.modules()[module]->reach =
            error ? Module::Reach::kNotReached : Module::Reach::kReached;
        const std::chrono::duration<double, std::milli> took = Clock::now() - began_;
        json reach = {{"reached", !error}, {"ms", std::round(took.count() * 10) / 10}};
        if (error) reach["error"] = to_json(*error);
        answer_["modules"][module]["reach"] = std::move(reach);
    }

    void finish() {  // under mutex_
        done_ = true;
        then_(std::move(answer_));
    }

    Container& container_;
    Timers& timers_;
    const std::function<void(json)> then_;
    const Clock::time_point began_ = Clock::now();
    std::mutex mutex_;
    json answer_;
    std::vector<std::size_t> asked_;
    std::size_t open_ = 0;
    bool begun_ = false;  // all are asked
    bool done_ = false;
    Timers::Id timer_ = 0;
};

}  // namespace

void list_reached_modules(Container& container, Timers& timers, std::function<void(json)> then) {
    std::make_shared<Reach>(container, timers, std::move(then))->ask();
}

std::string reach_in_words(const json& reach) {
    const auto ms = reach.at("ms").dump() + " ms";
    if (reach.at("reached").get<bool>()) return "its system is reached, in " + ms;
    const auto& error = reach.at("error");
    return "its system is not reached, after " + ms + ": " + error.value("code", "") + ": " +
           error.value("message", "");
}

}  // namespace gantry::host
