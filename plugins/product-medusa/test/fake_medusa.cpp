// It does what the real one was seen to do: merge metadata, keep the ids of images that are given.
#include "fake_medusa.hpp"

namespace product_medusa {
namespace {

using gantry::testing::HttpRequest;
using gantry::testing::HttpResponse;

const std::string kProducts = "https://shop.example/admin/products";

HttpResponse ok(const json& body) { return {200, {}, body.dump()}; }

std::string id_in(const std::string& url) {
    const auto rest = url.substr(kProducts.size() + 1);
    return rest.substr(0, rest.find('?'));
}

json variant(const std::string& id, const std::string& size) {
    const json option = {{"id", "opt_1"}, {"title", "Size"}};
    return {{"id", id},
            {"title", size},
            {"sku", "SHIRT-" + size},
            {"material", nullptr},
            {"metadata", nullptr},
            {"variant_rank", 0},
            {"product_id", "prod_1"},
            {"updated_at", "2026-01-01"},
            {"images", json::array()},
            {"options", {{{"id", "optval_" + size}, {"value", size}, {"option", option}}}},
            {"prices",
             {{{"id", "price_" + id},
               {"amount", 19.95},
               {"currency_code", "eur"},
               {"variant_id", id}}}}};
}

json image(const std::string& id, const std::string& url, int rank) {
    return {{"id", id},
            {"url", url},
            {"rank", rank},
            {"metadata", nullptr},
            {"product_id", "prod_1"},
            {"updated_at", "2026-01-01"}};
}

// An image that is not bound is shown with every variant.
void show_images(json& product) {
    for (auto& one : product.at("variants")) one["images"] = product.at("images");
}

json find(const json& rows, const json& id) {
    for (const auto& row : rows) {
        if (row.at("id") == id) return row;
    }
    return nullptr;
}

json merged(json now, const json& given) {
    if (given.is_null() || given.empty()) return given;
    if (now.is_null()) now = json::object();
    for (const auto& [key, value] : given.items()) {
        if (value == "") {
            now.erase(key);
        } else {
            now[key] = value;
        }
    }
    return now;
}

json changed_variants(const json& now, const json& given, int& made) {
    json out = json::array();
    for (const auto& one : given) {
        json row = one.contains("id") ? find(now, one.at("id"))
                                      : variant("variant_new" + std::to_string(++made), "S");
        if (!one.contains("id")) row["prices"] = json::array();
        for (const auto& [name, value] : one.items()) {
            if (name != "options") row[name] = value;
        }
        out.push_back(row);
    }
    return out;
}

}  // namespace

json shirt() {
    json out = {{"id", "prod_1"},
                {"title", "Shirt"},
                {"subtitle", nullptr},
                {"description", nullptr},
                {"handle", "shirt"},
                {"status", "draft"},
                {"is_giftcard", false},
                {"discountable", true},
                {"thumbnail", nullptr},
                {"weight", 250},
                {"type_id", nullptr},
                {"collection_id", nullptr},
                {"metadata", {{"season", "summer"}}},
                {"created_at", "2026-01-01"},
                {"updated_at", "2026-01-01"},
                {"deleted_at", nullptr},
                {"type", nullptr},
                {"collection", nullptr},
                {"tags", json::array()},
                {"categories", json::array()},
                {"sales_channels", json::array()}};
    out["images"] = {image("img_1", "https://x/1.png", 0), image("img_2", "https://x/2.png", 1)};
    json values = json::array();
    for (const std::string size : {"M", "S"}) {
        values.push_back({{"id", "optval_" + size}, {"value", size}, {"option_id", "opt_1"}});
    }
    out["options"] = {{{"id", "opt_1"}, {"title", "Size"}, {"values", values}}};
    out["variants"] = {variant("variant_m", "M"), variant("variant_s", "S")};
    show_images(out);
    return out;
}

HttpResponse refusal(int status, const std::string& type, const std::string& message) {
    return {status, {}, json{{"type", type}, {"message", message}}.dump()};
}

FakeMedusa::FakeMedusa(gantry::testing::Host& host) : host_(host) {
    auto& http = host.http();
    const auto written = [this](const HttpResponse& answer) {
        if (const auto error = std::exchange(instead_of_reply, std::nullopt)) {
            throw gantry::Error(*error);
        }
        return answer;
    };
    http.on("GET", kProducts + "/*").does([this](const HttpRequest& request) {
        return get(id_in(request.url));
    });
    http.on("GET", kProducts + "?*").does([this](const HttpRequest& request) {
        return list(request.url);
    });
    http.on("POST", kProducts + "/*").does([this, written](const HttpRequest& request) {
        if (const auto first = std::exchange(before_write, {})) first();
        if (const auto refused = std::exchange(refuses, std::nullopt)) return *refused;
        return written(post(id_in(request.url), request.json()));
    });
    http.on("POST", kProducts + "?*").does([this, written](const HttpRequest& request) {
        return written(create(request.json()));
    });
    http.on("DELETE", kProducts + "/*").does([this](const HttpRequest& request) {
        json left = json::array();
        for (const auto& one : products) {
            if (one.at("id") != id_in(request.url)) left.push_back(one);
        }
        products = left;
        return ok({{"deleted", true}});
    });
}

std::size_t FakeMedusa::writes() const {
    const auto all = host_.http().requests();
    return static_cast<std::size_t>(
        std::count_if(all.begin(), all.end(), [](const auto& one) { return one.method != "GET"; }));
}

json FakeMedusa::last_body() const {
    json out;
    for (const auto& request : host_.http().requests()) {
        if (request.method == "POST") out = request.json();
    }
    return out;
}

HttpResponse FakeMedusa::get(const std::string& id) {
    const auto found = find(products, id);
    if (found.is_null()) return refusal(404, "not_found", "Product not found");
    return ok({{"product", found}});
}

HttpResponse FakeMedusa::list(const std::string& url) {
    const auto number = [&](const std::string& name, std::size_t otherwise) {
        const auto at = url.find('&' + name + '=');
        return at == std::string::npos ? otherwise : std::stoul(url.substr(at + name.size() + 2));
    };
    const auto from = std::min(number("offset", 0), products.size());
    const auto to = std::min(from + number("limit", 50), products.size());
    const auto at = [&](std::size_t n) { return products.begin() + static_cast<long>(n); };
    return ok({{"products", json(at(from), at(to))}, {"count", products.size()}});
}

HttpResponse FakeMedusa::post(const std::string& id, const json& body) {
    for (auto& row : products) {
        if (row.at("id") != id) continue;
        for (const auto& [name, value] : body.items()) {
            if (name == "metadata") {
                row[name] = merged(row.at(name), value);
            } else if (name == "images") {
                json images = json::array();
                for (const auto& one : value) {
                    const auto given = one.value("id", "img_new" + std::to_string(made_ + 1));
                    if (!one.contains("id")) ++made_;
                    images.push_back(image(given, one.at("url"), static_cast<int>(images.size())));
                }
                row[name] = images;
            } else if (name == "variants") {
                row[name] = changed_variants(row.at(name), value, made_);
            } else {
                row[name] = value;
            }
        }
        if (const auto then = std::exchange(after_write, {})) then(row);
        show_images(row);
        row["updated_at"] = std::to_string(++made_);
        return ok({{"product", row}});
    }
    return refusal(404, "not_found", "Product with id \"" + id + "\" not found");
}

HttpResponse FakeMedusa::create(const json& body) {
    for (const auto& row : products) {
        if (row.at("handle") != body.value("handle", "shirt")) continue;
        return refusal(400, "invalid_data", "Product with handle: shirt, already exists.");
    }
    auto row = shirt();
    for (const auto& [name, value] : body.items()) {
        if (name != "variants" && name != "options") row[name] = value;
    }
    row["id"] = "prod_new" + std::to_string(++made_);
    products.push_back(row);
    return ok({{"product", row}});
}

}  // namespace product_medusa
