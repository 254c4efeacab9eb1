// Words of a request on the one side, functions of the engine on the other.
#include "api/control.hpp"

#include "api/body.hpp"
#include "api/errors.hpp"
#include "api/listing.hpp"
#include "base/describe.hpp"
#include "base/nearest.hpp"
#include "base/utf8.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>

namespace gantry::host {
namespace {

constexpr std::size_t kMaxSignalId = 128;

std::string short_text(const Body& body, const char* name, std::size_t most) {
    auto text = body.text_or(name, "");
    if (utf8_prefix(text, most) == text.size()) return text;
    throw Error(GANTRY_E_INVALID_DATA,
                std::string(name) + ": found more than " + std::to_string(most) +
                    " characters, expected at most as many",
                GANTRY_EF_NOT_APPLIED);
}

Asker asked_in(const Body& body, const std::string& asker) {
    Asker asked{short_text(body, "by", kMaxBy), short_text(body, "note", kMaxNote)};
    if (asked.by.empty()) asked.by = asker;
    return asked;
}

// What its steps wait for, in a definition's text; more where an input has such a member.
void add_signals(const json& part, std::vector<std::string>& names) {
    if (!part.is_structured()) return;
    if (part.is_object() && part.contains("wait") && part.at("wait").is_string()) {
        names.push_back(part.at("wait"));
    }
    for (const auto& inner : part) add_signals(inner, names);
}

// A wrong name would be kept and never taken.
void check_signal(Store& store, const RunRow& run, const std::string& name) {
    const auto definition = store.definition(run.def_hash);
    if (!definition) return;
    std::vector<std::string> names;
    add_signals(json::parse(definition->body, nullptr, /*allow_exceptions=*/false), names);
    if (std::find(names.begin(), names.end(), name) != names.end()) return;
    throw Error(GANTRY_E_INVALID_DATA,
                "name: workflow " + in_quotes(run.workflow) + " waits for no signal " +
                    in_quotes(name) + "." + did_you_mean_or_known(name, names),
                GANTRY_EF_NOT_APPLIED);
}

void signal(Runs& runs, Store& store, const std::string& run_id, const std::string& text,
            const std::string& asker, Then then) {
    const Body body(text, {"name", "id", "payload", "by", "note"});
    SignalRow row;
    auto asked = asked_in(body, asker);
    row.by = std::move(asked.by);
    row.note = std::move(asked.note);
    row.name = body.text("name");
    row.id = body.text_or("id", "");
    if (row.id.size() > kMaxSignalId) {
        throw Error(GANTRY_E_INVALID_DATA,
                    "id: found " + std::to_string(row.id.size()) + " bytes, expected at most " +
                        std::to_string(kMaxSignalId),
                    GANTRY_EF_NOT_APPLIED);
    }
    row.payload = body.raw("payload");
    const auto run = find_run(store, run_id);
    check_signal(store, run, row.name);
    const bool awaited = run.waits_for == "signal: " + row.name;
    runs.signal(run_id, std::move(row),
                [run_id, awaited, then = std::move(then)](std::optional<Error> error, bool known) {
                    then({std::move(error), run_id, {{"known", known}, {"awaited", awaited}}});
                });
}

Error failure_of(const std::string& step, const json& response, bool is_final) {
    std::string message = "step " + step + " was answered as failed";
    if (response.is_string()) message += ": " + response.get<std::string>();
    const auto said = response.is_object() ? response.find("message") : response.end();
    if (response.is_object() && said != response.end() && said->is_string()) {
        message += ": " + said->get<std::string>();
    }
    return {is_final ? GANTRY_E_REJECTED : GANTRY_E_UNAVAILABLE, message, 0,
            response.is_object() ? response : json{{"response", response}}};
}

std::vector<RunRow> paused_for(Store& store, const std::string& waits_for) {
    constexpr std::int64_t kPage = 1000;
    RunFilter filter;
    filter.status = {RunStatus::kPaused};
    filter.waits_for = waits_for;
    filter.limit = kPage;
    std::vector<RunRow> all;
    for (;; filter.offset += kPage) {
        auto page = store.runs(filter);
        const auto size = static_cast<std::int64_t>(page.size());
        std::move(page.begin(), page.end(), std::back_inserter(all));
        if (size < kPage) return all;
    }
}

// Resumes one after another, kAtOnce of them at a time.
class BulkResume : public std::enable_shared_from_this<BulkResume> {
public:
    BulkResume(Runs& runs, std::vector<RunRow> paused, Asker asked, Then then)
        : runs_(runs), asked_(std::move(asked)), then_(std::move(then)) {
        for (const auto& run : paused) {
            ids_.push_back(run.id);
            answer_.push_back({{"run_id", run.id},
                               {"workflow_id", run.workflow},
                               {"waits_for", run.waits_for.value_or("")},
                               {"resumed", false}});
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
        runs_.resume(ids_[at], asked_, [self = shared_from_this(), at](std::optional<Error> error) {
            self->told(at, error);
        });
    }

    void told(std::size_t at, const std::optional<Error>& error) {
        {
            const std::lock_guard lock(mutex_);
            answer_[at]["resumed"] = !error;
            if (error) answer_[at]["error"] = error_body(*error);
            if (!error) ++resumed_;
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
                {"resumed", resumed_},
                {"dry_run", dry_run_}}});
    }

    Runs& runs_;
    const Asker asked_;
    const Then then_;
    std::vector<std::string> ids_;
    bool dry_run_ = false;
    std::atomic<std::size_t> next_{0};
    std::mutex mutex_;
    json answer_ = json::array();
    std::size_t told_ = 0;
    std::size_t resumed_ = 0;
};

}  // namespace

const std::vector<std::string>& run_verbs() {
    static const std::vector<std::string> kVerbs = {"cancel", "pause", "resume", "retry",
                                                    "revert", "skip",  "fork",   "signals"};
    return kVerbs;
}

void control_run(Runs& runs, Store& store, const std::string& verb, const std::string& run_id,
                 const std::string& text, const std::string& asker, Then then) {
    if (verb == "signals") return signal(runs, store, run_id, text, asker, std::move(then));
    if (verb == "fork") {
        const Body what(text, {"step", "by", "note"});
        return runs.fork(run_id, what.text("step"), asked_in(what, asker),
                         [then = std::move(then)](std::optional<Error> error, std::string id) {
                             then({std::move(error), std::move(id), {}});
                         });
    }
    auto told = [run_id, then = std::move(then)](std::optional<Error> error) {
        then({std::move(error), run_id, {}});
    };
    if (verb == "skip") {
        const Body what(text, {"step", "by", "note"});
        auto asked = asked_in(what, asker);
        asked.note = what.text("note");  // without one it is refused
        return runs.skip(run_id, what.text("step"), std::move(asked), std::move(told));
    }
    if (verb == "cancel") {
        const Body what(text, {"abandon", "by", "note"});
        auto abandoned = what.texts("abandon");
        auto asked = asked_in(what, asker);
        if (!abandoned.empty()) asked.note = what.text("note");  // without one it is refused
        return runs.cancel(run_id, std::move(abandoned), std::move(asked), std::move(told));
    }
    if (verb == "revert") {
        const Body what(text, {"by", "note"});
        auto asked = asked_in(what, asker);
        asked.note = what.text("note");  // without one it is refused
        return runs.revert(run_id, std::move(asked), std::move(told));
    }
    auto asked = asked_in(Body(text, {"by", "note"}), asker);
    if (verb == "pause") return runs.pause(run_id, std::move(asked), std::move(told));
    if (verb == "resume") return runs.resume(run_id, std::move(asked), std::move(told));
    runs.retry(run_id, std::move(asked), std::move(told));
}

void supply_step(Runs& runs, Store& store, const std::string& workflow, bool success,
                 const std::string& text, const std::string& asker, Then then) {
    const Body body(text, {"transaction_id", "step_id", "response", "compensate_input", "action",
                           "force_permanent_failure", "by", "note"});
    const auto step = body.text("step_id");
    const auto action = body.text_or("action", "invoke");
    const bool undo = action == "compensate";
    if (!undo && action != "invoke") {
        throw Error(GANTRY_E_INVALID_DATA,
                    "action: found " + in_quotes(action) +
                        ", expected \"invoke\", or \"compensate\" for the step's undo",
                    GANTRY_EF_NOT_APPLIED);
    }
    const auto run = find_run(store, workflow, body.text("transaction_id"));
    StepEnd end;
    end.supplied = asked_in(body, asker);
    if (success) {
        end.output = body.raw("response");
        if (body.has("compensate_input")) end.undo = body.raw("compensate_input");
    } else {
        end.error = failure_of(step, json::parse(body.raw("response")),
                               body.flag("force_permanent_failure"));
    }
    runs.supply(run.id, step, undo ? Side::kCompensate : Side::kInvoke, std::move(end),
                [id = run.id, then = std::move(then)](std::optional<Error> error) {
                    then({std::move(error), id, {{"success", true}}});
                });
}

void resume_paused(Runs& runs, Store& store, const std::string& text, const std::string& asker,
                   Then then) {
    const Body body(text, {"waits_for", "dry_run", "by", "note"});
    auto asked = asked_in(body, asker);
    std::make_shared<BulkResume>(runs, paused_for(store, body.text("waits_for")), std::move(asked),
                                 std::move(then))
        ->begin(body.flag("dry_run"));
}

}  // namespace gantry::host
