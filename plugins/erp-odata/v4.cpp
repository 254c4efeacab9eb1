// OData V4: decimals are JSON numbers, records stand bare with annotations beside them.
#include "protocol.hpp"

namespace erp_odata {
namespace {

class V4 : public Protocol {
public:
    std::string literal(const json& value, const Property& property) const override {
        if (!property.is_decimal() || !value.is_string()) return value.dump();
        // A decimal is a JSON number, digit by digit; "INF" and "NaN" are texts.
        const auto digits = value.get<std::string>();
        return json::parse(digits, nullptr, false).is_number() ? digits : value.dump();
    }
    json value(const json& raw, const Property& property) const override {
        return canonical(raw, property);
    }
    json shown(const json& value, const Property&) const override { return value; }
    std::string key_literal(const json& value, const Property& property) const override {
        if (!value.is_string()) return value.dump();
        return property.is_text() ? quoted(value) : value.get<std::string>();
    }

    json entity(const json& answer) const override { return answer.is_object() ? answer : json(); }
    json entities(const json& answer) const override {
        return answer.is_object() ? answer.value("value", json()) : json();
    }
    std::string next(const json& answer) const override { return text(answer, "@odata.nextLink"); }
    std::string etag(const json& entity) const override { return text(entity, "@odata.etag"); }
    json children(const json& entity, const std::string& navigation) const override {
        return entity.value(navigation, json::array());
    }
    std::string children_text(const std::string& text) const override { return "[" + text + "]"; }
    std::string selection(const std::string& properties,
                          const std::string& navigation) const override {
        return "$select=" + properties + (navigation.empty() ? "" : "&$expand=" + navigation);
    }

private:
    static std::string text(const json& from, const char* name) {
        const auto found = from.find(name);
        return found != from.end() && found->is_string() ? found->get<std::string>() : "";
    }
};

}  // namespace

std::unique_ptr<const Protocol> protocol_v4() { return std::make_unique<V4>(); }

}  // namespace erp_odata
