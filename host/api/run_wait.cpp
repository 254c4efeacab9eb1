// No thread waits: the engine hands over the run, a timer or the server's end says to look at it.
#include "api/run_wait.hpp"

#include "api/listing.hpp"
#include "api/run_answer.hpp"
#include "base/carry_on.hpp"

#include <algorithm>
#include <cctype>

namespace gantry::host {
namespace {

using Clock = Timers::Clock;

constexpr std::string_view kWait = "wait=";

class Wait : public std::enable_shared_from_this<Wait> {
public:
    Wait(std::shared_ptr<Api> api, Clock::time_point until, std::string caller, RunAnswer view,
         Reply reply)
        : api_(std::move(api)),
          until_(until),
          caller_(std::move(caller)),
          view_(std::move(view)),
          reply_(std::move(reply)) {}

    void accepted(Accepted answer) {
        const Gate::Pass pass(api_->gate);
        if (!pass) return;
        if (answer.error) return reply_(api_->explain(*answer.error, ErrorFrom::kHost));
        run_id_ = std::move(answer.run_id);
        watch_ = answer.watch;
        if (until_ <= Clock::now() || !enlist()) return look();
        timer_ = api_->parts.timers.at(until_, [self = shared_from_this()] { self->look(); });
        if (answer.known) {
            watch_ = api_->parts.runs.watch(
                run_id_, Runs::Watch::kStopped,
                [self = shared_from_this()](const Stand& stand) { self->stopped(stand); });
            look_whether_stopped();
        }
        if (over_) forget();  // it came before the numbers were known
    }

    // On a thread that may not block, with the run as it was written.
    void stopped(const Stand& stand) {
        if (view_.whole) return look();
        if (over_.exchange(true)) return;
        const Gate::Pass pass(api_->gate);
        if (!pass) return;
        forget();
        reply_(view_.make({stand.run, stand.unreverted, {}, {}}));
    }

private:
    bool enlist() {
        const auto id = api_->waits.add(caller_, [self = shared_from_this()] { self->look(); });
        wait_ = id.value_or(0);
        return id.has_value();
    }

    void forget() {
        api_->parts.timers.cancel(timer_);
        api_->parts.runs.unwatch(watch_);
        api_->waits.remove(wait_);
    }

    // Answers with the run as the store has it. On any thread, so it only hands on.
    void look() {
        const auto self = shared_from_this();
        if (over_.exchange(true)) return;
        const Gate::Pass pass(api_->gate);
        if (!pass) return;
        forget();
        Api::on_pool(api_, reply_, [self] { self->reply_(self->view_.make(self->read())); });
    }

    // A run that was known may have stopped long ago.
    void look_whether_stopped() {
        Api::on_pool(api_, reply_, [self = shared_from_this()] {
            const auto run = find_run(self->api_->parts.store, self->run_id_);
            if (is_over(run.status) || run.status == RunStatus::kPaused) self->look();
        });
    }

    RunDetails read() const {
        auto& store = api_->parts.store;
        auto run = find_run(store, run_id_);
        if (view_.whole) return load_run(store, std::move(run));
        return details_for_answer(store, std::move(run));
    }

    const std::shared_ptr<Api> api_;
    const Clock::time_point until_;
    const std::string caller_;
    const RunAnswer view_;
    const Reply reply_;
    std::string run_id_;
    std::atomic<bool> over_{false};
    std::atomic<Timers::Id> timer_{0};
    std::atomic<std::uint64_t> watch_{0};
    std::atomic<RunWaits::Id> wait_{0};
};

}  // namespace

void run_and_wait(const std::shared_ptr<Api>& api, RunRequest request, RunAnswer view,
                  Reply reply) {
    api->refuse_while_draining();
    const auto wait =
        std::make_shared<Wait>(api, Clock::now() + request.wait, std::move(request.caller),
                               std::move(view), std::move(reply));
    request.start.stopped = [wait](const Stand& stand) { wait->stopped(stand); };
    const CarryOn with_its_start;
    api->parts.runs.start(std::move(request.start),
                          [wait](Accepted answer) { wait->accepted(std::move(answer)); });
}

std::chrono::milliseconds wait_of(const Request& request, std::chrono::milliseconds otherwise) {
    constexpr int kMaxSeconds = 60;
    std::string text;  // lower case, without blanks and quotes: "respond-async,wait=5"
    for (const unsigned char c : request.prefer.value_or("")) {
        if (c != ' ' && c != '\t' && c != '"') text += static_cast<char>(std::tolower(c));
    }
    for (std::size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find_first_of(",;", at), text.size());
        const auto one = std::string_view(text).substr(at, end - at);
        at = end + 1;
        if (!one.starts_with(kWait)) continue;
        const auto value = one.substr(kWait.size());
        const auto is_digit = [](unsigned char c) { return std::isdigit(c) != 0; };
        if (value.empty() || !std::all_of(value.begin(), value.end(), is_digit)) continue;
        int seconds = 0;
        for (const char c : value) seconds = std::min(seconds * 10 + (c - '0'), kMaxSeconds);
        return std::chrono::seconds(seconds);
    }
    return otherwise;
}

}  // namespace gantry::host
