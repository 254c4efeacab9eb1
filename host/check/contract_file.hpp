// contract/contract.json: what a plugin's author tells the checker - how to start the system it
// speaks to, with which options, and what it does there.
#pragma once

#include "flow/steps.hpp"
#include "plugin/manifest.hpp"

namespace gantry::host::check {

/// A read that shows the state a scenario changes: of a method, or by HTTP of the system itself.
struct Probe {
    std::string service;  // a name the manifest requires; empty: the plugin's own service
    std::string method;
    json input = json::object();
    std::string url;  // to ask; empty: the method is asked
    std::map<std::string, std::string> headers;
    std::optional<json> body = {};  // of a POST; nothing: it is a GET
};

/// How a method's effect is taken back, as in a workflow's "undo".
struct MethodUndo {
    std::string record;  // a read method, asked before
    std::string call;
    std::optional<Template> record_with = {};  // see record_input()
    Template with{usual_undo_with()};          // see undo_input()
};

/// A method of its service that makes what a scenario rests on, called under a key of its own.
struct Preparation {
    std::string method;
    json input = json::object();
};

/// One thing the plugin does.
struct Scenario {
    std::string name;
    std::string step;    // one of both
    std::string method;  // of its service
    json input;
    std::vector<Preparation> prepare;
    std::optional<json> output;        // a part of what is expected
    std::optional<std::string> error;  // the name of the expected error, "REJECTED"
    std::optional<MethodUndo> undo;    // of a method
    std::optional<Probe> probe;
    std::vector<std::string> ignore;  // JSON pointers into what the probe shows
};

/// A check that is not to be made.
struct Bypass {
    std::string id;
    std::string reason;
    std::string until;  // a date; after it the check is made again
};

struct ContractFile {
    std::filesystem::path folder;      // commands run in it
    std::vector<std::string> command;  // of the system; empty: there is none to start
    std::string ready;                 // the URL that answers when it serves
    json options = json::object();     // an example; "$PORT" and "$TEMP" are filled in
    json product = nullptr;            // {id, data, change}: of the known interfaces
    std::vector<Scenario> scenarios;
    std::map<std::string, json> services;  // required name -> {method: {"output"} or {"error"}}
    std::vector<Bypass> bypasses;
};

/// Reads `file`; an empty one gives what is assumed where a plugin has none. Throws Error CONFIG
/// with every mistake, also of what it says of the plugin; `manifest` null: that is not known.
ContractFile read_contract(const std::filesystem::path& file, const Manifest* manifest = nullptr);

/// A copy in which, in every string, "$PORT" is `port` and "$TEMP" is `folder`.
json filled_in(json value, int port, const std::filesystem::path& folder);

}  // namespace gantry::host::check
