// A host that runs in another process, by its management API.
#pragma once

#include "api/operations.hpp"

namespace gantry::host {

/// The host went away while it was asked for a run. With the key it is asked for the same one
/// again.
struct NoAnswer : Error {
    NoAnswer(const Error& error, std::string its_key, std::string its_run)
        : Error(error), key(std::move(its_key)), run_id(std::move(its_run)) {}
    std::string key;
    std::string run_id;  // empty: whether it was accepted is not known
};

class Remote : public Operations {
public:
    /// `address` as in the store's lock file, "http://127.0.0.1:9000".
    Remote(std::string address, std::string token, long pid);

    /// Throws NoAnswer, too.
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
    /// "http://127.0.0.1:9000 (process 12)"
    std::string where() const;

private:
    struct Answer {
        long status = 0;
        std::string text;
        json body;  // of the text; discarded where that is no JSON
    };
    Answer send(const std::string& method, const std::string& path, const std::string& body,
                const std::vector<std::string>& headers);
    std::string start_or_stop(const std::string& workflow, const std::string& input,
                              const std::string& key, std::chrono::milliseconds wait,
                              std::string& run_id);
    json get(const std::string& path);
    json post(const std::string& path, const std::string& body);

    std::chrono::milliseconds patience_{std::chrono::minutes(2)};

    const std::string address_;
    const std::string token_;
    const long pid_;
};

}  // namespace gantry::host
