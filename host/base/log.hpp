// The host's log on stderr: text for a person, JSON lines for a collector.
#pragma once

#include <gantry/json.hpp>

#include <memory>
#include <string_view>

namespace spdlog {
class logger;
}

namespace gantry::host {

enum class LogFormat { kText, kJson };

/// [any]. Fields are an object or null; invalid UTF-8 is replaced, lines end at the message's end.
class Log {
public:
    explicit Log(LogFormat format, gantry_log_level least = GANTRY_LOG_INFO);
    ~Log();
    Log(const Log&) = delete;
    Log& operator=(const Log&) = delete;

    /// Text when stderr is a terminal, else JSON lines.
    static LogFormat format_for_stderr();

    /// Whether a line of that level is written at all.
    bool writes(gantry_log_level level) const;
    void write(gantry_log_level level, std::string_view message, const json& fields = nullptr);
    void debug(std::string_view m, const json& f = nullptr) { write(GANTRY_LOG_DEBUG, m, f); }
    void info(std::string_view m, const json& f = nullptr) { write(GANTRY_LOG_INFO, m, f); }
    void warn(std::string_view m, const json& f = nullptr) { write(GANTRY_LOG_WARN, m, f); }
    void error(std::string_view m, const json& f = nullptr) { write(GANTRY_LOG_ERROR, m, f); }

private:
    LogFormat format_;
    std::unique_ptr<spdlog::logger> logger_;
};

/// A copy in which what is not UTF-8 and what would break a line is replaced.
std::string one_line(std::string_view text);

}  // namespace gantry::host
