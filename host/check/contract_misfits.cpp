// Each name is looked up where it is used, so that a mistake has its line.
#include "check/contract_misfits.hpp"

#include "base/error_json.hpp"
#include "base/nearest.hpp"
#include "check/check.hpp"
#include "flow/expression.hpp"
#include "plugin/interface.hpp"

#include <algorithm>
#include <chrono>

namespace gantry::host::check {
namespace {

using Names = std::vector<std::string>;

class Misfits {
public:
    Misfits(const Document& contract, const Manifest* manifest, Problems& problems)
        : contract_(contract), manifest_(manifest), problems_(problems) {
        if (manifest_ == nullptr || !manifest_->service) return;
        interface_ = interface_of(*manifest_->service);
        for (const auto& [name, unused] : interface_.methods) methods_.push_back(name);
    }

    void find() {
        const auto& root = contract_.root();
        std::size_t n = 0;
        for (const auto& one : root.value("scenarios", json::array())) {
            scenario(one, child("/scenarios", n++));
        }
        product(root.value("product", json::object()));
        const json services = root.value("services", json::object());
        for (const auto& [name, methods] : services.items()) {
            const auto at = child("/services", name);
            required(at, name);
            for (const auto& [method, answer] : methods.items()) {
                error(child(at, method), answer);
            }
        }
        n = 0;
        for (const auto& one : root.value("skip", json::array())) skip(one, child("/skip", n++));
    }

private:
    void add(const std::string& at, const std::string& message) {
        problems_.add(contract_.place(at), dotted(at), message);
    }

    void known(const std::string& at, const std::string& kind, const std::string& name,
               const Names& names) {
        if (std::find(names.begin(), names.end(), name) != names.end()) return;
        add(at, "unknown " + kind + " \"" + name + "\"." +
                    (names.empty() ? " The plugin has none" : did_you_mean_or_known(name, names)));
    }

    void product(const json& product) {
        if (!product.is_object() || !product.contains("change")) return;
        for (const auto& [field, value] : product.at("change").items()) {
            if (product.at("data").value(field, json()) != value) return;
        }
        add("/product/change", "it changes nothing of \"data\"; expected other values");
    }

    // Of the plugin's own service; absent keys are the schema's matter.
    void method(const std::string& at, const json& of, const char* key) {
        if (manifest_ == nullptr || !of.contains(key)) return;
        // An interface that nobody knows is for a check to tell.
        if (manifest_->service && interface_.methods.empty()) return;
        known(child(at, key), "method", of.at(key), methods_);
    }

    void required(const std::string& at, const std::string& name) {
        if (manifest_ == nullptr) return;
        Names names;
        for (const auto& one : manifest_->requirements) names.push_back(one.name);
        known(at, "service", name, names);
    }

    void error(const std::string& at, const json& of) {
        if (!of.contains("error")) return;
        const auto& name = of.at("error").get_ref<const std::string&>();
        if (code_name(code_named(name)) != name)
            known(child(at, "error"), "error", name, code_names());
    }

    void scenario(const json& one, const std::string& at) {
        if (one.contains("step") == one.contains("method")) {
            add(at, "a scenario has a \"step\" or a \"method\", one of both");
        }
        if (manifest_ != nullptr && one.contains("step")) {
            Names steps;
            for (const auto& step : manifest_->steps) steps.push_back(step.name);
            known(child(at, "step"), "step", one.at("step"), steps);
        }
        method(at, one, "method");
        error(at, one);
        if (one.contains("error") && one.contains("output")) {
            add(at, "a scenario expects an \"output\" or an \"error\", one of both");
        }
        input(at, one);
        std::size_t n = 0;
        for (const auto& prepared : one.value("prepare", json::array())) {
            method(child(child(at, "prepare"), n++), prepared, "method");
        }
        if (one.contains("undo")) {
            if (one.contains("step")) {
                add(child(at, "undo"), "a step is taken back by its own compensate; expected none");
            } else {
                for (const char* key : {"record", "call"}) {
                    method(child(at, "undo"), one.at("undo"), key);
                }
                made_of(child(at, "undo"), one.at("undo"), "record_with", {"input"});
                made_of(child(at, "undo"), one.at("undo"), "with", {"input", "output", "undo"});
            }
        }
        if (one.contains("probe")) probe(one.at("probe"), child(at, "probe"));
        n = 0;
        for (const auto& pointer : one.value("ignore", json::array())) {
            const auto& text = pointer.get_ref<const std::string&>();
            if (!is_pointer(text)) {
                add(child(child(at, "ignore"), n),
                    "found \"" + text + "\", expected a JSON pointer, as in \"/updated_at\"");
            }
            ++n;
        }
    }

    void made_of(const std::string& at, const json& of, const char* key, const Names& roots) {
        if (!of.contains(key)) return;
        try {
            for (const auto& one : Template(of.at(key)).references()) {
                known(child(at, key), "root", one.root, roots);
            }
        } catch (const Error& e) {
            add(child(at, key), e.message());
        }
    }

    // A host would refuse it before the plugin sees it.
    void input(const std::string& at, const json& one) {
        json schema;
        if (one.contains("method")) {
            const auto it = interface_.methods.find(one.at("method").get<std::string>());
            if (it != interface_.methods.end()) schema = it->second.input_schema;
        } else if (manifest_ != nullptr && one.contains("step")) {
            for (const auto& step : manifest_->steps) {
                if (step.name == one.at("step")) schema = step.input;
            }
        }
        if (schema.is_null()) return;
        try {
            for (const auto& bad : Schema(schema).check(one.at("input").dump())) {
                add(child(at, "input") + bad.pointer, bad.message);
            }
        } catch (const Error&) {  // a schema that is none is for a check to tell
        }
    }

    void probe(const json& one, const std::string& at) {
        const char* const how = one.contains("post") ? "post" : "get";
        const auto given = one.contains("method") + one.contains("get") + one.contains("post");
        if (given != 1) {
            add(at, "a probe has a \"method\", a \"get\" or a \"post\", one of them");
        } else if (!one.contains("method")) {
            const auto& url = one.at(how).get_ref<const std::string&>();
            if (!url.starts_with("http://") && !url.starts_with("https://")) {
                add(child(at, how), "found \"" + url + "\", expected an http or https URL");
            }
            if (one.contains("service") || one.contains("input")) {
                add(at, std::string("\"") + how + "\" goes with \"headers\" only");
            }
            if (one.contains("get") && one.contains("body")) {
                add(at, "\"body\" goes with \"post\" only");
            }
        } else if (one.contains("headers") || one.contains("body")) {
            add(at, "\"headers\" and \"body\" go with \"get\" and \"post\" only");
        } else if (one.contains("service")) {
            required(child(at, "service"), one.at("service"));
        } else {
            method(at, one, "method");
        }
    }

    static bool is_pointer(const std::string& text) {
        try {
            return !json::json_pointer(text).empty();
        } catch (const json::exception&) {
            return false;
        }
    }

    void skip(const json& one, const std::string& at) {
        Names ids;
        for (const auto& check : all_checks()) ids.emplace_back(check.id);
        known(child(at, "id"), "check", one.at("id"), ids);
        const std::string& until = one.at("until").get_ref<const std::string&>();
        const auto number = [&](std::size_t from, std::size_t size) {
            return static_cast<unsigned>(std::stoul(until.substr(from, size)));
        };
        const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(number(0, 4))),
                                               std::chrono::month(number(5, 2)),
                                               std::chrono::day(number(8, 2))};
        if (!date.ok()) add(child(at, "until"), "found " + until + ", which no calendar has");
    }

    const Document& contract_;
    const Manifest* manifest_;
    Problems& problems_;
    Interface interface_;
    Names methods_;
};

}  // namespace

void find_misfits(const Document& contract, const Manifest* manifest, Problems& problems) {
    Misfits(contract, manifest, problems).find();
}

}  // namespace gantry::host::check
