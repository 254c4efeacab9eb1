// What the host is to a plugin outside of any call: its log.
#pragma once

#include <gantry/json.hpp>

namespace gantry {

/// A handle; copy it freely. Valid until the instance is destroyed. All functions are [any].
class Host {
public:
    explicit Host(const gantry_host& host) : host_(&host) {}

    void debug(std::string_view message, const json& fields = nullptr) const {
        log(GANTRY_LOG_DEBUG, message, fields);
    }
    void info(std::string_view message, const json& fields = nullptr) const {
        log(GANTRY_LOG_INFO, message, fields);
    }
    void warn(std::string_view message, const json& fields = nullptr) const {
        log(GANTRY_LOG_WARN, message, fields);
    }
    void error(std::string_view message, const json& fields = nullptr) const {
        log(GANTRY_LOG_ERROR, message, fields);
    }

    /// `fields` is an object or null. Never log secrets. A line within a call names its run.
    void log(gantry_log_level level, std::string_view message, const json& fields,
             gantry_call call = GANTRY_NO_CALL) const {
        const std::string text =
            fields.is_object() ? fields.dump(-1, ' ', false, json::error_handler_t::replace) : "";
        host_->log(host_, call, level, str(message), str(text));
    }

    const gantry_host& table() const { return *host_; }

private:
    const gantry_host* host_;
};

}  // namespace gantry
