// Six requests, one of them to sign in; and one more for each constant that names a record.
#include "setup.hpp"

#include <algorithm>

#include "builtin_mapping.hpp"
#include "wire.hpp"

namespace erp_tryton {
namespace {

using gantry::Call;
using gantry::Error;

json search(const Call& call, Server& server, const json& context, const std::string& model,
            const json& domain, const json& fields) {
    return server.call(call, "model." + model + ".search_read",
                       {domain, 0, nullptr, nullptr, fields, context}, Effect::kReads);
}

json fields_of(const Call& call, Server& server, const json& context, const std::string& model) {
    return server.call(call, "model." + model + ".fields_get", {json::array(), context},
                       Effect::kReads);
}

Models models_of(const Call& call, Server& server, const json& context) {
    Models out;
    out.of_template = fields_of(call, server, context, "product.template");
    out.of_variant = fields_of(call, server, context, "product.product");
    out.attributes = json::object();
    if (out.of_variant.contains("attributes")) {
        for (const auto& one :
             search(call, server, context, "product.attribute", json::array(), {"name", "type_"})) {
            out.attributes[one.at("name").get<std::string>()] = {{"type", one.at("type_")}};
        }
    }
    for (const auto& one :
         search(call, server, context, "product.uom", json::array(), {"symbol", "factor"})) {
        out.units.push_back({one.at("id"), one.at("symbol"), decimal_of(one.at("factor"))});
    }
    return out;
}

// Constants of a new record: a unit is named by its symbol, another record by its name.
class Constants {
public:
    Constants(const Call& call, Server& server, const json& context, const Models& models)
        : call_(call), server_(server), context_(context), models_(models) {}

    json of(const json& source) {
        json out = {{"template", json::object()},
                    {"product", json::object()},
                    {"attributes", json::object()}};
        for (const auto& [path, value] : source.items()) {
            const auto point = path.find('.');
            const auto where = path.substr(0, point);
            if (point == std::string::npos || !out.contains(where)) {
                add(path, "expected template.NAME, product.NAME or attributes.NAME");
                continue;
            }
            const auto name = path.substr(point + 1);
            const auto& known = where == "template"  ? models_.of_template
                                : where == "product" ? models_.of_variant
                                                     : models_.attributes;
            if (!known.contains(name)) {
                add(path, "Tryton has no such field" + did_you_mean(name, known));
            } else {
                out[where][name] = resolved(path, known.at(name), value);
            }
        }
        return out;
    }

    const std::vector<std::string>& mistakes() const { return mistakes_; }

private:
    void add(const std::string& path, const std::string& what) {
        mistakes_.push_back("mapping.constants." + path + ": " + what);
    }

    json resolved(const std::string& path, const json& field, const json& value) {
        if (field.at("type") != "many2one" || !value.is_string()) return value;
        const std::string model = field.at("relation");
        const char* by = model == "product.uom" ? "symbol" : "rec_name";
        const auto found =
            search(call_, server_, context_, model, json::array({{by, "=", value}}), {"id"});
        if (!found.empty()) return found[0].at("id");
        add(path, "no " + model + " with " + by + ' ' + value.dump());
        return nullptr;
    }

    const Call& call_;
    Server& server_;
    const json& context_;
    const Models& models_;
    std::vector<std::string> mistakes_;
};

[[noreturn]] void refuse(const std::vector<std::string>& mistakes) {
    std::string all;
    for (const auto& one : mistakes) all += (all.empty() ? "" : "; ") + one;
    throw Error(GANTRY_E_CONFIG, all, GANTRY_EF_NOT_APPLIED);
}

}  // namespace

const Column& Setup::column(const std::string& path) const {
    return *std::find_if(columns.begin(), columns.end(),
                         [&](const Column& one) { return one.path == path; });
}

Preparation::Preparation(const json& options)
    : id_attribute_(options.value("id_attribute", "")), given_(json::object()) {
    for (const char* name : {"company", "language"}) {
        if (options.contains(name)) given_[name] = options.at(name);
    }
    if (!options.contains("mapping")) return;
    const auto given = mapping::Mapping::read(options.at("mapping"));
    file_ = mapping::read_source(options.at("mapping"));
    if (given.of_theirs("template.code") != nullptr && id_attribute_.empty()) {
        throw Error(GANTRY_E_CONFIG,
                    "mapping: template.code holds our product's id unless the option id_attribute "
                    "names an attribute for it; name one, or map another field");
    }
}

json Preparation::context(const Call& call, Server& server) const {
    const auto preferences =
        server.call(call, "model.res.user.get_preferences", {true, given_}, Effect::kReads);
    json out = given_;
    for (const char* name : {"company", "language"}) {
        const auto own = preferences.value(name, json());
        if (!out.contains(name) && !own.is_null()) out[name] = own;
    }
    return out;
}

// A file has to fit; of what is built in only what does is taken.
mapping::Mapping Preparation::fitting(const Models& models) const {
    auto source = file_.value_or(builtin_mapping());
    const auto columns = columns_of(mapping::Mapping(source), models);
    std::vector<std::string> mistakes;
    for (const auto& [ours, what] : columns.mistakes) {
        if (file_) {
            mistakes.push_back("mapping." + ours + ": " + what);
        } else {
            source.at("fields").erase(ours);
        }
    }
    if (!id_attribute_.empty() && !models.attributes.contains(id_attribute_)) {
        mistakes.push_back("id_attribute: Tryton has no product attribute \"" + id_attribute_ +
                           '"' + did_you_mean(id_attribute_, models.attributes));
    }
    if (!mistakes.empty()) refuse(mistakes);
    return mapping::Mapping(completed(source, columns.all));
}

Setup Preparation::operator()(const Call& call, Server& server) const {
    const auto asked = context(call, server);
    const auto models = models_of(call, server, asked);
    auto mapping = fitting(models);
    Constants constants(call, server, asked, models);
    auto resolved = constants.of(mapping.constants());
    if (!constants.mistakes().empty()) refuse(constants.mistakes());
    auto columns = columns_of(mapping, models).all;
    return {std::move(mapping), std::move(columns), std::move(resolved), asked,
            models.of_variant.contains("attributes")};
}

}  // namespace erp_tryton
