// Lines are made here and written by spdlog, whole and in order.
#include "base/log.hpp"

#include <gantry/json.hpp>

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <unistd.h>

#include <ctime>

namespace gantry::host {
namespace {

constexpr auto kReplace = json::error_handler_t::replace;

spdlog::level::level_enum spdlog_level(gantry_log_level level) {
    switch (level) {
        case GANTRY_LOG_DEBUG:
            return spdlog::level::debug;
        case GANTRY_LOG_WARN:
            return spdlog::level::warn;
        case GANTRY_LOG_ERROR:
            return spdlog::level::err;
        default:
            return spdlog::level::info;
    }
}

const char* level_name(gantry_log_level level) {
    switch (level) {
        case GANTRY_LOG_DEBUG:
            return "debug";
        case GANTRY_LOG_WARN:
            return "warn";
        case GANTRY_LOG_ERROR:
            return "error";
        default:
            return "info";
    }
}

std::string utc_now() {
    const auto now = std::chrono::system_clock::now();
    const auto seconds = std::chrono::system_clock::to_time_t(now);
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch());
    std::tm tm{};
    gmtime_r(&seconds, &tm);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", tm.tm_year + 1900,
                       tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
                       ms.count() % 1000);
}

}  // namespace

std::string one_line(std::string_view text) {
    // dump() replaces what is not UTF-8 and escapes control characters; the quotes come off again.
    std::string line = json(text).dump(-1, ' ', false, kReplace);
    line = line.substr(1, line.size() - 2);
    std::string out;
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (line[i] == '\\' && i + 1 < line.size() && (line[i + 1] == '"' || line[i + 1] == '\\')) {
            ++i;
        }
        out += line[i];
    }
    return out;
}

LogFormat Log::format_for_stderr() {
    return isatty(STDERR_FILENO) == 1 ? LogFormat::kText : LogFormat::kJson;
}

Log::Log(LogFormat format, gantry_log_level least)
    : format_(format),
      logger_(std::make_unique<spdlog::logger>("gantry",
                                               std::make_shared<spdlog::sinks::stderr_sink_mt>())) {
    logger_->set_pattern("%v");
    logger_->set_level(spdlog_level(least));
    logger_->flush_on(spdlog::level::debug);
}

Log::~Log() = default;

bool Log::writes(gantry_log_level level) const { return logger_->should_log(spdlog_level(level)); }

void Log::write(gantry_log_level level, std::string_view message, const json& fields) {
    if (!writes(level)) return;
    std::string line;
    if (format_ == LogFormat::kJson) {
        json object = {{"at", utc_now()}, {"level", level_name(level)}, {"message", message}};
        if (fields.is_object()) object.update(fields);
        line = object.dump(-1, ' ', false, kReplace);
    } else {
        line = fmt::format("{} {:5} {}", utc_now(), level_name(level), one_line(message));
        if (fields.is_object()) {
            for (const auto& [key, value] : fields.items()) {
                line += ' ' + key + '=' +
                        (value.is_string() ? one_line(value.get_ref<const std::string&>())
                                           : value.dump(-1, ' ', false, kReplace));
            }
        }
    }
    logger_->log(spdlog_level(level), line);
}

}  // namespace gantry::host
