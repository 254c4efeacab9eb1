// The plugin under test, driven through its table as the host drives it.
#pragma once

#include <gantry/testing/end.hpp>
#include <gantry/testing/host_side.hpp>

namespace gantry::testing {

struct CallOptions {
    std::chrono::milliseconds timeout{30'000};
    /// Of a method that writes; empty: a new one, as a step would have it.
    std::string key{};
    /// The host dies before it notes how the call ended: the End is `lost`, and what was done
    /// stays done.
    bool crash = false;
};

/// One instance of a plugin, and one run in which its steps are called. All functions are to be
/// called on one thread at a time, but for cancel(). What a test did wrong is a std::logic_error.
class Plugin {
public:
    /// Of the binary's own plugin, or of the `table` that is given. Throws Error: why create()
    /// refused the options.
    explicit Plugin(Host& host, json options = json::object(),
                    const gantry_plugin& table = *gantry_plugin_entry_v1())
        : host_(host), table_(table), side_(host, json::parse(table.manifest), std::move(options)) {
        create();
    }
    ~Plugin() { end_instance(); }
    Plugin(const Plugin&) = delete;
    Plugin& operator=(const Plugin&) = delete;

    /// An attempt of a step: the first, or, when it was called before in this run, the next one,
    /// with the same key and what was recorded.
    End invoke(const std::string& step, const json& input, const CallOptions& options = {});

    /// The step's compensation, with what the host would give it after what happened.
    End compensate(const std::string& step, const CallOptions& options = {}) {
        auto& state = state_of(step);
        return compensate(step, state.undo ? state.undo : state.output, options);
    }
    /// With other undo data; nothing: none was recorded, and the outcome is unknown.
    End compensate(const std::string& step, const std::optional<json>& undo,
                   const CallOptions& options = {});

    /// A method of the plugin's service, called by a step of this run.
    End call(const std::string& method, const json& input = json::object(),
             const CallOptions& options = {});

    /// Whether the configured system is reached: an End without an error, or why not.
    End ping(const CallOptions& options = {});

    /// Tells every call under way to stop, and the plugin's own cancel(). [any]
    void cancel() {
        for (const auto& call : side_.active()) {
            {
                const std::lock_guard lock(call->mutex);
                call->cancelled = true;
            }
            if (table_.cancel != nullptr) table_.cancel(instance_, call->number);
        }
    }

    /// Ends the instance and makes another: what the plugin kept in memory is gone.
    void restart() {
        end_instance();
        create();
    }

    /// Steps called from here on are of another run.
    void next_run() {
        ++run_;
        steps_.clear();
    }

    /// The workflows that the plugin brings along; an array.
    json workflows() const {
        return table_.workflows == nullptr ? json::array() : json::parse(table_.workflows());
    }

    const json& manifest() const { return side_.manifest(); }

private:
    using Call = std::shared_ptr<detail::ActiveCall>;

    // What the host's row of a step says.
    struct StepState {
        std::uint32_t attempts = 0;
        std::uint32_t compensations = 0;
        json input;
        std::optional<json> output;
        std::optional<json> undo;  // recorded, or given with an answer
        bool done = false;
        bool unknown = false;  // an attempt may have had its effect
        bool touched = false;  // an attempt did not say that nothing happened
    };

    void create();
    void end_instance() {
        if (instance_ == nullptr) return;
        table_.stop(instance_);
        table_.destroy(instance_);
        instance_ = nullptr;
    }

    const gantry_step& exported(const std::string& step) const;
    const json& declared(const std::string& step) const;
    StepState& state_of(const std::string& step);
    void note(StepState& state, const detail::ActiveCall& call, End& end) const;

    std::string run_id() const { return "run-" + std::to_string(run_); }

    // Opens the call, runs `function`, and waits for an end where that may come later.
    template <typename Function>
    End carry_out(const Call& call, const CallOptions& options, bool async, Function function);

    Host& host_;
    const gantry_plugin& table_;
    detail::HostSide side_;
    gantry_instance* instance_ = nullptr;
    int run_ = 1;
    std::map<std::string, StepState> steps_;
    std::map<std::string, int> method_calls_;
};

}  // namespace gantry::testing

#include <gantry/testing/plugin_calls.hpp>
