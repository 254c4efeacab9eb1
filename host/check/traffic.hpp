// Who a plugin said it was in its HTTP requests, and which of them were sign-ins.
#pragma once

#include "plugin/http_client.hpp"

#include <mutex>
#include <set>

namespace gantry::host::check {

/// [any]
class Traffic {
public:
    void note(const HttpRequest& request, const HttpAnswer& answer);

    bool empty() const;
    /// What was sent as Authorization, cookie, token, session or key; short ones tell nothing.
    std::set<std::string> secrets() const;
    /// Requests without a secret that an answer had given, whose own answer gave one that was sent
    /// later.
    std::size_t sign_ins() const;
    void forget();

private:
    struct Exchange {
        std::set<std::string> secrets;
        std::string answer;  // header values and body
    };

    mutable std::mutex mutex_;
    std::vector<Exchange> exchanges_;
};

}  // namespace gantry::host::check
