// Services by name: how a plugin calls another one, and how it offers its own methods.
#pragma once

#include <gantry/host.hpp>

#include <condition_variable>
#include <mutex>
#include <optional>

namespace gantry {

/// Waits for one gantry_reply_fn. Lives on the waiting stack; the reply comes exactly once.
class Reply {
public:
    static void GANTRY_CALL fn(void* user, gantry_str output, const gantry_error* error) noexcept {
        static_cast<Reply*>(user)->set(output, error);
    }

    /// The output; throws the error the reply carried.
    std::string wait() {
        std::unique_lock lock(mutex_);
        arrived_.wait(lock, [this] { return done_; });
        if (error_) throw Error(*error_);
        return std::move(output_);
    }

private:
    void set(gantry_str output, const gantry_error* error) noexcept {
        const std::lock_guard lock(mutex_);
        if (error != nullptr) {
            error_.emplace(error_from(*error));
        } else {
            output_ = view(output);
        }
        done_ = true;
        arrived_.notify_one();  // under the lock: the waiter may destroy us once it is released
    }

    std::mutex mutex_;
    std::condition_variable arrived_;
    bool done_ = false;
    std::string output_;
    std::optional<Error> error_;
};

/// Another module, reached by the name the manifest requires it under. Valid within its call.
class Service {
public:
    Service(const gantry_host& host, gantry_call caller, std::string_view name)
        : host_(&host), caller_(caller), name_(name) {}

    /// Calls `method` and waits for its answer. Deadline, cancellation and trace are the caller's.
    /// `key`: last part of the idempotency key, needed only where the order of writes can differ
    /// between attempts. Throws Error: the service's own, MISUSE when the name is not required, or
    /// UNSUPPORTED when it is optional and no module serves it.
    json call(std::string_view method, const json& input, std::string_view key = {}) const {
        const std::string text = input.dump();
        const gantry_service_request request{sizeof request, 0,         str(name_),
                                             str(method),    str(text), str(key)};
        Reply reply;
        host_->service_call(host_, caller_, &request, &Reply::fn, &reply);
        return json::parse(reply.wait());
    }

    /// Whether a module serves it: always, unless the manifest says that it is optional.
    bool is_served() const {
        const gantry_service_request request{sizeof request, 0, str(name_), {}, {}, {}};
        Reply reply;
        host_->service_call(host_, caller_, &request, &Reply::fn, &reply);
        try {
            reply.wait();
            return true;
        } catch (const Error& e) {
            if (e.code() == GANTRY_E_UNSUPPORTED) return false;
            throw;
        }
    }

private:
    const gantry_host* host_;
    gantry_call caller_;
    std::string name_;
};

/// The part of an idempotency key that a step's writes and its compensation share: "run/step". A
/// service that can, refuses a write whose undo came first by remembering this part.
inline std::string_view key_scope(std::string_view key) {
    const auto slash = key.rfind('/');
    if (slash == std::string_view::npos) return key;
    key = key.substr(0, slash);
    constexpr std::string_view kCompensate = "/compensate";
    if (key.ends_with(kCompensate)) key.remove_suffix(kCompensate.size());
    return key;
}

}  // namespace gantry
