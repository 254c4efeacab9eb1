// Where the level is not written nothing is made.
#include "flow/run_log.hpp"

#include "base/utf8.hpp"

namespace gantry::host {
namespace {

constexpr std::size_t kMaxCause = 300;  // characters

json line_of(const RunRow& run, const std::vector<FieldRow>& fields) {
    json line = {{"run", run.id}, {"workflow", run.workflow}};
    if (run.idem_key) line["key"] = *run.idem_key;
    for (const auto& field : fields) line["field." + field.name] = field.value;
    return line;
}

void add_cause(const RunRow& run, json& line) {
    if (!run.error) return;
    const auto cause = json::parse(*run.error, nullptr, /*allow_exceptions=*/false);
    if (!cause.is_object()) return;
    auto text = cause.value("code", "") + ": " + cause.value("message", "");
    text.resize(utf8_prefix(text, kMaxCause));
    line["cause"] = std::move(text);
    if (const auto step = cause.find("step"); step != cause.end() && step->is_string()) {
        line["step"] = *step;
    }
}

}  // namespace

void log_accepted(Log& log, const RunRow& run, const std::vector<FieldRow>& fields) {
    if (!log.writes(GANTRY_LOG_INFO)) return;
    auto line = line_of(run, fields);
    if (run.forked_from) line["forked_from"] = *run.forked_from;
    log.info("run accepted", line);
}

void log_ended(Log& log, const RunRow& run, const std::vector<FieldRow>& fields) {
    if (!log.writes(GANTRY_LOG_INFO)) return;
    auto line = line_of(run, fields);
    line["state"] = to_string(run.status);
    line["ms"] = run.finished_at.value_or(run.updated_at) - run.created_at;
    add_cause(run, line);
    log.info("run ended", line);
}

}  // namespace gantry::host
