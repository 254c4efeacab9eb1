// Which threads may wait. Those that others wait for must not: the engine's, the timer's, the
// store's writer's, the HTTP server's.
#pragma once

namespace gantry::host {

/// While it lives the calling thread may not block.
class MayNotBlock {
public:
    /// `who` is a literal: "an engine thread".
    explicit MayNotBlock(const char* who);
    ~MayNotBlock();
    MayNotBlock(const MayNotBlock&) = delete;
    MayNotBlock& operator=(const MayNotBlock&) = delete;

private:
    const char* const outer_;
};

/// Asked by everything that waits, before it does: reads of the store, plugin functions, slots,
/// answers of other threads. `what` it is goes into the message. On a thread that may not block it
/// ends the process in debug builds and under the sanitizers; elsewhere it does nothing.
void about_to_block(const char* what);

}  // namespace gantry::host
