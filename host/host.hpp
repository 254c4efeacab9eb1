// A host in this process: the parts in order. The only place that knows them all.
#pragma once

#include "api/operations.hpp"
#include "flow/engine.hpp"
#include "flow/retention.hpp"
#include "flow/store_watch.hpp"
#include "plugin/module_databases.hpp"
#include "plugin/plugin_steps.hpp"
#include "plugin/workflows.hpp"

namespace gantry::host {

class Host : public Operations {
public:
    /// Loads and checks everything `config` names, then opens the store and makes the engine.
    /// Throws BadConfiguration. Starts nothing. `debug`: see Needs.
    Host(const Config& config, const std::string& who, LogFormat format, bool debug = false);
    ~Host() override;
    Host(const Host&) = delete;
    Host& operator=(const Host&) = delete;

    /// Starts what `needs` names. Throws Error CONFIG when a module refuses its options.
    void start(const Needs& needs);

    std::string start(const std::string& workflow, const std::string& input,
                      const std::optional<std::string>& key,
                      std::chrono::milliseconds wait) override;
    std::string run(const std::string& id) override;
    json runs(const RunQuery& query) override;
    json act(const std::string& id, const std::string& verb, const std::string& body) override;
    json act_on_many(const std::string& verb, const std::string& body) override;
    json call(const std::string& service, const std::string& method, const std::string& input,
              const std::string& key) override;
    json modules() override;
    json workflows() override;
    json backup(const std::string& body) override;
    json unaccounted() override;

    /// Serves until SIGTERM or SIGINT, which the caller blocks in every thread. The exit code.
    int serve();

private:
    void free_runs();
    /// Until it was claimed after `fence`, and nobody owns it any more.
    void wait_until_it_stands(const std::string& run_id, std::int64_t fence);
    /// Lets running calls end. False: some did not, and the process must end as it is.
    bool stop();
    void tell_what_was_loaded(const LoadMark& mark);
    void suspect_what_crashed();
    void mark_calls();
    bool start_unless_told_to_stop();
    int wait_for_signal();
    int give_up(const std::string& why);
    [[noreturn]] void end_as_it_is(int code);
    std::string admin_token_file() const;
    void tell_what_is_reached();
    void tell_what_is_stranded();

    const Config config_;
    std::vector<std::string> warnings_;  // of the configuration
    bool started_ = false;               // modules were
    bool serves_ = false;                // no command: what is left open is the next host's
    std::size_t taken_over_ = 0;         // runs of a host that did not end orderly
    Log log_;
    Metrics metrics_;
    Timers timers_;
    // What blocks runs on threads of its own, and never where what unblocks it runs.
    Pool engine_threads_;
    Pool load_threads_;
    Pool jq_threads_;
    FairPool jq_{jq_threads_};
    Pool api_threads_;
    Pool route_threads_;
    Pool plugin_threads_;
    std::unique_ptr<InFlight> in_flight_;     // from the first start on; not for `memory:`
    std::unique_ptr<DatabaseClaims> claims_;  // from the first start on
    std::unique_ptr<Container> container_;
    std::unique_ptr<PluginSteps> steps_;
    std::unique_ptr<Store> store_;
    std::unique_ptr<Engine> engine_;
    std::unique_ptr<Retention> retention_;     // of a serving host
    std::unique_ptr<StoreWatch> store_watch_;  // likewise
};

}  // namespace gantry::host
