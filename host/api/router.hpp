// Which handler answers a method and path. A plain segment goes before a parameter.
#pragma once

#include "api/exchange.hpp"

namespace gantry::host {

using Handler = std::function<void(Request, Reply)>;

struct Route {
    std::string method;
    std::string pattern;  // "/runs/{id}"; {name} matches one segment that is not empty
    Handler handler;
    bool at_once = false;       // short: may run on the thread that reads requests
    bool by_strangers = false;  // or it computes: not on the threads that /admin needs
    bool head = false;          // a GET that changes nothing: HEAD is answered too
    bool needs_token = false;
};

class Router {
public:
    void add(Route route);

    struct Match {
        const Route* route = nullptr;  // null: none for this method
        std::map<std::string, std::string> parameters;
        std::string allow;  // methods of this path, when there is none for the one asked for
    };
    Match match(const std::string& method, const std::vector<std::string>& path) const;

private:
    struct Entry {
        Route route;
        std::vector<std::string> segments;
    };
    std::vector<Entry> entries_;  // the most plain first
};

}  // namespace gantry::host
