// A request and its answer as the resources see them, without the HTTP library.
#pragma once

#include "base/json_text.hpp"

#include <gantry/json.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace gantry::host {

/// Bodies beyond are refused with 413.
constexpr std::size_t kMaxBody = 1 << 20;

/// Keys and values of a query, decoded, in the order sent.
using Query = std::vector<std::pair<std::string, std::string>>;

struct Request {
    std::string method;
    std::string target;  // as sent: "/runs/1?x=y"
    std::string body;    // at most kMaxBody bytes
    std::optional<std::string> authorization;
    std::optional<std::string> idempotency_key;
    std::optional<std::string> prefer;
    // What tells who asks.
    std::string peer;                  // the client's address
    std::weak_ptr<const void> client;  // expired: it is gone, and nobody waits for the answer
    bool spare = false;  // its connection has a place for health, metrics and /admin alone
    std::optional<std::string> host;
    std::optional<std::string> origin;
    std::optional<std::string> referer;
    std::optional<std::string> fetch_site;  // Sec-Fetch-Site
    std::optional<std::string> content_type;
    bool by_admin = false;  // it has the admin token, or none is asked for
    bool has_body = false;
    std::optional<std::uint64_t> announced;  // bytes of the body, where the head says so
    // Filled in from the target once a route was found.
    std::map<std::string, std::string> path;
    Query query;
};

struct Answer {
    int status = 200;
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string type = "application/json";  // of the body
};

/// [any] The first call counts, later ones are dropped; so is one after the server's end.
using Reply = std::function<void(Answer)>;

inline Answer json_answer(int status, const json& body) { return {status, dumped(body), {}}; }

}  // namespace gantry::host
