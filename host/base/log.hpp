// The host's log on stderr: text for a person, JSON lines for a collector.
#pragma once

#include <gantry/json.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace spdlog {
class logger;
}

namespace gantry::host {

enum class LogFormat { kText, kJson };

/// [any]. Fields are an object or null; invalid UTF-8 is replaced, lines end at the message's end,
/// characters that are not seen or change how others are seen are written as \u202e. Nobody waits
/// for a reader that stands still: see LineWriter.
class Log {
public:
    /// `fd` stays open as long as the process.
    explicit Log(LogFormat format, gantry_log_level least = GANTRY_LOG_INFO, int fd = 2);
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

    /// Before the process ends without a destructor: what is kept gets a second to go out.
    void flush();
    /// How many lines nobody took.
    std::uint64_t dropped() const;

private:
    class Sink;
    LogFormat format_;
    std::shared_ptr<Sink> sink_;
    std::unique_ptr<spdlog::logger> logger_;
};

/// A copy in which what is not UTF-8 and what would break a line is replaced.
std::string one_line(std::string_view text);

/// A copy in which control and format characters are written as in JSON: C0 and C1, DEL, what
/// parts lines, what has no width, and what sets the direction of writing. A byte that is no UTF-8
/// becomes U+FFFD.
std::string visible(std::string_view text);

}  // namespace gantry::host
