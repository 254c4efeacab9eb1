// What a test sees of the host: the clock, the scripted systems, and what the plugin said.
#pragma once

#include <gantry/testing/clock.hpp>
#include <gantry/testing/http.hpp>
#include <gantry/testing/service.hpp>

namespace gantry::testing {

struct LogLine {
    gantry_log_level level = GANTRY_LOG_INFO;
    std::string message;
    json fields{};                      // an object, or null
    gantry_call call = GANTRY_NO_CALL;  // in which it was written
};

/// Outlives the plugins it is given to.
class Host {
public:
    Clock& clock() { return clock_; }
    ScriptedHttp& http() { return http_; }

    /// `name` as the plugin's manifest requires it. The same name gives the same service. One that
    /// is optional is served from when the test has named it here.
    ScriptedService& service(const std::string& name) {
        const std::lock_guard lock(mutex_);
        return services_[name];
    }

    /// Runs at each heartbeat, on the plugin's thread, before the plugin is answered: the place to
    /// cancel a long call, or to move the clock meanwhile.
    void on_heartbeat(std::function<void()> function) {
        const std::lock_guard lock(mutex_);
        on_heartbeat_ = std::move(function);
    }

    /// The progress that came with each; null where there was none.
    std::vector<json> heartbeats() const {
        const std::lock_guard lock(mutex_);
        return heartbeats_;
    }

    std::vector<LogLine> log() const {
        const std::lock_guard lock(mutex_);
        return log_;
    }

    /// Whether a line of the log has `text` in its message or its fields: a secret, for example.
    bool logged(std::string_view text) const {
        const std::lock_guard lock(mutex_);
        return std::any_of(log_.begin(), log_.end(), [&](const LogLine& line) {
            return line.message.find(text) != std::string::npos ||
                   text_of(line.fields).find(text) != std::string::npos;
        });
    }

    // For Plugin.

    bool has_service(const std::string& name) const {
        const std::lock_guard lock(mutex_);
        return services_.contains(name);
    }
    gantry_call next_call() { return ++last_call_; }
    void write(LogLine line) {
        const std::lock_guard lock(mutex_);
        log_.push_back(std::move(line));
    }
    void beat(json progress) {
        std::function<void()> then;
        {
            const std::lock_guard lock(mutex_);
            heartbeats_.push_back(std::move(progress));
            then = on_heartbeat_;
        }
        if (then) then();
    }

private:
    Clock clock_;
    std::atomic<gantry_call> last_call_{GANTRY_NO_CALL};
    ScriptedHttp http_;
    mutable std::mutex mutex_;
    std::map<std::string, ScriptedService> services_;
    std::function<void()> on_heartbeat_;
    std::vector<json> heartbeats_;
    std::vector<LogLine> log_;
};

}  // namespace gantry::testing
