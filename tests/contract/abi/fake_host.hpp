// A host of any size: its table, and the invocations it makes, are as long as it is told and end
// where memory ends.
#pragma once

#include "contract/abi/page_end.hpp"

#include <gantry/abi.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace gantry::test {

/// How long the tables are that the host makes.
struct TableSizes {
    std::uint32_t host;
    std::uint32_t invocation;
    std::uint32_t error;
};

/// The tables of this header.
constexpr TableSizes kNow = {sizeof(gantry_host), sizeof(gantry_invocation), sizeof(gantry_error)};

/// How a call ended.
struct FakeEnd {
    gantry_status code = GANTRY_OK;
    std::uint32_t flags = 0;
    std::uint32_t retry_after_ms = 0;
    std::string message;
    std::string details;
    std::string output;
    std::optional<std::string> undo;
};

/// What a plugin's function is given.
struct FakeCall {
    std::string input = "{}";
    std::string output = "";
    std::optional<std::string> undo = std::nullopt;
};

/// The service "leaf" answers null, others are not required. For one thread, and plugins that end
/// their calls on it.
class FakeHost {
public:
    /// A table longer than this header's goes on with bytes that are no pointers.
    explicit FakeHost(std::uint32_t minor, TableSizes sizes = kNow);

    const gantry_host& table() const { return table_.as<gantry_host>(); }

    /// A call under way.
    gantry_call begin();

    /// Has `function` called with an invocation of it. Throws when it does not end.
    FakeEnd run(void (*function)(gantry_instance*, const gantry_invocation*), gantry_instance* self,
                const FakeCall& call = {});

    /// How that call ended. Throws when it has not.
    FakeEnd end(gantry_call call) const { return ended_.at(call); }
    bool open(gantry_call call) const { return call != GANTRY_NO_CALL && call == open_; }

    std::vector<std::string> recorded;  // undo data, in order
    std::vector<std::string> lines;     // of the log

private:
    struct Functions;
    void fail(gantry_reply_fn reply, void* user, gantry_status code, const char* message) const;

    TableSizes sizes_;
    PageEnd table_;
    gantry_call last_ = GANTRY_NO_CALL;
    gantry_call open_ = GANTRY_NO_CALL;
    std::map<gantry_call, FakeEnd> ended_;
};

}  // namespace gantry::test
