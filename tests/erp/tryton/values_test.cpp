// Random values against a real Tryton, each way: what is accepted reads back equal, what is refused
// changed nothing, every undo is exact.
#include "erp/tryton/tryton.hpp"
#include "support/erp/values_trial.hpp"

namespace gantry::test {
namespace {

const json kAttributes = {{"v_char", "char"},       {"v_float", "float"},
                          {"v_numeric", "numeric"}, {"v_integer", "integer"},
                          {"v_boolean", "boolean"}, {"v_date", "date"},
                          {"v_grade", "float"},     {"v_choice", "selection"}};

json find(const std::string& model, const json& domain) {
    return Tryton::get().call("model." + model + ".search", json::array({domain, 0, 1, nullptr}));
}

/// The attribute set with one of each type; a server has it from the first test on that asks.
int attribute_set() {
    const auto found = find("product.attribute.set", json::array({{"name", "=", "values"}}));
    if (!found.empty()) return found.at(0);
    json all = json::array();
    for (const auto& [name, type] : kAttributes.items()) {
        json one = {{"name", name}, {"string", name}, {"type_", type}};
        if (type == "selection") one["selection"] = "a:A\nb:B";
        all.push_back(one);
    }
    const json set = {{"name", "values"},
                      {"attributes", json::array({json::array({"create", all})})}};
    return Tryton::get()
        .call("model.product.attribute.set.create", json::array({json::array({set})}))
        .at(0);
}

const json kMapping = {
    {"fields",
     {{"title", {{"to", "template.name"}, {"required", true}, {"max_length", 60}}},
      {"description", {{"to", "product.description"}, {"type", "text"}}},
      {"status",
       {{"to", "template.active"},
        {"required", true},
        {"values", {{"published", true}, {"draft", false}}}}},
      {"price", {{"to", "template.list_price"}, {"type", "decimal"}}},
      {"cost", {{"to", "product.cost_price"}, {"type", "decimal"}, {"decimals", 4}}},
      {"kind",
       {{"to", "template.type"},
        {"required", true},
        {"values", {{"thing", "goods"}, {"help", "service"}}}}},
      {"weight", {{"to", "template.weight"}, {"type", "integer"}, {"unit", "g"}}},
      {"length", {{"to", "template.length"}, {"type", "decimal"}, {"unit", "mm"}}},
      {"height", {{"to", "template.height"}, {"type", "decimal"}, {"unit", "m"}, {"shift", -1}}},
      {"char", {{"to", "attributes.v_char"}, {"max_length", 12}}},
      {"float", {{"to", "attributes.v_float"}, {"type", "decimal"}}},
      {"numeric", {{"to", "attributes.v_numeric"}, {"type", "decimal"}}},
      {"integer", {{"to", "attributes.v_integer"}, {"type", "integer"}}},
      {"boolean", {{"to", "attributes.v_boolean"}, {"type", "boolean"}}},
      {"date", {{"to", "attributes.v_date"}, {"type", "date"}}},
      {"grade", {{"to", "attributes.v_grade"}, {"values", {{"low", 1}, {"high", 0.01207}}}}},
      {"choice", {{"to", "attributes.v_choice"}, {"values", {{"first", "a"}, {"second", "b"}}}}}}}};

class TrytonValues : public testing::Test {
protected:
    TrytonValues() {
        std::ofstream(folder_ / "mapping.json") << kMapping;
        Tryton::get().make(id_, {{"attribute_set", attribute_set()}});
        auto options = Tryton::get().options(Tryton::get().port());
        options["mapping"] = (folder_ / "mapping.json").string();
        trial_.emplace("erp-tryton", options, id_,
                       [this] { return Tryton::get().product(id_).dump(); });
        trial_->refuses_with_200 = "Tryton refuses";
        const auto listed = [this](const char* name) {
            trial_->drawn_otherwise[name] = [this, values = kMapping["fields"][name]["values"]] {
                if (random().dares(40)) return Drawn{nullptr, nullptr};
                const auto at = random().from_to<std::size_t>(0, values.size() - 1);
                const auto& key =
                    random().dares(20)
                        ? "other"
                        : std::next(values.begin(), static_cast<std::ptrdiff_t>(at)).key();
                return Drawn{key, key};
            };
        };
        for (const char* name : {"status", "kind", "grade", "choice"}) listed(name);
    }

    // Puts values there as Tryton's own clients do. Returns what the connector is to read.
    json put_theirs() {
        auto& draw = random();
        json of_template = {{"name", "x" + draw.text(draw.from_to<std::size_t>(0, 59))}};
        json of_variant = json::object();
        json meant = {{"title", of_template["name"]}};
        of_variant["description"] =
            draw.one_in(9) ? json() : json(draw.text(draw.one_in(5) ? 0 : 80));
        meant["description"] = of_variant["description"];
        const auto number = [&](const char* ours, json& values, const char* theirs) {
            const auto drawn = draw.decimal(20, 4);
            values[theirs] = decimal(drawn.given);
            meant[ours] = drawn.meant;
        };
        number("price", of_template, "list_price");
        number("cost", of_variant, "cost_price");
        const int weight = draw.from_to(-9999, 999'999);
        const bool grams = draw.one_in(2);
        of_template["weight"] = grams ? weight : weight / 100.0;
        of_template["weight_uom"] = unit(grams ? "g" : "kg");
        meant["weight"] = grams ? weight : weight * 10;
        if (draw.one_in(6)) of_template["weight_uom"] = unit("lb");
        if (of_template["weight_uom"] == unit("lb")) meant["weight"] = nullptr;
        of_template["length"] = draw.one_in(5) ? json(1e300) : json(0.5);
        of_template["length_uom"] = unit("ft");
        of_variant["attributes"] = draw.one_in(9) ? json() : attributes(meant);
        if (of_variant["attributes"].is_null())
            for (const auto& [name, unused] : kAttributes.items()) meant[name.substr(2)] = nullptr;
        const json variant = Tryton::get().product(id_)["products."][0]["id"];
        of_template["products"] = json::array({{"write", json::array({variant}), of_variant}});
        Tryton::get().write(id_, of_template);
        return meant;
    }

    json attributes(json& meant) {
        auto& draw = random();
        json out = {{"v_other", 0.1 + draw.from_to(0, 1'000'000)},
                    {"v_null", nullptr}};  // which nobody maps
        const auto put = [&](const std::string& name, const json& value, const json& read) {
            const int what = draw.from_to(0, 9);
            meant[name] = what < 2 ? json() : read;
            if (what > 0) out["v_" + name] = what == 1 ? json() : value;
        };
        const auto text = draw.text(draw.from_to<std::size_t>(0, 30));
        put("char", text, text);
        const auto digits = draw.decimal(9, 6);
        put("float", json::parse(digits.meant.get<std::string>()), digits.meant);
        const auto numeric = draw.decimal(40, 20);
        put("numeric", decimal(numeric.given), numeric.meant);
        const auto whole = draw.whole();
        put("integer", whole, whole);
        const bool yes = draw.one_in(2);
        put("boolean", yes, yes);
        const auto day = draw.day();
        const auto part = [&](std::size_t from, std::size_t size) {
            return std::stoi(day.substr(from, size));
        };
        put("date",
            {{"__class__", "date"},
             {"year", part(0, 4)},
             {"month", part(5, 2)},
             {"day", part(8, 2)}},
            day);
        put("grade", draw.one_in(2) ? json(1) : json(1.0), "low");
        put("choice", "b", "second");
        return out;
    }

    json unit(const std::string& symbol) {
        auto& id = units_[symbol];
        if (id.is_null()) {
            id = find("product.uom", json::array({{"symbol", "=", symbol}})).at(0);
        }
        return id;
    }

    RandomValues& random() { return trial_->random; }

    TempDir folder_;
    const std::string id_ = new_id(testing::UnitTest::GetInstance()->current_test_info()->name());
    std::map<std::string, json> units_;
    std::optional<ValuesTrial> trial_;
};

TEST_F(TrytonValues, what_it_accepts_reads_back_equal_and_what_it_refuses_changed_nothing) {
    trial_->change_and_undo_many();
}

TEST_F(TrytonValues, what_stands_there_is_read_as_it_is_and_each_undo_brings_it_back) {
    trial_->read_change_and_undo_many([this] { return put_theirs(); });
}

}  // namespace
}  // namespace gantry::test
