// Reads by HTTP. With "bug": "swallow" it takes every answer for a success.
#include <gantry/plugin.hpp>

namespace {

using gantry::json;

struct Fetcher {
    Fetcher(gantry::Host, const json& of) : options(of) {}
    json options;
};

gantry::StepResponse fetch(Fetcher& self, gantry::Call& call, const json& input) {
    const auto http = call.http(self.options.at("url"));
    const std::string path = input.at("path");
    if (self.options.at("bug") == "swallow")
        return json{{"status", http.send("GET", path, "").status}};
    return json{{"fetched", http.get(path).json()}};
}

}  // namespace

GANTRY_PLUGIN(Fetcher, gantry::Step<"fetch", fetch>);
