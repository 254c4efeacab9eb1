// Ids become visible to expressions as their nodes are passed: what stands before can be used, what
// comes later, or runs beside, cannot. Longer than most: one function for each shape.
#include "flow/node_reader.hpp"

#include "base/describe.hpp"
#include "base/duration.hpp"
#include "base/nearest.hpp"
#include "flow/meant.hpp"

#include <algorithm>
#include <unordered_map>

namespace gantry::host {
namespace {

constexpr std::size_t kMaxNodes = 20'000;
constexpr std::size_t kMaxPath = 80;  // keys hold run, path and side in 128 bytes
constexpr std::size_t kItem = 8;      // "[12345]/" in the path of an item's step
constexpr std::size_t kMaxAtOnce = 1'000;

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

bool is_literal(const json& value) {
    return !value.is_string() || !value.get_ref<const std::string&>().starts_with("${");
}

}  // namespace

std::optional<Template> NodeReader::value(const json& source, const std::string& at) {
    try {
        Template compiled(source);
        uses_jq_ = uses_jq_ || compiled.uses_jq();
        for (const auto& reference : compiled.references()) check(reference, at);
        return compiled;
    } catch (const Error& e) {
        if (e.error_class() == GANTRY_CLASS_RETRYABLE) throw;  // it could not be looked at
        fields_.add(at, e.message());
        return std::nullopt;
    }
}

json usual_undo_with() { return {{"snapshot", "${ .undo }"}, {"written", "${ .output.version }"}}; }

std::optional<Template> NodeReader::own_value(const json& source, const std::string& at,
                                              std::initializer_list<const char*> roots) {
    try {
        Template compiled(source);
        uses_jq_ = uses_jq_ || compiled.uses_jq();
        for (const auto& reference : compiled.references()) {
            if (std::find(roots.begin(), roots.end(), reference.root) != roots.end()) continue;
            std::string list;
            for (const char* root : roots) list += (list.empty() ? "." : ", .") + std::string(root);
            fields_.add(at, "\"${ " + reference.text + " }\": known here: " + list);
        }
        return compiled;
    } catch (const Error& e) {
        if (e.error_class() == GANTRY_CLASS_RETRYABLE) throw;  // it could not be looked at
        fields_.add(at, e.message());
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
        fields_.add(at, "\"${ " + reference.text + " }\": " + why);
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
        return complain(
            "known here: .input, .steps, .errors, and .item and .index within a for_each");
    }
    const auto place = scope_.ids.place(*reference.step);
    if (place == VisibleIds::Place::kSeen) return;
    const bool elsewhere = place == VisibleIds::Place::kHidden;
    const bool later = has_id(scope_.source->value("steps", json()), *reference.step);
    complain(elsewhere ? "step \"" + *reference.step +
                             "\" runs beside this place, or within a for_each, and cannot be seen"
             : later ? "step \"" + *reference.step + "\" has not run yet at this place"
                     : "no step \"" + *reference.step + "\" in this workflow." +
                           did_you_mean(*reference.step, scope_.ids.seen()));
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
        fields_.add(steps == workflow.end() ? at : at + "/steps",
                    "expected \"steps\", a list of at least one");
    } else if (steps->size() > kMaxNodes) {
        fields_.add(at + "/steps",
                    "found " + std::to_string(steps->size()) + " steps, at most 20000");
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
    find_skipped(out);
    return out;
}

// Where the block goes on after a step that may fail has failed.
void NodeReader::find_skipped(Block& block) {
    std::unordered_map<std::string_view, std::size_t> places;
    std::vector<std::string> later;
    for (std::size_t i = block.size(); i-- > 0;) {
        auto& node = block[i];
        if (!node.skip_to.empty()) {
            const auto to = places.find(node.skip_to);
            if (to != places.end()) {
                node.goes_on = to->second;
            } else {
                fields_.add(steps_[node.step].pointer + "/skip_to",
                            "no later step \"" + node.skip_to + "\" in the same list of steps." +
                                did_you_mean(node.skip_to, later));
            }
        }
        places.emplace(node.id, i);
        later.push_back(node.id);
    }
}

void NodeReader::node(const json& source, const std::string& at, Block& block, json& canonical) {
    if (!source.is_object())
        return fields_.add(at, "expected a step, an object; found " + describe(source));
    if (++nodes_ > kMaxNodes) {
        if (nodes_ == kMaxNodes + 1) fields_.add(at, "more than 20000 steps in all");
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
        return fields_.add(
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
    scope_.ids.show(made.id);  // from here on
    block.push_back(std::move(made));
}

// Its keys and id. With a mistake of its own it is still a node that others may refer to.
bool NodeReader::open(const json& source, const std::string& at,
                      const std::vector<std::string>& keys, std::string default_id, Node& node,
                      json& canonical) {
    fields_.check_keys(source, at, keys);
    if (source.contains("id")) {
        node.id = id_of(source);
        if (!FieldReader::is_id(node.id)) {
            fields_.add(at + "/id", "an id has 1 to 64 letters, digits, '-', '_' and '.'");
            return false;
        }
    } else if (default_id.empty()) {
        fields_.add(at, "missing \"id\", a name for it in this workflow");
        return false;
    } else {
        node.id = std::move(default_id);
        if (!FieldReader::is_id(node.id)) {
            fields_.add(at, "\"" + node.id +
                                "\" cannot be an id: give it an \"id\" of letters, digits, "
                                "'-', '_' and '.'");
            return false;
        }
    }
    canonical["id"] = node.id;
    if (node.id == "compensate" && !stored_) {
        fields_.add(source.contains("id") ? at + "/id" : at,
                    "\"compensate\" cannot be an id: the keys of its calls would look like those "
                    "of an undo; give it another \"id\"");
    }
    if (scope_.prefix + node.id.size() > kMaxPath) {
        fields_.add(at, "its path could have " + std::to_string(scope_.prefix + node.id.size()) +
                            " characters, at most 80: shorten the ids here and around it");
    }
    if (!scope_.ids.add(node.id)) {
        fields_.add(at, "two steps with id \"" + node.id + "\"; give one of them another \"id\"");
        return false;
    }
    return true;
}

bool NodeReader::step(const json& source, const std::string& at, Node& node, json& canonical) {
    static const std::vector<std::string> kKeys = {"step",   "id",         "with",       "bind",
                                                   "invoke", "compensate", "on_failure", "skip_to"};
    const auto& name = source.at("step");
    if (!name.is_string() || name.get_ref<const std::string&>().empty()) {
        fields_.check_keys(source, at, kKeys);
        fields_.add(at + "/step", "expected the name of an exported step, found " + describe(name));
        return false;
    }
    if (!open(source, at, kKeys, id_of(source), node, canonical)) return false;
    StepReference what{name.get<std::string>()};
    const auto bind = source.find("bind");
    if (bind != source.end()) {
        if (!bind->is_object()) {
            fields_.add(at + "/bind",
                        "expected an object: a required name and the module that is meant");
        } else {
            for (const auto& [required, module] : bind->items()) {
                if (module.is_string()) {
                    what.bind.emplace(required, module.get<std::string>());
                } else {
                    fields_.add(at + "/bind/" + required,
                                "expected a module's name, found " + describe(module));
                }
            }
        }
    }
    leaf(source, at, std::move(what), node, canonical);
    return true;
}

bool NodeReader::call(const json& source, const std::string& at, Node& node, json& canonical) {
    if (!open(source, at,
              {"call", "id", "with", "undo", "invoke", "compensate", "on_failure", "skip_to"}, "",
              node, canonical)) {
        return false;
    }
    ServiceCall service;
    if (auto called = fields_.method(source, at, "call")) service.call = std::move(*called);
    const auto undo = source.find("undo");
    const bool has_undo = undo != source.end() && !undo->is_null();  // null: none, on purpose
    if (has_undo && !undo->is_object()) {
        fields_.add(at + "/undo", "expected an object with \"call\", or null");
    } else if (has_undo) {
        const std::string here = at + "/undo";
        fields_.check_keys(*undo, here, {"record", "record_with", "call", "with"});
        if (undo->contains("record")) service.record = fields_.method(*undo, here, "record");
        if (undo->contains("record_with")) {
            service.record_with =
                own_value(undo->at("record_with"), here + "/record_with", {"input"});
        }
        if (undo->contains("call")) {
            service.undo = fields_.method(*undo, here, "call");
        } else {
            fields_.add(here, "missing \"call\", the method that takes it back");
        }
        const json with = undo->value("with", usual_undo_with());
        canonical["undo"]["with"] = with;
        service.undo_with = own_value(with, here + "/with", {"input", "output", "undo"});
    }
    leaf(source, at, {"", std::move(service)}, node, canonical);
    return true;
}

void NodeReader::leaf(const json& source, const std::string& at, StepReference what, Node& node,
                      json& canonical) {
    const json with = source.value("with", json::object());
    canonical["with"] = with;
    auto compiled = value(with, at + "/with");
    node.kind = Node::Kind::kStep;
    node.step = steps_.size();
    steps_.push_back(
        {node.id, at, std::move(what), compiled ? std::move(*compiled) : Template(nullptr),
         fields_.policy(source, at, "invoke"), fields_.policy(source, at, "compensate")});
    on_failure(source, at, node);
    if (seen_) seen_(steps_.back());
}

void NodeReader::on_failure(const json& source, const std::string& at, Node& node) {
    const auto way = source.find("on_failure");
    if (way != source.end()) {
        node.may_fail = *way == "continue";
        if (!node.may_fail) {
            fields_.add(at + "/on_failure",
                        "found " + shown(*way) +
                            ", expected \"continue\": the run goes on without this step's "
                            "output. Leave it out to have the run reverted");
        }
    }
    if (!source.contains("skip_to")) return;
    node.skip_to = fields_.text_at(source, at, "skip_to");
    if (way == source.end()) {
        fields_.add(at + "/skip_to",
                    "it says where the run goes on after this step has failed, and is known beside "
                    "\"on_failure\": \"continue\" only");
    }
}

void NodeReader::parallel(const json& source, const std::string& at, Node& node, json& canonical) {
    node.kind = Node::Kind::kParallel;
    const auto& branches = source.at("parallel");
    if (!branches.is_array() || branches.empty()) {
        return fields_.add(at + "/parallel",
                           "expected a list of branches, each a step or a list of them");
    }
    std::vector<std::string> all;
    for (std::size_t i = 0; i < branches.size(); ++i) {
        const auto before = scope_.ids.mark();
        if (branches[i].empty()) {
            fields_.add(at + "/parallel/" + std::to_string(i), "expected at least one step");
        }
        node.blocks.push_back(
            block(branches[i], at + "/parallel/" + std::to_string(i), canonical["parallel"][i]));
        // One branch does not see into another; what comes after sees all of them.
        const auto hidden = scope_.ids.hide_since(before);
        all.insert(all.end(), hidden.begin(), hidden.end());
    }
    scope_.ids.show(all);
}

void NodeReader::when(const json& source, const std::string& at, Node& node, json& canonical) {
    node.kind = Node::Kind::kWhen;
    node.value = value(source.at("when"), at + "/when");
    if (is_literal(source.at("when")) && !source.at("when").is_boolean() && !stored_) {
        fields_.add(at + "/when", "expected true, false or an expression, found " +
                                      shown(source.at("when")) + "." +
                                      did_you_mean_expression(source.at("when")));
    }
    if (!source.contains("then"))
        return fields_.add(at, "missing \"then\", what is done if it is true");
    std::vector<std::string> all;
    for (const char* way : {"then", "otherwise"}) {
        node.blocks.emplace_back();
        if (!source.contains(way)) continue;
        const auto before = scope_.ids.mark();
        node.blocks.back() = block(source.at(way), at + "/" + way, canonical[way]);
        const auto hidden = scope_.ids.hide_since(before);
        all.insert(all.end(), hidden.begin(), hidden.end());
    }
    scope_.ids.show(all);
}

void NodeReader::for_each(const json& source, const std::string& at, Node& node, json& canonical) {
    node.kind = Node::Kind::kForEach;
    node.value = value(source.at("for_each"), at + "/for_each");
    if (is_literal(source.at("for_each")) && !source.at("for_each").is_array() && !stored_) {
        fields_.add(at + "/for_each", "expected a list or an expression, found " +
                                          shown(source.at("for_each")) + "." +
                                          did_you_mean_expression(source.at("for_each")));
    }
    if (!source.contains("do")) return fields_.add(at, "missing \"do\", what is done for each");
    if (source.contains("limit")) {
        const auto& limit = source.at("limit");
        if (limit.is_number_integer() && limit >= 1 && limit <= kMaxAtOnce) {
            node.limit = limit.get<std::size_t>();
        } else {
            fields_.add(at + "/limit",
                        "expected how many at once, 1 to 1000; found " + describe(limit));
        }
    }
    const auto before = scope_.ids.mark();
    const auto prefix = std::exchange(scope_.prefix, scope_.prefix + node.id.size() + kItem);
    ++scope_.each;
    node.blocks.push_back(block(source.at("do"), at + "/do", canonical["do"]));
    if (source.at("do").empty()) fields_.add(at + "/do", "expected at least one step");
    if (source.contains("result")) node.result = value(source.at("result"), at + "/result");
    --scope_.each;
    scope_.prefix = prefix;
    scope_.ids.hide_since(before);
}

void NodeReader::workflow(const json& source, const std::string& at, Node& node, json& canonical) {
    node.kind = Node::Kind::kWorkflow;
    const auto name = fields_.text_at(source, at, "workflow");
    if (name.empty()) return;
    const json with = source.value("with", json::object());
    canonical["with"] = with;
    node.value = value(with, at + "/with");
    if (std::find(nesting_.begin(), nesting_.end(), name) != nesting_.end()) {
        return fields_.add(at + "/workflow", "workflow \"" + name + "\" would contain itself");
    }
    // A stored definition holds what it nests.
    const json* inner = source.contains("definition") ? &source.at("definition")
                        : others_                     ? others_(name)
                                                      : nullptr;
    if (inner == nullptr || !inner->is_object()) {
        return fields_.add(at + "/workflow", "no workflow \"" + name + "\"");
    }
    if (inner->contains("exclusive")) {
        return fields_.add(at + "/workflow",
                           "workflow \"" + name +
                               "\" is exclusive and cannot be nested: two runs could "
                               "wait for each other. Use its steps, and make this "
                               "workflow exclusive");
    }
    if (inner->contains("input") && !inner->at("input").is_null()) {
        try {
            node.schema = std::make_shared<const Schema>(inner->at("input"));
        } catch (const Error& e) {  // one that is refused today was fine when it was written
            if (!stored_) fields_.add(at + "/workflow", "its input schema: " + e.message());
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
    const bool duration = given.is_string() && parse_duration(given.get<std::string>());
    if (is_literal(given) && !duration && !stored_) {
        fields_.add(at + "/sleep", "found " + shown(given) +
                                       ", expected a duration such as \"30s\", more than 0." +
                                       did_you_mean_expression(given));
    }
}

void NodeReader::wait(const json& source, const std::string& at, Node& node) {
    node.kind = Node::Kind::kWait;
    node.signal = fields_.text_at(source, at, "wait");
    if (!node.signal.empty()) fields_.check_id(node.signal, at + "/wait");
    node.timeout = fields_.duration_at(source, at, "timeout");
}

}  // namespace gantry::host
