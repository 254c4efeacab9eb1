// What the host counts about itself, as Prometheus text: one typed function for each thing that
// happens, and functions that are asked for what is so at the moment.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace gantry::host {

/// [any]. Labels (workflow, step, module) come from the configuration, never from a request: each
/// new value is a new series for as long as the process lives.
class Metrics {
public:
    /// What gauges say is kept for `gauge_age`, so that asking often costs the store nothing.
    explicit Metrics(std::chrono::milliseconds gauge_age = std::chrono::seconds(5));
    ~Metrics();
    Metrics(const Metrics&) = delete;
    Metrics& operator=(const Metrics&) = delete;

    void run_started(std::string_view workflow);
    void run_finished(std::string_view workflow, std::string_view status, double seconds);
    /// One attempt has ended; `outcome` is the status of its row.
    void step_ended(std::string_view step, std::string_view side, std::string_view outcome,
                    double seconds);
    /// `error_class` as in the error's JSON.
    void attempt_failed(std::string_view step, std::string_view error_class);

    /// `seconds` between the time a run was due and its claim.
    void claimed(double seconds);
    /// Runs taken from a host that is gone, or as `reason` says.
    void taken_over(std::string_view reason, std::size_t runs);
    /// One transaction of `batch` mutations, written or not.
    void committed(std::size_t batch, double seconds);
    /// A write under an old fence was refused.
    void stale_write();
    /// The store did not do what it was asked for: a write, a claim, a deletion.
    void store_error();

    /// An HTTP answer of that status went out.
    void http_answered(int status);
    /// What runs: always 1.
    void built(std::string_view version, std::string_view abi);

    /// A jq program was ended, for "time", "memory" or a "crash".
    void expression_ended(std::string_view cause);

    /// A plugin's function was under way when the host before this one died.
    void plugin_crashed();
    /// The wall clock went this far ahead of the monotonic one since the last look; negative: back.
    void clock_stepped(double seconds);

    /// `read` is called by text() only, when the last answer is too old; what it throws leaves the
    /// gauge out.
    void gauge(const std::string& name, const std::string& help, std::function<double()> read);
    /// One series per entry of the map, its key being the value of `label`.
    void gauge(const std::string& name, const std::string& help, const std::string& label,
               std::function<std::map<std::string, double>()> read);

    /// What only grows, counted elsewhere.
    void counter(const std::string& name, const std::string& help, std::function<double()> read);

    /// All of it. Blocks as the gauges' functions do.
    std::string text() const;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace gantry::host
