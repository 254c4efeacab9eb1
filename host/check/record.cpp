#include "check/record.hpp"

#include "base/error_json.hpp"
#include "base/schema.hpp"

#include <algorithm>

namespace gantry::host::check {
namespace {

const Interface& interface_served(Subject& subject, const std::string& name) {
    const auto& service = subject.manifest().service;
    if (!service || service->interface != name) skip("it does not serve " + name);
    return subject.interface();
}

json product_of(Subject& subject, const std::string& interface) {
    interface_served(subject, interface);
    if (!subject.contract().product.is_object()) {
        skip("contract.json has no \"product\" {id, data, change}");
    }
    return subject.contract().product;
}

// A decimal as text, which a connector may refuse to mix with other text.
bool is_number(const std::string& text) {
    return !text.empty() && text.find_first_not_of("+-.0123456789") == std::string::npos;
}

// "19.90" and "19.9".
bool same_decimal(const json& one, const json& other) {
    const auto trimmed = [](std::string text) {
        if (text.find('.') == std::string::npos) return text;
        text.erase(text.find_last_not_of('0') + 1);
        if (text.ends_with('.')) text.pop_back();
        return text;
    };
    return one.is_string() && other.is_string() && is_number(one) && is_number(other) &&
           trimmed(one) == trimmed(other);
}

// What any method may end with, whatever its interface lists.
bool of_every_method(const Error& error) {
    return error.error_class() != GANTRY_CLASS_PERMANENT && error.error_class() != GANTRY_CLASS_BUG;
}

}  // namespace

Record::Record(Subject& subject, const std::string& interface)
    : interface_name_(interface),
      product_(product_of(subject, interface)),
      id_(product_.at("id")),
      interface_(interface_served(subject, interface)),
      stage_(subject) {}

std::string Record::read_method() const {
    return is_erp() ? "retrieveProductErpDetails" : "retrieveProduct";
}

std::string Record::write_method() const {
    return is_erp() ? "updateProductErpData" : "updateProducts";
}

json Record::fields_of(const json& answer) const {
    if (is_erp()) return answer.at("data");
    return without(answer, {"/updated_at"});
}

End Record::ask(const std::string& method, const json& input, const std::string& key) {
    Ask ask;
    ask.input = input.dump();
    ask.key = key + "/" + method + "#1";
    const auto end = stage_.rig().method(stage_.instance(), method, std::move(ask));
    require(end.answered, method + " did not answer", "an answer", input);
    const auto& known = interface_.methods.at(method);
    if (end.error) {
        const auto name = code_name(end.error->code());
        const bool listed =
            std::find(known.errors.begin(), known.errors.end(), name) != known.errors.end();
        require(listed || of_every_method(*end.error), method + " ended with " + in_words(end),
                "an error that " + interface_name_ + " lists for it", input);
        return end;
    }
    require(!json::parse(end.output, nullptr, false).is_discarded(), method + " answered no JSON",
            "JSON", end.output);
    if (known.output_schema.is_object()) {
        const auto bad = Schema(known.output_schema).check(end.output);
        require(bad.empty(), "the answer of " + method + ": " + joined(bad),
                "what " + interface_name_ + " says", end.output);
    }
    return end;
}

json Record::call(const std::string& method, const json& input, const std::string& key) {
    const auto end = ask(method, input, key);
    require(!end.error, method + " ended with " + in_words(end), "success", input);
    return json::parse(end.output);
}

End Record::try_write(const json& data, const std::string& key, const json& more) {
    json input = {{"id", id_}, {"data", data}};
    if (more.is_object()) input.update(more);
    return ask(write_method(), input, key);
}

json Record::write(const json& data, const std::string& key) {
    return call(write_method(), {{"id", id_}, {"data", data}}, key);
}

End Record::restore(const json& snapshot, const json& written, const std::string& key) {
    return ask("restoreProduct", {{"snapshot", snapshot}, {"written", written}},
               key + "/compensate");
}

void require_refusal(const End& end, const std::string& what) {
    const bool refused = end.error && (end.error->error_class() == GANTRY_CLASS_PERMANENT ||
                                       end.error->error_class() == GANTRY_CLASS_INPUT);
    require(refused, what + " ended with " + in_words(end),
            "a refusal of class PERMANENT or INPUT");
    require((end.error->flags() & GANTRY_EF_NOT_APPLIED) != 0,
            what + " was refused with " + code_name(end.error->code()) + " without NOT_APPLIED",
            "NOT_APPLIED: nothing was changed", to_json(*end.error));
}

std::string version_of(const json& answer) { return answer.at("version"); }

void require_equal(const Record& record, const json& before, const json& now,
                   const std::string& when) {
    const bool same =
        record.fields_of(before) == record.fields_of(now) && version_of(before) == version_of(now);
    require(same, "the product is not as it was " + when, "every field and the version as before",
            {{"before", before}, {"now", now}});
}

std::string text_field(const Record& record) {
    for (const auto& [field, value] : record.change().items()) {
        if (value.is_string() && !is_number(value) && field != "status" && field != "handle" &&
            record.data().contains(field)) {
            return field;
        }
    }
    skip("the product's data and change have no free text in common");
}

void exact_or_refused(Record& record, const std::string& field, const json& value,
                      const std::string& what) {
    const auto before = record.read();
    const auto end = record.try_write({{field, value}});
    const auto now = record.read();
    if (end.error) {
        require_refusal(end, what);
        return require_equal(record, before, now, "after a refusal");
    }
    const auto found = record.fields_of(now).value(field, json(nullptr));
    const auto shown = [](const json& text) { return text.dump(-1, ' ', true).substr(0, 200); };
    require(found == value || same_decimal(found, value), what + " reads " + shown(found),
            "what was written: " + shown(value));
}

}  // namespace gantry::host::check
