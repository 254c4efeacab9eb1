#include "record.hpp"

#include <algorithm>

#include "mapping/decimal.hpp"
#include "sql/sha256.hpp"
#include "wire.hpp"

namespace erp_tryton {
namespace {

using gantry::Error;
using Of = Column::Of;

// 3 of "1000", -3 of "0.001"; nothing for what is no power of ten.
std::optional<int> power_of_ten(std::string factor) {
    const auto point = std::min(factor.find('.'), factor.size());
    const auto one = factor.find('1');
    if (one == std::string::npos) return std::nullopt;
    factor.erase(one, 1);
    if (factor.find_first_not_of(".0") != std::string::npos) return std::nullopt;
    return one < point ? static_cast<int>(point - one) - 1 : -static_cast<int>(one - point);
}

json unit_of(const Column& column, const json& row) {
    return row.value(column.name + "_uom.", json());
}

// `value` in our unit.
json converted(const Column& column, const json& value, const json& theirs) {
    if (value.is_null() || !column.unit || theirs.is_null()) return value;
    if (theirs.at("symbol") == column.unit->symbol) return value;
    const auto from = power_of_ten(decimal_of(theirs.at("factor")));
    const auto to = power_of_ten(column.unit->factor);
    if (!from || !to) return nullptr;
    return mapping::shifted(value, *from - *to);
}

json writer_of(const json& row) {
    const auto& writer = row.at("write_uid");
    return writer.is_null() ? row.at("create_uid") : writer;
}

bool is_row(const json& row) {
    if (!row.is_object() || !row.contains("id") || !row.contains("products.")) return false;
    const auto& variants = row.at("products.");
    return variants.is_array() && std::all_of(variants.begin(), variants.end(), [](const json& v) {
               return v.is_object() && v.contains("id");
           });
}

}  // namespace

Record::Record(const Setup& setup, json row) : setup_(&setup), row_(std::move(row)) {
    if (!is_row(row_)) {
        throw Error(GANTRY_E_UNAVAILABLE, "Tryton answered a product without id or variants",
                    GANTRY_EF_NOT_APPLIED);
    }
    auto& variants = row_.at("products.");
    std::sort(variants.begin(), variants.end(),
              [](const json& a, const json& b) { return a.at("id") < b.at("id"); });
}

json Record::field_names(const Setup& setup) {
    json names = {"code",
                  "_timestamp",
                  "create_uid",
                  "write_uid",
                  "products.code",
                  "products.active",
                  "products._timestamp",
                  "products.create_uid",
                  "products.write_uid"};
    if (setup.has_attributes) names.push_back("products.attributes");
    for (const auto& column : setup.columns) {
        if (column.of == Of::kTemplate) names.push_back(column.name);
        if (column.of == Of::kVariant) names.push_back("products." + column.name);
        if (column.unit) {
            names.push_back(column.name + "_uom.symbol");
            names.push_back(column.name + "_uom.factor");
        }
    }
    return names;
}

json Record::value_of_variant(const Column& column, const json& variant) {
    if (column.of == Of::kVariant) return from_wire(column.type, variant.at(column.name));
    const auto& attributes = variant.at("attributes");
    if (!attributes.is_object()) return nullptr;
    return from_wire(column.type, attributes.value(column.name, json()));
}

json Record::value(const Column& column) const {
    if (column.of != Of::kTemplate) {
        return variants().empty() ? json() : value_of_variant(column, variants().front());
    }
    return converted(column, from_wire(column.type, row_.at(column.name)), unit_of(column, row_));
}

json Record::by_path() const {
    json out = json::object();
    for (const auto& column : setup_->columns) out[column.path] = value(column);
    return out;
}

json Record::erp_ids() const {
    json out = {{"template", std::to_string(id())}};
    if (!variants().empty()) {
        out["product"] = std::to_string(variants().front().at("id").get<long long>());
    }
    return out;
}

json Record::template_content() const {
    json out = json::object();
    for (const auto& column : setup_->columns) {
        if (column.of != Of::kTemplate) continue;
        const auto unit = column.unit ? unit_of(column, row_) : json();
        out[column.name] = {from_wire(column.type, row_.at(column.name)),
                            unit.is_null() ? unit : unit.at("symbol")};
    }
    return out;
}

json Record::variant_content(const json& variant) const {
    json out = {{"id", variant.at("id")}};
    for (const auto& column : setup_->columns) {
        if (column.of != Of::kTemplate) out[column.path] = value_of_variant(column, variant);
        if (column.path == "template.active") out["active"] = variant.at("active");
    }
    return out;
}

std::string Record::version() const {
    json all = {{"id", id()}, {"template", template_content()}, {"variants", json::array()}};
    for (const auto& variant : variants()) all["variants"].push_back(variant_content(variant));
    return plugin_sql::sha256_hex(all.dump()).substr(0, 32);
}

json Record::timestamps() const {
    json out = {{"product.template," + std::to_string(id()), row_.at("_timestamp")}};
    for (const auto& variant : variants()) {
        out["product.product," + std::to_string(variant.at("id").get<long long>())] =
            variant.at("_timestamp");
    }
    return out;
}

bool only_by(long long user, const Record& now, const Record* before) {
    const auto is_by = [&](const json& row) { return writer_of(row) == user; };
    const auto& variants = now.variants();
    if (before == nullptr) {
        return is_by(now.row()) && std::all_of(variants.begin(), variants.end(), is_by);
    }
    const auto& old = before->variants();
    return is_by(now.row()) &&
           std::equal(variants.begin(), variants.end(), old.begin(), old.end(),
                      [&](const json& one, const json& was) {
                          if (one.at("id") != was.at("id")) return false;
                          return now.variant_content(one) == before->variant_content(was) ||
                                 is_by(one);
                      });
}

bool last_by(long long user, const Record& now) {
    auto rows = now.variants();
    rows.push_back(now.row());
    std::string last;  // seconds and microseconds, always as many digits
    for (const auto& row : rows) last = std::max(last, row.at("_timestamp").get<std::string>());
    return std::all_of(rows.begin(), rows.end(), [&](const json& row) {
        return row.at("_timestamp") != last || writer_of(row) == user;
    });
}

}  // namespace erp_tryton
