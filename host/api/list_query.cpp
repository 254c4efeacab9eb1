// A parameter that is not understood is refused: a filter left out shows what was not asked for.
#include "api/list_query.hpp"

#include "api/iso_time.hpp"
#include "base/describe.hpp"
#include "base/nearest.hpp"
#include "base/utf8.hpp"
#include "flow/search.hpp"

#include <algorithm>
#include <charconv>

namespace gantry::host {
namespace {

constexpr std::int64_t kMaxLimit = 1000;
constexpr std::string_view kField = "field.";

[[noreturn]] void refuse(const std::string& message) {
    throw Error(GANTRY_E_INVALID_DATA, "Invalid request: " + message, GANTRY_EF_NOT_APPLIED);
}

std::int64_t number(const std::string& name, const std::string& text, std::int64_t least,
                    std::int64_t most) {
    std::int64_t value = 0;
    const auto* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc() || rest != end || value < least || value > most) {
        refuse(name + ": found " + in_quotes(text) + ", expected a whole number from " +
               std::to_string(least) + " to " + std::to_string(most));
    }
    return value;
}

std::int64_t time(const std::string& name, const std::string& text) {
    if (const auto ms = parse_iso_time(text)) return *ms;
    refuse(name + ": found " + in_quotes(text) +
           ", expected an ISO 8601 time such as 2024-05-01T12:30:00Z");
}

void add_states(std::vector<RunStatus>& states, const std::string& words) {
    static const std::vector<std::string> kWords = {
        "invoking", "waiting", "compensating", "paused", "done", "reverted", "failed"};
    for (std::size_t at = 0; at <= words.size();) {
        const auto end = std::min(words.find(',', at), words.size());
        const auto word = words.substr(at, end - at);
        const auto state = run_status(word);
        if (!state) {
            refuse("state: found " + in_quotes(word) + ", expected a run's state." +
                   did_you_mean_or_known(word, kWords));
        }
        if (std::find(states.begin(), states.end(), *state) == states.end()) {
            states.push_back(*state);
        }
        at = end + 1;
    }
}

}  // namespace

RunFilter parse_list_query(const Query& query) {
    static const std::vector<std::string> kKnown = {"q",
                                                    "workflow_id",
                                                    "transaction_id",
                                                    "state",
                                                    "id_end",
                                                    "created_at[$gte]",
                                                    "since",
                                                    "limit",
                                                    "offset",
                                                    "order",
                                                    "fields",
                                                    "waits_for",
                                                    "needs_person",
                                                    "field.NAME"};
    RunFilter filter;
    bool needs_person = false;
    for (const auto& [name, value] : query) {
        if (name == "q") {
            if (!value.empty()) filter.text = value;
        } else if (name == "workflow_id") {
            filter.workflow = value;
        } else if (name == "transaction_id") {
            filter.exactly = value;
        } else if (name == "state" || name.starts_with("state[")) {  // state[]=a, state[0]=a
            add_states(filter.status, value);
        } else if (name.starts_with(kField)) {
            if (filter.fields.size() == kMaxFields) refuse("expected at most 8 fields");
            filter.fields.push_back(
                {name.substr(kField.size()), value.substr(0, utf8_prefix(value, kMaxFieldValue))});
        } else if (name == "waits_for") {
            filter.waits_for = value;
        } else if (name == "needs_person") {
            if (value != "true") {
                refuse("needs_person: found " + in_quotes(value) + ", expected \"true\"");
            }
            needs_person = true;
        } else if (name == "id_end") {
            filter.id_end = value;
        } else if (name == "created_at[$gte]" || name == "since") {
            filter.created_from = time(name, value);
        } else if (name == "limit") {
            filter.limit = number(name, value, 1, kMaxLimit);
        } else if (name == "offset") {
            filter.offset = number(name, value, 0, INT64_MAX);
        } else if (name == "order") {
            if (value != "-created_at") {
                refuse("order: found " + in_quotes(value) + ", expected \"-created_at\"");
            }
        } else if (name != "fields") {  // a Medusa client names them; all are shown
            refuse("Unrecognized parameter " + in_quotes(name) + "." +
                   did_you_mean_or_known(name, kKnown));
        }
    }
    if (needs_person) {
        if (!filter.status.empty()) refuse("state and needs_person: expected one of them");
        filter.needs_person = true;
    }
    if (filter.exactly && filter.text) refuse("q and transaction_id: expected one of them");
    return filter;
}

}  // namespace gantry::host
