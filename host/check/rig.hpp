// A host of the checker's own around one plugin, by the same C table that a real one has. It keeps
// every promise of abi.h, notes all that the plugin does, and can be made to fail.
#pragma once

#include "check/seam.hpp"
#include "check/services.hpp"
#include "check/subject.hpp"
#include "check/traffic.hpp"
#include "check/verdict.hpp"
#include "plugin/http_client.hpp"

#include <gantry/http.h>
#include <gantry/rules.hpp>

#include <atomic>
#include <chrono>
#include <thread>

namespace gantry::host::check {

using Clock = std::chrono::steady_clock;

/// What one call came to. Texts are as the plugin gave them.
struct End {
    int completes = 0;  // that were in time
    int stale = 0;      // host functions that were asked for the call after its end
    bool before_return = false;
    bool answered = false;  // false: nothing came until its deadline and the grace after it
    std::string output;
    std::optional<std::string> undo;      // given with the answer
    std::optional<std::string> recorded;  // by record_undo
    std::optional<Error> error;
    std::string details;  // of the error, as text
    std::chrono::milliseconds took{};
    std::vector<std::chrono::milliseconds> beats;  // heartbeats, since the beginning

    /// What compensate is given: the explicit undo, what was recorded, else the output.
    std::optional<std::string> undo_data() const;
};

struct Ask {
    std::string input = "{}";
    std::string key = "run-1/step";
    std::uint32_t attempt = 1;
    std::optional<std::string> undo;
    std::string output;
    std::chrono::milliseconds timeout = std::chrono::seconds(10);
    /// After which the call is told to stop; 0: it is not.
    std::chrono::milliseconds cancel_after{};
    bool is_invoke = false;     // of a step
    bool records_undo = false;  // writes wait for record_undo
    bool is_nested = false;     // it serves a step: a method
    bool reads_only = false;    // a method that reads
    /// Its deadline passes at the moment the answer comes: that and all after it is STALE.
    bool late = false;
    /// Called on the plugin's thread when the answer comes, with what came before it.
    std::function<void(const End& so_far)> on_complete;
};

struct LogLine {
    gantry_log_level level;
    std::string message;
    std::string fields;
};

class Rig {
public:
    /// `subject` outlives it. Loads the plugin.
    explicit Rig(Subject& subject);
    ~Rig();
    Rig(const Rig&) = delete;
    Rig& operator=(const Rig&) = delete;

    const gantry_plugin& table() const { return *table_; }
    Subject& subject() { return subject_; }
    Seam& seam() { return seam_; }
    Traffic& traffic() { return traffic_; }
    Services& services() { return services_; }
    std::vector<LogLine> log() const;

    /// The table that plugins see; may be changed before the first create().
    gantry_host& host() { return host_; }
    /// Where the plugin is to read the table; host() unless set otherwise.
    void show_host_at(const gantry_host* table) { shown_ = table; }

    /// Makes an instance with the subject's options, or fail()s with the plugin's error.
    gantry_instance* create();
    /// Null when it was refused: then `end` says why.
    gantry_instance* create(const std::string& options, End& end);
    /// stop and destroy.
    void destroy(gantry_instance* instance);
    void stop(gantry_instance* instance);

    /// The step by its name; fail()s when there is none.
    const gantry_step& step(const std::string& name) const;
    End invoke(gantry_instance* instance, const std::string& step, Ask ask);
    End compensate(gantry_instance* instance, const std::string& step, Ask ask);
    End method(gantry_instance* instance, const std::string& method, Ask ask);

    /// What the system itself shows at the probe's URL, asked past the plugin: {status, body}.
    json look_at(const Probe& probe);

    /// A call of any function, which gets its invocation. `where` says which, for the report of a
    /// crash; `instance` is whom to tell when it is cancelled, null: nobody.
    using Function = std::function<void(const gantry_invocation& in)>;
    End run(const std::string& where, gantry_instance* instance, const Ask& ask,
            const Function& function);

    /// Answers that were refused because their call was over.
    int refused_completes() const { return refused_completes_; }
    /// Drops what is noted of calls that are over, the log, and what the services remember by key.
    void forget();

    /// Calls that were made on the host after destroy().
    int late_calls() const { return late_calls_; }
    /// No plugin may call any more.
    void close() { closed_ = true; }

    /// How strings of an invocation are handed over; as they are unless set otherwise.
    std::function<gantry_str(std::string_view text)> borrow;

    /// Called first in every function of the host, on the plugin's thread.
    std::function<void()> entered;

private:
    struct Active;
    friend struct RigTable;

    /// Null when it is over; noted.
    std::shared_ptr<Active> find(gantry_call number, bool answered_too = false);
    /// skip()s where the call may change more than the product of a real system.
    void stay_with_product(const std::string& step, const std::string& method,
                           const std::string& input) const;
    /// Throws Error UNAVAILABLE, NOT_APPLIED unless the request stays on this machine, or may leave
    /// it.
    void keep_in(HttpRequest& request) const;
    json service(Active& caller, const gantry_service_request& request);
    HttpAnswer http(Active& caller, const gantry_http_request& request);
    /// See rules::WritingCall.
    std::string admit_write(Active& caller, const rules::Write& write);
    void end_write(Active& caller, const std::optional<Error>& error);
    json call_service(Active& caller, const std::string& name, const std::string& method,
                      std::string_view input, bool write, const std::string& key);
    HttpAnswer send(Active& caller, const HttpRequest& request, const std::string& key);
    /// Throws what a caller hears whose request met that fault.
    [[noreturn]] void throw_fault(const Fault& fault, const Active& caller, const std::string& what,
                                  bool write);

    Subject& subject_;
    const gantry_plugin* table_;
    Seam seam_;
    Traffic traffic_;
    Services services_;
    HttpClient http_;
    gantry_host host_;
    const gantry_host* shown_ = &host_;

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::map<gantry_call, std::shared_ptr<Active>> active_;
    std::map<gantry_call, std::shared_ptr<Active>> ended_;
    gantry_call last_ = 0;
    std::vector<LogLine> log_;
    std::atomic<bool> closed_{false};
    std::atomic<int> late_calls_{0};
    std::atomic<int> refused_completes_{0};
};

}  // namespace gantry::host::check
