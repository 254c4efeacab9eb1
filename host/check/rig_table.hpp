// The functions of the rig's table, and what they keep of a call.
#pragma once

#include "check/rig.hpp"

namespace gantry::host::check {

struct Rig::Active : rules::WritingCall {
    gantry_call number = GANTRY_NO_CALL;
    gantry_instance* instance = nullptr;
    const Ask* ask = nullptr;  // until it is over
    Clock::time_point began;
    Clock::time_point deadline;
    bool returned = false;
    bool cancelled = false;
    End end;
};

struct RigTable {
    /// Its ctx is the rig.
    static gantry_host make(Rig& rig);

    static gantry_status GANTRY_CALL complete(const gantry_host* host, gantry_call number,
                                              const gantry_result* result) noexcept;
    static void GANTRY_CALL record_undo(const gantry_host* host, gantry_call number,
                                        gantry_str undo, gantry_reply_fn done, void* user) noexcept;
    static gantry_status GANTRY_CALL heartbeat(const gantry_host* host, gantry_call number,
                                               gantry_str progress) noexcept;
    static std::int64_t GANTRY_CALL remaining_ms(const gantry_host* host,
                                                 gantry_call number) noexcept;
    static void GANTRY_CALL log(const gantry_host* host, gantry_call number, gantry_log_level level,
                                gantry_str message, gantry_str fields) noexcept;
    static void GANTRY_CALL service_call(const gantry_host* host, gantry_call caller,
                                         const gantry_service_request* request,
                                         gantry_reply_fn reply, void* user) noexcept;
    static const void* GANTRY_CALL get_extension(const gantry_host* host, const char* id) noexcept;
    /// Of gantry.skip/1. What a step says so is not looked at: its undo is tried all the same.
    static gantry_status GANTRY_CALL skip(const gantry_host* host, gantry_call number) noexcept;
    /// Of gantry.http/1.
    static void GANTRY_CALL send(const gantry_host* host, gantry_call caller,
                                 const gantry_http_request* request, gantry_http_reply_fn reply,
                                 void* user) noexcept;

private:
    static Rig& rig_of(const gantry_host* host);
};

}  // namespace gantry::host::check
