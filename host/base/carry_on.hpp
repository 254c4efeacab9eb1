// A thread that has set something off goes on with it itself where nobody else is at it: a
// hand-over to another thread costs more than most of what is handed over.
#pragma once

#include <functional>

namespace gantry::host {

/// While it lives, an event that the calling thread posts to an idle strand runs on it, and a write
/// that comes of it is made at this one's end. For a thread that may block, where no lock is held;
/// an inner one of the same thread does nothing.
class CarryOn {
public:
    CarryOn();
    ~CarryOn();
    CarryOn(const CarryOn&) = delete;
    CarryOn& operator=(const CarryOn&) = delete;

    /// While it lives the calling thread is at an event: what that posts is not run within it.
    class Event {
    public:
        Event();
        ~Event();
        Event(const Event&) = delete;
        Event& operator=(const Event&) = delete;
    };

    /// Whether the calling thread may run an event now.
    static bool may_run();
    /// Has the calling thread do `work` at the end. False: it does not, since it carries on with
    /// nothing, or has been given its one work.
    static bool leave(std::function<void()> work);

private:
    std::function<void()> work_;
    bool has_had_work_ = false;
    bool at_event_ = false;
};

}  // namespace gantry::host
