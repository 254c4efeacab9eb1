// Lines are made here and go through spdlog, whole and in order, to whoever writes them.
#include "base/log.hpp"

#include "base/line_writer.hpp"
#include "base/utf8.hpp"

#include <gantry/json.hpp>

#include <spdlog/logger.h>
#include <spdlog/sinks/sink.h>
#include <unistd.h>

#include <algorithm>
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

// The line of a message, with its end.
std::string line_of(LogFormat format, gantry_log_level level, std::string_view message,
                    const json& fields) {
    std::string line;
    if (format == LogFormat::kJson) {
        json object = {{"at", utc_now()}, {"level", level_name(level)}, {"message", message}};
        if (fields.is_object()) object.update(fields);
        line = object.dump(-1, ' ', false, kReplace);
    } else {
        line = fmt::format("{} {:5} {}", utc_now(), level_name(level), one_line(message));
        if (fields.is_object()) {
            for (const auto& [key, value] : fields.items()) {
                line += ' ' + one_line(key) + '=' +
                        (value.is_string() ? one_line(value.get_ref<const std::string&>())
                                           : value.dump(-1, ' ', false, kReplace));
            }
        }
    }
    return visible(line) + '\n';
}

bool is_unseen(unsigned c) {
    return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0xad || c == 0x61c || c == 0x180e ||
           (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
           (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb);
}

}  // namespace

// All of them are below U+10000 and take three bytes at the most.
std::string visible(std::string_view text) {
    const char* const end = text.data() + text.size();
    std::string out;
    out.reserve(text.size());
    for (const char* p = text.data(); p != end;) {
        const auto size = utf8_length(p, end);
        const auto byte = [p](std::size_t i) { return static_cast<unsigned char>(p[i]); };
        unsigned c = byte(0);
        if (size == 2) c = (c & 0x1fU) << 6 | (byte(1) & 0x3fU);
        if (size == 3) c = (c & 0xfU) << 12 | (byte(1) & 0x3fU) << 6 | (byte(2) & 0x3fU);
        if (size == 0) {
            out += "\ufffd";
        } else if (size < 4 && is_unseen(c)) {
            out += fmt::format("\\u{:04x}", c);
        } else {
            out.append(p, size);
        }
        p += std::max<std::size_t>(size, 1);
    }
    return out;
}

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

class Log::Sink : public spdlog::sinks::sink {
public:
    Sink(LogFormat format, int fd)
        : lines_(fd, [format](std::uint64_t dropped) {
              return line_of(format, GANTRY_LOG_WARN,
                             std::to_string(dropped) + " lines were dropped: nobody read the log",
                             {{"dropped", dropped}});
          }) {}

    LineWriter& lines() { return lines_; }

    // spdlog's; the logger has no pattern of its own.
    void log(const spdlog::details::log_msg& msg) override {
        lines_.write({msg.payload.data(), msg.payload.size()});
    }
    void flush() override {}
    void set_pattern(const std::string&) override {}
    void set_formatter(std::unique_ptr<spdlog::formatter>) override {}

private:
    LineWriter lines_;
};

Log::Log(LogFormat format, gantry_log_level least, int fd)
    : format_(format),
      sink_(std::make_shared<Sink>(format, fd)),
      logger_(std::make_unique<spdlog::logger>("gantry", sink_)) {
    logger_->set_level(spdlog_level(least));
}

Log::~Log() = default;

bool Log::writes(gantry_log_level level) const { return logger_->should_log(spdlog_level(level)); }

void Log::write(gantry_log_level level, std::string_view message, const json& fields) {
    if (!writes(level)) return;
    logger_->log(spdlog_level(level), line_of(format_, level, message, fields));
}

void Log::flush() { sink_->lines().flush(); }

std::uint64_t Log::dropped() const { return sink_->lines().dropped(); }

}  // namespace gantry::host
