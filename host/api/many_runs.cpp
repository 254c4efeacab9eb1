// The runs are found first; then one is asked after another, kAtOnce of them at a time.
#include "api/many_runs.hpp"

#include "api/body.hpp"
#include "api/errors.hpp"
#include "api/list_query.hpp"

#include <atomic>
#include <limits>
#include <mutex>

namespace gantry::host {
namespace {

[[noreturn]] void refuse_many(const std::string& message) {
    throw Error(GANTRY_E_INVALID_DATA, message, GANTRY_EF_NOT_APPLIED);
}

// What is asked of each, and what is said of one that did it.
struct Ask {
    std::string did;
    std::function<void(const std::string& run_id, Told)> each;
};

class AskMany : public std::enable_shared_from_this<AskMany> {
public:
    AskMany(const std::vector<RunRow>& runs, Ask ask, Then then)
        : ask_(std::move(ask)), then_(std::move(then)) {
        for (const auto& run : runs) {
            ids_.push_back(run.id);
            answer_.push_back({{"run_id", run.id},
                               {"workflow_id", run.workflow},
                               {"waits_for", run.waits_for.value_or("")},
                               {ask_.did, false}});
        }
    }

    void begin(bool dry_run) {
        dry_run_ = dry_run;
        if (dry_run || ids_.empty()) return finish();
        for (std::size_t i = 0; i < kAtOnce; ++i) next();
    }

private:
    static constexpr std::size_t kAtOnce = 32;

    void next() {
        const auto at = next_++;
        if (at >= ids_.size()) return;
        ask_.each(ids_[at], [self = shared_from_this(), at](std::optional<Error> error) {
            self->told(at, error);
        });
    }

    void told(std::size_t at, const std::optional<Error>& error) {
        {
            const std::lock_guard lock(mutex_);
            answer_[at][ask_.did] = !error;
            if (error) answer_[at]["error"] = error_body(*error);
            if (!error) ++did_;
            if (++told_ == ids_.size()) return finish();
        }
        next();
    }

    void finish() {
        const auto count = answer_.size();
        then_({{},
               {},
               {{"runs", std::move(answer_)},
                {"count", count},
                {ask_.did, did_},
                {"dry_run", dry_run_}}});
    }

    const Ask ask_;
    const Then then_;
    std::vector<std::string> ids_;
    bool dry_run_ = false;
    std::atomic<std::size_t> next_{0};
    std::mutex mutex_;
    json answer_ = json::array();
    std::size_t told_ = 0;
    std::size_t did_ = 0;
};

// All of them that are not over, as they are at one moment: pages would move meanwhile.
std::vector<RunRow> open_of(Store& store, RunFilter filter) {
    filter.limit = std::numeric_limits<std::int64_t>::max();
    auto all = store.runs(filter);
    std::erase_if(all, [](const RunRow& run) { return is_over(run.status); });
    return all;
}

RunFilter filter_in(const Body& body, bool reverting_too) {
    Query words;
    for (const char* name : {"workflow_id", "state", "waits_for", "since"}) {
        if (body.has(name)) words.emplace_back(name, body.text(name));
    }
    if (body.flag("needs_person")) words.emplace_back("needs_person", "true");
    if (words.empty()) {
        refuse_many("which runs? Expected workflow_id, state, waits_for, needs_person or since");
    }
    auto filter = parse_list_query(words);
    for (const auto status : filter.status) {
        if (!is_over(status)) continue;
        refuse_many("state: a run that is " + std::string(to_string(status)) +
                    " is over, expected invoking, waiting, compensating or paused");
    }
    if (filter.status.empty() && !filter.needs_person) {
        filter.status = {RunStatus::kInvoking, RunStatus::kWaiting, RunStatus::kPaused};
        if (reverting_too) filter.status.push_back(RunStatus::kCompensating);
    }
    return filter;
}

void resume_many(Runs& runs, Store& store, const std::string& text, const std::string& asker,
                 Then then) {
    const Body body(text, {"waits_for", "dry_run", "by", "note"});
    RunFilter filter;
    filter.status = {RunStatus::kPaused};
    filter.waits_for = body.text("waits_for");
    Ask ask{"resumed", [&runs, asked = asked_in(body, asker)](const std::string& id, auto told) {
                runs.resume(id, asked, std::move(told));
            }};
    std::make_shared<AskMany>(open_of(store, filter), std::move(ask), std::move(then))
        ->begin(body.flag("dry_run"));
}

void cancel_many(Runs& runs, Store& store, const std::string& text, const std::string& asker,
                 Then then) {
    const Body body(text, {"workflow_id", "state", "waits_for", "needs_person", "since", "abandon",
                           "dry_run", "by", "note"});
    const auto abandoned = body.texts("abandon");
    auto asked = asked_in(body, asker);
    if (!abandoned.empty()) asked.note = body.text("note");  // without one it is refused
    const auto meant = open_of(store, filter_in(body, !abandoned.empty()));
    Ask ask{"cancelled", [&runs, asked, abandoned](const std::string& id, auto told) {
                runs.cancel(id, abandoned, asked, std::move(told));
            }};
    std::make_shared<AskMany>(meant, std::move(ask), std::move(then))->begin(body.flag("dry_run"));
}

}  // namespace

const std::vector<std::string>& many_verbs() {
    static const std::vector<std::string> kVerbs = {"resume", "cancel"};
    return kVerbs;
}

void control_many(Runs& runs, Store& store, const std::string& verb, const std::string& body,
                  const std::string& asker, Then then) {
    const auto& of_all = verb == "resume" ? resume_many : cancel_many;
    of_all(runs, store, body, asker, std::move(then));
}

}  // namespace gantry::host
