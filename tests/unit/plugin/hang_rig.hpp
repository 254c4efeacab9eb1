// Probes that hang until they are let go; calls are given up after milliseconds.
#pragma once

#include "probe_rig.hpp"
#include "support/fifo.hpp"

namespace gantry::test {

class HangRig : public ProbeRig {
public:
    explicit HangRig(host::Pool::Settings threads = {})
        : ProbeRig(threads, {.grace = std::chrono::milliseconds(20)}) {}
    ~HangRig() { let_go(); }

    /// An action of a probe.
    json hang() const { return {{"hang", fifo.path()}}; }

    /// Waits until all who hung have returned; nothing can be begun after that.
    void let_go() {
        fifo.release();
        shut_down();
    }

    /// One attempt that hangs, until it is given up.
    host::StepEnd give_up(const json& what, Asked asked = {}) {
        asked.timeout = std::chrono::milliseconds(20);
        return get(begin(what, asked).ended);
    }

    Fifo fifo{folder / "fifo"};
};

}  // namespace gantry::test
