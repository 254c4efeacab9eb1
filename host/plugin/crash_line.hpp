// The line of the log that a crash leaves.
#pragma once

#include "base/log.hpp"
#include "plugin/running.hpp"

#include <array>
#include <chrono>

namespace gantry::host {

/// Made where it stands and without allocating, as a signal handler must. Values longer than 160
/// bytes are cut, and what a line or JSON would have to escape becomes "?".
class CrashLine {
public:
    /// As Log writes an error, with its line end. `running` null: the thread was in no call.
    CrashLine(LogFormat format, std::string_view signal, const Running* running,
              std::chrono::system_clock::time_point at);

    std::string_view text() const { return {text_.data(), size_}; }

private:
    void message(std::string_view signal, const Running* running);
    void field(std::string_view name, std::string_view value);
    void time(std::chrono::system_clock::time_point at);
    void number(unsigned value, unsigned digits);
    void value(std::string_view text);
    void put(std::string_view text);

    const LogFormat format_;
    std::array<char, 4096> text_;
    std::size_t size_ = 0;
};

}  // namespace gantry::host
