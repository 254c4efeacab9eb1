// Lines to a file descriptor whose reader may stand still: they are kept for a while and then
// dropped, and nobody waits for them.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace gantry::host {

/// A line is out when write() returns, where the descriptor takes it at once and nothing is before
/// it. Else a thread writes it when it can be. [any]
class LineWriter {
public:
    /// What is kept at the most; a line beyond is dropped.
    static constexpr std::size_t kKept = std::size_t{1} << 20;
    /// For which the end waits.
    static constexpr auto kPatience = std::chrono::seconds(1);

    /// `notice` makes the line that says how many were dropped, where they would stand. `fd` stays
    /// open as long as the process.
    LineWriter(int fd, std::function<std::string(std::uint64_t dropped)> notice);
    /// What is left after kPatience is lost.
    ~LineWriter();
    LineWriter(const LineWriter&) = delete;
    LineWriter& operator=(const LineWriter&) = delete;

    /// `line` with its end.
    void write(std::string line);
    /// Until all is out, for `patience` at the most. False: some is not.
    bool flush(std::chrono::milliseconds patience = kPatience);
    /// How many lines were dropped so far.
    std::uint64_t dropped() const;

private:
    /// Outlives the writer where the thread is in a write that does not return.
    struct State;
    const std::shared_ptr<State> state_;
};

/// stderr, by a description of its own that never waits where there can be one: a pipe or a
/// terminal that somebody else fills in the same moment stops nobody. Open until the process ends.
int own_stderr();

}  // namespace gantry::host
