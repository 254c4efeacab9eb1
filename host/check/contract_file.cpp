// The file is checked against a schema of its own; each mistake with its line.
#include "check/contract_file.hpp"

#include "base/document.hpp"
#include "base/replaced.hpp"
#include "base/schema.hpp"
#include "check/contract_misfits.hpp"

namespace gantry::host::check {
namespace {

constexpr const char* kContractSchema = R"({
  "type": "object", "additionalProperties": false,
  "properties": {
    "system": {"type": "object", "required": ["command", "ready"], "additionalProperties": false,
      "properties": {"command": {"type": "array", "minItems": 1, "items": {"type": "string"}},
                     "ready": {"type": "string"}}},
    "options": {"type": "object"},
    "product": {"type": "object", "required": ["id", "data", "change"],
      "additionalProperties": false, "properties": {
        "id": {"type": "string", "minLength": 1}, "data": {"type": "object"},
        "bystander": {"type": "string", "minLength": 1},
        "change": {"type": "object"}}},
    "scenarios": {"type": "array", "items": {"type": "object", "required": ["name", "input"],
      "additionalProperties": false, "properties": {
        "name": {"type": "string"}, "step": {"type": "string"}, "method": {"type": "string"},
        "input": {}, "output": {}, "error": {"type": "string"},
        "prepare": {"type": "array", "items": {"type": "object", "required": ["method"],
          "additionalProperties": false,
          "properties": {"method": {"type": "string"}, "input": {}}}},
        "undo": {"type": "object", "required": ["record", "call"], "additionalProperties": false,
          "properties": {"record": {"type": "string"}, "call": {"type": "string"},
            "record_with": {}, "with": {}}},
        "probe": {"type": "object", "additionalProperties": false,
          "properties": {"service": {"type": "string"}, "method": {"type": "string"},
            "input": {}, "get": {"type": "string"},
            "post": {"type": "string"}, "body": {},
            "headers": {"type": "object", "additionalProperties": {"type": "string"}}}},
        "ignore": {"type": "array", "items": {"type": "string"}}}}},
    "services": {"type": "object", "additionalProperties": {"type": "object",
      "additionalProperties": {"type": "object", "minProperties": 1, "maxProperties": 1,
        "additionalProperties": false, "properties": {"output": {}, "error": {"type": "string"}}}}},
    "skip": {"type": "array", "items": {"type": "object", "required": ["id", "reason", "until"],
      "additionalProperties": false, "properties": {
        "id": {"type": "string"}, "reason": {"type": "string", "minLength": 1},
        "until": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}}}}
  }
})";

Scenario scenario(const json& source) {
    Scenario s;
    s.name = source.at("name");
    s.step = source.value("step", "");
    s.method = source.value("method", "");
    s.input = source.at("input");
    for (const auto& one : source.value("prepare", json::array())) {
        s.prepare.push_back({one.at("method"), one.value("input", json::object())});
    }
    if (source.contains("output")) s.output = source.at("output");
    if (source.contains("error")) s.error = source.at("error");
    if (const auto undo = source.find("undo"); undo != source.end()) {
        s.undo = MethodUndo{undo->at("record"), undo->at("call")};
        if (undo->contains("record_with")) s.undo->record_with.emplace(undo->at("record_with"));
        if (undo->contains("with")) s.undo->with = Template(undo->at("with"));
    }
    if (const auto probe = source.find("probe"); probe != source.end()) {
        s.probe = Probe{probe->value("service", ""), probe->value("method", ""),
                        probe->value("input", json::object()),
                        probe->value("get", probe->value("post", "")),
                        probe->value("headers", std::map<std::string, std::string>{})};
        if (probe->contains("post")) s.probe->body = probe->value("body", json(nullptr));
    }
    s.ignore = source.value("ignore", std::vector<std::string>{});
    return s;
}

}  // namespace

ContractFile read_contract(const std::filesystem::path& file, const Manifest* manifest) {
    static const Schema schema{json::parse(kContractSchema)};
    ContractFile contract;
    if (file.empty()) return contract;
    Problems problems;
    const auto document = Document::read(file, problems);
    if (document) {
        for (const auto& violation : schema.check(document->root().dump())) {
            problems.add(document->place(violation.pointer), dotted(violation.pointer),
                         violation.message);
        }
        if (problems.empty()) find_misfits(*document, manifest, problems);
    }
    if (!problems.empty()) throw Error(GANTRY_E_CONFIG, problems.text());
    const json& root = document->root();
    contract.folder = std::filesystem::absolute(file).parent_path();
    if (const auto system = root.find("system"); system != root.end()) {
        contract.command = system->at("command").get<std::vector<std::string>>();
        contract.ready = system->at("ready");
    }
    contract.options = root.value("options", json::object());
    contract.product = root.value("product", json(nullptr));
    for (const auto& one : root.value("scenarios", json::array())) {
        contract.scenarios.push_back(scenario(one));
    }
    contract.services = root.value("services", std::map<std::string, json>{});
    for (const auto& one : root.value("skip", json::array())) {
        contract.bypasses.push_back({one.at("id"), one.at("reason"), one.at("until")});
    }
    return contract;
}

json filled_in(json value, int port, const std::filesystem::path& folder) {
    if (value.is_string()) {
        auto text = value.get<std::string>();
        for (const auto& [name, with] :
             {std::pair<std::string, std::string>{"$PORT", std::to_string(port)},
              {"$TEMP", folder.string()}}) {
            text = replaced(std::move(text), name, with);
        }
        return text;
    }
    if (value.is_structured()) {
        for (auto& part : value) part = filled_in(std::move(part), port, folder);
    }
    return value;
}

}  // namespace gantry::host::check
