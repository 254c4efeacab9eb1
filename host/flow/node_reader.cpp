// Ids become visible to expressions as their nodes are passed: what stands before can be used, what
// comes later, or runs beside, cannot. Longer than most: one function for each shape.
#include "flow/node_reader.hpp"

#include "base/describe.hpp"
#include "base/duration.hpp"
#include "base/nearest.hpp"

#include <algorithm>

namespace gantry::host {
namespace {

constexpr std::size_t kMaxNodes = 20'000;
constexpr std::size_t kMaxId = 64;
constexpr std::size_t kMaxPath = 80;  // keys hold run, path and side in 128 bytes
constexpr std::size_t kItem = 8;      // "[12345]/" in the path of an item's step
constexpr std::size_t kMaxAtOnce = 1'000;

bool is_id(std::string_view id) {
    return !id.empty() && id.size() <= kMaxId &&
           std::all_of(id.begin(), id.end(), [](unsigned char c) {
               return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.';
           });
}

// The id a node has by its own words; empty where there is none that could be read.
std::string id_of(const json& node) {
    if (!node.is_object()) return {};
    for (const char* key : {"id", "step", "workflow"}) {
        const auto it = node.find(key);
        if (it == node.end()) continue;
        if (!it->is_string()) return {};
        const auto& text = it->get_ref<const std::string&>();
        return text.substr(key == std::string_view("step") ? text.rfind('/') + 1 : 0);
    }
    return {};
}

bool has_id(const json& source, const std::string& id) {
    if (source.is_object() && id_of(source) == id) return true;
    if (!source.is_structured()) return false;
    return std::any_of(source.begin(), source.end(),
                       [&](const json& part) { return has_id(part, id); });
}

}  // namespace

void NodeReader::check_keys(const json& object, const std::string& at,
                            const std::vector<std::string>& known) {
    for (const auto& [key, value] : object.items()) {
        if (std::find(known.begin(), known.end(), key) != known.end()) continue;
        std::string list;
        for (const auto& k : known) list += (list.empty() ? "" : ", ") + k;
        add(at + "/" + key,
            "unknown key \"" + key + "\"; known: " + list + "." + did_you_mean(key, known));
    }
}

void NodeReader::check_id(const std::string& id, const std::string& at) {
    if (!is_id(id)) add(at, "a name or id has 1 to 64 letters, digits, '-', '_' and '.'");
}

std::string NodeReader::text_at(const json& object, const std::string& at, const char* key) {
    const auto it = object.find(key);
    if (it == object.end()) {
        add(at, "missing \"" + std::string(key) + "\"");
    } else if (!it->is_string() || it->get_ref<const std::string&>().empty()) {
        add(at + "/" + key, "expected a text, found " + describe(*it));
    } else {
        return it->get<std::string>();
    }
    return {};
}

std::optional<std::chrono::milliseconds> NodeReader::duration_at(const json& object,
                                                                 const std::string& at,
                                                                 const char* key) {
    const auto it = object.find(key);
    if (it == object.end()) return std::nullopt;
    const auto duration = it->is_string() ? parse_duration(it->get<std::string>()) : std::nullopt;
    if (!duration) {
        add(at + "/" + key, "expected a duration such as \"30s\", found " + describe(*it));
    }
    return duration;
}

std::optional<Template> NodeReader::value(const json& source, const std::string& at) {
    try {
        Template compiled(source);
        uses_jq_ = uses_jq_ || compiled.uses_jq();
        for (const auto& reference : compiled.references()) check(reference, at);
        return compiled;
    } catch (const Error& e) {
        add(at, e.message());
        return std::nullopt;
    }
}

std::optional<Template> NodeReader::own_value(const json& source, const std::string& at,
                                              std::initializer_list<const char*> roots) {
    try {
        Template compiled(source);
        uses_jq_ = uses_jq_ || compiled.uses_jq();
        for (const auto& reference : compiled.references()) {
            if (std::find(roots.begin(), roots.end(), reference.root) != roots.end()) continue;
            std::string list;
            for (const char* root : roots) list += (list.empty() ? "." : ", .") + std::string(root);
            add(at, "\"${ " + reference.text + " }\": known here: " + list);
        }
        return compiled;
    } catch (const Error& e) {
        add(at, e.message());
        return std::nullopt;
    }
}

std::optional<Template> NodeReader::value_of_input(const json& source, const std::string& at) {
    auto compiled = own_value(source, at, {"input"});
    if (!compiled) return compiled;
    for (const auto& reference : compiled->references()) {
        if (reference.root == "input" && !reference.path.empty()) {
            input_uses_.push_back({at, reference});
        }
    }
    return compiled;
}

void NodeReader::check(const Reference& reference, const std::string& at) {
    const auto complain = [&](const std::string& why) {
        add(at, "\"${ " + reference.text + " }\": " + why);
    };
    if (reference.root == "input") {
        if (!scope_.nested && !reference.path.empty()) input_uses_.push_back({at, reference});
        return;
    }
    if (reference.root == "item" || reference.root == "index") {
        if (scope_.each == 0) complain("." + reference.root + " is known within a for_each only");
        return;
    }
    if (!reference.step) {
        return complain("known here: .input, .steps, and .item and .index within a for_each");
    }
    const auto it = scope_.ids.find(*reference.step);
    if (it != scope_.ids.end() && it->second == Place::kSeen) return;
    std::vector<std::string> known;
    for (const auto& id : scope_.order) {
        if (scope_.ids.at(id) == Place::kSeen) known.push_back(id);
    }
    const bool elsewhere = it != scope_.ids.end() && it->second == Place::kHidden;
    const bool later = has_id(scope_.source->value("steps", json()), *reference.step);
    complain(elsewhere ? "step \"" + *reference.step +
                             "\" runs beside this place, or within a for_each, and cannot be seen"
             : later ? "step \"" + *reference.step + "\" has not run yet at this place"
                     : "no step \"" + *reference.step + "\" in this workflow." +
                           did_you_mean(*reference.step, known));
}

NodeReader::Body NodeReader::body(const std::string& name, const json& workflow,
                                  const std::string& at) {
    Scope outer = std::exchange(scope_, {});
    scope_.source = &workflow;
    scope_.prefix = outer.prefix;
    scope_.nested = !nesting_.empty();
    nesting_.push_back(name);
    Body out;
    const auto steps = workflow.find("steps");
    if (steps == workflow.end() || !steps->is_array() || steps->empty()) {
        add(steps == workflow.end() ? at : at + "/steps",
            "expected \"steps\", a list of at least one");
    } else if (steps->size() > kMaxNodes) {
        add(at + "/steps", "found " + std::to_string(steps->size()) + " steps, at most 20000");
    } else {
        out.block = block(*steps, at + "/steps", out.steps);
    }
    out.result_source = workflow.value("result", json(nullptr));
    out.result = value(out.result_source, at + "/result");
    nesting_.pop_back();
    scope_ = std::move(outer);
    return out;
}

// A list of nodes, or a single one.
Block NodeReader::block(const json& source, const std::string& at, json& canonical) {
    Block out;
    canonical = json::array();
    if (!source.is_array()) {
        node(source, at, out, canonical.emplace_back());
        return out;
    }
    out.reserve(source.size());
    for (std::size_t i = 0; i < source.size(); ++i) {
        node(source[i], at + "/" + std::to_string(i), out, canonical.emplace_back());
    }
    return out;
}

void NodeReader::node(const json& source, const std::string& at, Block& block, json& canonical) {
    if (!source.is_object())
        return add(at, "expected a step, an object; found " + describe(source));
    if (++nodes_ > kMaxNodes) {
        if (nodes_ == kMaxNodes + 1) add(at, "more than 20000 steps in all");
        return;
    }
    static constexpr const char* kKinds[] = {"step",     "call",     "parallel", "when",
                                             "for_each", "workflow", "sleep",    "wait"};
    std::vector<std::string> kinds;
    for (const char* kind : kKinds) {
        if (source.contains(kind)) kinds.emplace_back(kind);
    }
    canonical = source;
    if (kinds.size() != 1) {
        const std::string found = kinds.empty() ? "none of them" : kinds[0] + " and " + kinds[1];
        return add(
            at,
            "missing \"step\", the name of an exported step, or one of call, parallel, when, "
            "for_each, workflow, sleep, wait; found " +
                found);
    }
    Node made;
    const std::string& kind = kinds[0];
    if (kind == "step") {
        if (!step(source, at, made, canonical)) return;
    } else if (kind == "call") {
        if (!call(source, at, made, canonical)) return;
    } else if (kind == "parallel") {
        if (!open(source, at, {"parallel", "id"}, "parallel-" + std::to_string(++scope_.parallels),
                  made, canonical)) {
            return;
        }
        parallel(source, at, made, canonical);
    } else if (kind == "when") {
        if (!open(source, at, {"when", "then", "otherwise", "id"},
                  "when-" + std::to_string(++scope_.whens), made, canonical)) {
            return;
        }
        when(source, at, made, canonical);
    } else if (kind == "for_each") {
        if (!open(source, at, {"for_each", "do", "id", "limit", "result"}, "", made, canonical)) {
            return;
        }
        for_each(source, at, made, canonical);
    } else if (kind == "workflow") {
        if (!open(source, at, {"workflow", "id", "with", "definition"}, id_of(source), made,
                  canonical)) {
            return;
        }
        workflow(source, at, made, canonical);
    } else if (kind == "sleep") {
        if (!open(source, at, {"sleep", "id"}, "", made, canonical)) return;
        sleep(source, at, made);
    } else {
        if (!open(source, at, {"wait", "id", "timeout"}, "", made, canonical)) return;
        wait(source, at, made);
    }
    scope_.ids[made.id] = Place::kSeen;  // seen from here on
    block.push_back(std::move(made));
}

// Its keys and id. With a mistake of its own it is still a node that others may refer to.
bool NodeReader::open(const json& source, const std::string& at,
                      const std::vector<std::string>& keys, std::string default_id, Node& node,
                      json& canonical) {
    check_keys(source, at, keys);
    if (source.contains("id")) {
        node.id = id_of(source);
        if (!is_id(node.id)) {
            add(at + "/id", "an id has 1 to 64 letters, digits, '-', '_' and '.'");
            return false;
        }
    } else if (default_id.empty()) {
        add(at, "missing \"id\", a name for it in this workflow");
        return false;
    } else {
        node.id = std::move(default_id);
        if (!is_id(node.id)) {
            add(at, "\"" + node.id +
                        "\" cannot be an id: give it an \"id\" of letters, digits, "
                        "'-', '_' and '.'");
            return false;
        }
    }
    canonical["id"] = node.id;
    if (scope_.prefix + node.id.size() > kMaxPath) {
        add(at, "its path could have " + std::to_string(scope_.prefix + node.id.size()) +
                    " characters, at most 80: shorten the ids here and around it");
    }
    if (!scope_.ids.emplace(node.id, Place::kNotYet).second) {
        add(at, "two steps with id \"" + node.id + "\"; give one of them another \"id\"");
        return false;
    }
    scope_.order.push_back(node.id);
    return true;
}

bool NodeReader::step(const json& source, const std::string& at, Node& node, json& canonical) {
    static const std::vector<std::string> kKeys = {"step", "id",     "with",
                                                   "bind", "invoke", "compensate"};
    const auto& name = source.at("step");
    if (!name.is_string() || name.get_ref<const std::string&>().empty()) {
        check_keys(source, at, kKeys);
        add(at + "/step", "expected the name of an exported step, found " + describe(name));
        return false;
    }
    if (!open(source, at, kKeys, id_of(source), node, canonical)) return false;
    StepReference what{name.get<std::string>()};
    const auto bind = source.find("bind");
    if (bind != source.end()) {
        if (!bind->is_object()) {
            add(at + "/bind", "expected an object: a required name and the module that is meant");
        } else {
            for (const auto& [required, module] : bind->items()) {
                if (module.is_string()) {
                    what.bind.emplace(required, module.get<std::string>());
                } else {
                    add(at + "/bind/" + required,
                        "expected a module's name, found " + describe(module));
                }
            }
        }
    }
    leaf(source, at, std::move(what), node, canonical);
    return true;
}

bool NodeReader::call(const json& source, const std::string& at, Node& node, json& canonical) {
    if (!open(source, at, {"call", "id", "with", "undo", "invoke", "compensate"}, "", node,
              canonical)) {
        return false;
    }
    ServiceCall service;
    if (auto called = method(source, at, "call")) service.call = std::move(*called);
    const auto undo = source.find("undo");
    if (undo != source.end() && !undo->is_object()) {
        add(at + "/undo", "expected an object with \"call\"");
    } else if (undo != source.end()) {
        const std::string here = at + "/undo";
        check_keys(*undo, here, {"record", "record_with", "call", "with"});
        if (undo->contains("record")) service.record = method(*undo, here, "record");
        if (undo->contains("record_with")) {
            service.record_with =
                own_value(undo->at("record_with"), here + "/record_with", {"input"});
        }
        if (undo->contains("call")) {
            service.undo = method(*undo, here, "call");
        } else {
            add(here, "missing \"call\", the method that takes it back");
        }
        static const json kUndoWith = {{"snapshot", "${ .undo }"},
                                       {"written", "${ .output.version }"}};
        const json& with = undo->contains("with") ? undo->at("with") : kUndoWith;
        canonical["undo"]["with"] = with;
        service.undo_with = own_value(with, here + "/with", {"input", "output", "undo"});
    }
    leaf(source, at, {"", std::move(service)}, node, canonical);
    return true;
}

std::optional<ServiceMethod> NodeReader::method(const json& object, const std::string& at,
                                                const char* key) {
    const auto& source = object.at(key);
    const std::string text = source.is_string() ? source.get<std::string>() : "";
    const auto dot = text.rfind('.');
    if (dot == std::string::npos || dot == 0 || dot + 1 == text.size()) {
        add(at + "/" + key, "expected \"service.method\", found " + describe(source));
        return std::nullopt;
    }
    return ServiceMethod{text.substr(0, dot), text.substr(dot + 1)};
}

void NodeReader::leaf(const json& source, const std::string& at, StepReference what, Node& node,
                      json& canonical) {
    const json with = source.value("with", json::object());
    canonical["with"] = with;
    auto compiled = value(with, at + "/with");
    node.kind = Node::Kind::kStep;
    node.step = steps_.size();
    steps_.push_back({node.id, at, std::move(what),
                      compiled ? std::move(*compiled) : Template(nullptr),
                      policy(source, at, "invoke"), policy(source, at, "compensate")});
    if (seen_) seen_(steps_.back());
}

SidePolicy NodeReader::policy(const json& source, const std::string& at, const char* side) {
    SidePolicy out;
    const auto it = source.find(side);
    if (it == source.end()) return out;
    const std::string here = at + "/" + side;
    if (!it->is_object()) {
        add(here,
            "expected an object with timeout, attempts, first_delay, max_delay, give_up_after");
        return out;
    }
    check_keys(*it, here, {"timeout", "attempts", "first_delay", "max_delay", "give_up_after"});
    out.timeout = duration_at(*it, here, "timeout");
    out.first_delay = duration_at(*it, here, "first_delay");
    out.max_delay = duration_at(*it, here, "max_delay");
    out.give_up_after = duration_at(*it, here, "give_up_after");
    if (it->contains("attempts")) {
        const auto& attempts = it->at("attempts");
        if (attempts.is_number_integer() && attempts >= 1 && attempts <= 1'000'000) {
            out.attempts = attempts.get<int>();
        } else {
            add(here + "/attempts", "expected a whole number from 1, found " + describe(attempts));
        }
    }
    return out;
}

std::vector<std::string> NodeReader::hide_since(std::size_t mark) {
    std::vector<std::string> hidden;
    for (std::size_t i = mark; i < scope_.order.size(); ++i) {
        auto& place = scope_.ids.at(scope_.order[i]);
        if (place != Place::kSeen) continue;
        place = Place::kHidden;
        hidden.push_back(scope_.order[i]);
    }
    return hidden;
}

void NodeReader::show(const std::vector<std::string>& ids) {
    for (const auto& id : ids) scope_.ids.at(id) = Place::kSeen;
}

void NodeReader::parallel(const json& source, const std::string& at, Node& node, json& canonical) {
    node.kind = Node::Kind::kParallel;
    const auto& branches = source.at("parallel");
    if (!branches.is_array() || branches.empty()) {
        return add(at + "/parallel", "expected a list of branches, each a step or a list of them");
    }
    std::vector<std::string> all;
    for (std::size_t i = 0; i < branches.size(); ++i) {
        const auto before = mark();
        if (branches[i].empty()) {
            add(at + "/parallel/" + std::to_string(i), "expected at least one step");
        }
        node.blocks.push_back(
            block(branches[i], at + "/parallel/" + std::to_string(i), canonical["parallel"][i]));
        // One branch does not see into another; what comes after sees all of them.
        const auto hidden = hide_since(before);
        all.insert(all.end(), hidden.begin(), hidden.end());
    }
    show(all);
}

void NodeReader::when(const json& source, const std::string& at, Node& node, json& canonical) {
    node.kind = Node::Kind::kWhen;
    node.value = value(source.at("when"), at + "/when");
    if (!source.contains("then")) return add(at, "missing \"then\", what is done if it is true");
    std::vector<std::string> all;
    for (const char* way : {"then", "otherwise"}) {
        node.blocks.emplace_back();
        if (!source.contains(way)) continue;
        const auto before = mark();
        node.blocks.back() = block(source.at(way), at + "/" + way, canonical[way]);
        const auto hidden = hide_since(before);
        all.insert(all.end(), hidden.begin(), hidden.end());
    }
    show(all);
}

void NodeReader::for_each(const json& source, const std::string& at, Node& node, json& canonical) {
    node.kind = Node::Kind::kForEach;
    node.value = value(source.at("for_each"), at + "/for_each");
    if (!source.contains("do")) return add(at, "missing \"do\", what is done for each");
    if (source.contains("limit")) {
        const auto& limit = source.at("limit");
        if (limit.is_number_integer() && limit >= 1 && limit <= kMaxAtOnce) {
            node.limit = limit.get<std::size_t>();
        } else {
            add(at + "/limit", "expected how many at once, 1 to 1000; found " + describe(limit));
        }
    }
    const auto before = mark();
    const auto prefix = std::exchange(scope_.prefix, scope_.prefix + node.id.size() + kItem);
    ++scope_.each;
    node.blocks.push_back(block(source.at("do"), at + "/do", canonical["do"]));
    if (source.at("do").empty()) add(at + "/do", "expected at least one step");
    if (source.contains("result")) node.result = value(source.at("result"), at + "/result");
    --scope_.each;
    scope_.prefix = prefix;
    hide_since(before);
}

void NodeReader::workflow(const json& source, const std::string& at, Node& node, json& canonical) {
    node.kind = Node::Kind::kWorkflow;
    const auto name = text_at(source, at, "workflow");
    if (name.empty()) return;
    const json with = source.value("with", json::object());
    canonical["with"] = with;
    node.value = value(with, at + "/with");
    if (std::find(nesting_.begin(), nesting_.end(), name) != nesting_.end()) {
        return add(at + "/workflow", "workflow \"" + name + "\" would contain itself");
    }
    // A stored definition holds what it nests.
    const json* inner = source.contains("definition") ? &source.at("definition")
                        : others_                     ? others_(name)
                                                      : nullptr;
    if (inner == nullptr || !inner->is_object()) {
        return add(at + "/workflow", "no workflow \"" + name + "\"");
    }
    if (inner->contains("exclusive")) {
        return add(at + "/workflow", "workflow \"" + name +
                                         "\" is exclusive and cannot be nested: two runs could "
                                         "wait for each other. Use its steps, and make this "
                                         "workflow exclusive");
    }
    if (inner->contains("input") && !inner->at("input").is_null()) {
        try {
            node.schema = std::make_shared<const Schema>(inner->at("input"));
        } catch (const Error& e) {
            add(at + "/workflow", "its input schema: " + e.message());
        }
    }
    const auto prefix = std::exchange(scope_.prefix, scope_.prefix + node.id.size() + 1);
    auto body = this->body(name, *inner, at + "/definition");
    scope_.prefix = prefix;
    node.blocks.push_back(std::move(body.block));
    node.result = std::move(body.result);
    canonical["definition"] = {{"steps", std::move(body.steps)},
                               {"result", std::move(body.result_source)}};
    if (inner->contains("input")) canonical["definition"]["input"] = inner->at("input");
}

void NodeReader::sleep(const json& source, const std::string& at, Node& node) {
    node.kind = Node::Kind::kSleep;
    const auto& given = source.at("sleep");
    node.value = value(given, at + "/sleep");
    const bool literal = node.value && node.value->references().empty();
    if (literal && !(given.is_string() && (given.get<std::string>().starts_with("${") ||
                                           parse_duration(given.get<std::string>())))) {
        add(at + "/sleep", "expected a duration such as \"30s\", found " + describe(given));
    }
}

void NodeReader::wait(const json& source, const std::string& at, Node& node) {
    node.kind = Node::Kind::kWait;
    node.signal = text_at(source, at, "wait");
    if (!node.signal.empty()) check_id(node.signal, at + "/wait");
    node.timeout = duration_at(source, at, "timeout");
}

}  // namespace gantry::host
