// A client that takes all the connections it can get and does nothing good with them.
#pragma once

#include <atomic>
#include <thread>
#include <vector>

namespace gantry::test {

/// From 127.0.0.2, as many connections as it is given: some say nothing, some send a body byte by
/// byte, some wait for a run that does not end and leave, some come and go. One that is closed is
/// opened again. Begins at once; ends with its life.
class Besieger {
public:
    /// `waiting`: the path of a route whose run of the key "besieged" does not end.
    Besieger(int port, std::size_t connections, std::string waiting);
    ~Besieger();
    Besieger(const Besieger&) = delete;
    Besieger& operator=(const Besieger&) = delete;

    /// How often a connection was opened, and how often the host had closed one.
    std::uint64_t opened() const { return opened_; }
    std::uint64_t turned_away() const { return turned_away_; }

private:
    struct One;
    void besiege(std::size_t connections);
    void open(One& one, std::size_t kind);
    void go_on(One& one);

    const int port_;
    const std::string waiting_;
    std::atomic<std::uint64_t> opened_{0};
    std::atomic<std::uint64_t> turned_away_{0};
    std::atomic<bool> ends_{false};
    std::thread thread_;
};

}  // namespace gantry::test
