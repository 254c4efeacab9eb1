// A host in this process: the parts in order. The only place that knows them all.
#pragma once

#include "api/operations.hpp"
#include "flow/engine.hpp"
#include "plugin/plugin_steps.hpp"
#include "plugin/workflows.hpp"

namespace gantry::host {

class Host : public Operations {
public:
    /// Loads and checks everything `config` names, then opens the store and makes the engine.
    /// Throws BadConfiguration. Starts nothing.
    Host(const Config& config, const std::string& who, LogFormat format);
    ~Host() override;
    Host(const Host&) = delete;
    Host& operator=(const Host&) = delete;

    /// Starts what `needs` names. Throws Error CONFIG when a module refuses its options.
    void start(const Needs& needs);

    /// Adds what is wrong with `config`, without opening anything.
    static void check(const Config& config, Problems& problems);

    json start(const std::string& workflow, const std::string& input,
               const std::optional<std::string>& key, std::chrono::milliseconds wait) override;
    json run(const std::string& id) override;
    json runs(const RunQuery& query) override;
    json resume(const std::string& id) override;
    json call(const std::string& service, const std::string& method, const std::string& input,
              const std::string& key) override;
    json modules() override;
    json workflows() override;

    /// Serves until SIGTERM or SIGINT, which the caller blocks in every thread. The exit code.
    int serve();

private:
    void wait_until_stopped(const std::string& run_id, std::chrono::milliseconds patience);
    /// Lets running calls end. False: some did not, and the process must end as it is.
    bool stop();
    std::string admin_token_file() const;

    const Config config_;
    Log log_;
    Timers timers_;
    Pool pool_;
    std::unique_ptr<Container> container_;
    std::unique_ptr<PluginSteps> steps_;
    std::unique_ptr<Store> store_;
    std::unique_ptr<Engine> engine_;
};

}  // namespace gantry::host
