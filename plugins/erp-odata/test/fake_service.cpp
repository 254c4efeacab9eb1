#include "fake_service.hpp"

#include "exact_json.hpp"

#include <regex>
#include <tuple>
#include <utility>

namespace erp_odata::test {
namespace {

std::string property(const char* name, const char* type, const std::string& more) {
    return std::string("<Property Name=\"") + name + "\" Type=\"" + type + "\" " + more + "/>";
}

std::string own_properties(int version) {
    std::string out =
        property("Product", "Edm.String", R"(MaxLength="40" Nullable="false")") +
        property("ProductType", "Edm.String", R"(MaxLength="4")") +
        property("BaseUnit", "Edm.String", R"(MaxLength="3")") +
        property("ProductOldID", "Edm.String", R"(MaxLength="40")") +
        property("GrossWeight", "Edm.Decimal", R"(Precision="13" Scale="3" Nullable="false")") +
        property("WeightUnit", "Edm.String", R"(MaxLength="3")") +
        property("ProductStandardID", "Edm.String", R"(MaxLength="18")") +
        property("CrossPlantStatus", "Edm.String", R"(MaxLength="2")") +
        property("LastChangedByUser", "Edm.String", R"(MaxLength="12")") +
        property("IsMarkedForDeletion", "Edm.Boolean", "") +
        property("ValidFrom", version == 2 ? "Edm.DateTime" : "Edm.Date", "");
    if (version == 2) return out + property("CountryOfOrigin", "Edm.String", R"(MaxLength="3")");
    for (const char* name : {"BaseUnitSpecificProductLength", "BaseUnitSpecificProductWidth",
                             "BaseUnitSpecificProductHeight"}) {
        out += property(name, "Edm.Decimal", R"(Precision="13" Scale="3")");
    }
    return out + property("ProductMeasurementUnit", "Edm.String", R"(MaxLength="3")") +
           property("BasicProduct", "Edm.String", R"(MaxLength="48")");
}

std::string entity_type(const std::string& name, const std::string& keys,
                        const std::string& content) {
    std::string refs;
    for (std::size_t at = 0; at < keys.size();) {
        const auto end = std::min(keys.find(' ', at), keys.size());
        refs += "<PropertyRef Name=\"" + keys.substr(at, end - at) + "\"/>";
        at = end + 1;
    }
    return "<EntityType Name=\"" + name + "\"><Key>" + refs + "</Key>" + content + "</EntityType>";
}

const std::string kTextProperties =
    property("Product", "Edm.String", R"(MaxLength="40")") +
    property("Language", "Edm.String", R"(MaxLength="2")") +
    property("ProductDescription", "Edm.String", R"(MaxLength="40")");

std::string member_of(const std::string& text, const std::string& after) {
    const auto at = text.find(after);
    if (at == std::string::npos) return "";
    const auto from = at + after.size();
    return text.substr(from, text.find_first_of("\r\n", from) - from);
}

}  // namespace

std::string metadata(int version) {
    const auto product = own_properties(version);
    if (version == 4) {
        return R"(<edmx:Edmx Version="4.0" xmlns:edmx="x"><edmx:DataServices>
            <Schema Namespace="S" Alias="SAP__self">)" +
               entity_type("ProductType", "Product",
                           product + R"x(<NavigationProperty Name="_ProductDescription"
                               Type="Collection(SAP__self.ProductDescriptionType)"/>)x") +
               entity_type("ProductDescriptionType", "Product Language", kTextProperties) +
               R"(<EntityContainer Name="C"><EntitySet Name="Product" EntityType="S.ProductType"/>
                  <EntitySet Name="ProductDescription" EntityType="S.ProductDescriptionType"/>
                  </EntityContainer></Schema></edmx:DataServices></edmx:Edmx>)";
    }
    return R"(<edmx:Edmx Version="1.0" xmlns:edmx="x"><edmx:DataServices><Schema Namespace="A">)" +
           entity_type("A_ProductType", "Product",
                       product + R"(<NavigationProperty Name="to_Description"
                           Relationship="A.assoc_1" FromRole="From" ToRole="To"/>)") +
           entity_type("A_ProductDescriptionType", "Product Language", kTextProperties) +
           R"(<Association Name="assoc_1"><End Type="A.A_ProductType" Role="From"/>
              <End Type="A.A_ProductDescriptionType" Role="To" Multiplicity="*"/></Association>
              <EntityContainer Name="C"><EntitySet Name="A_Product" EntityType="A.A_ProductType"/>
              <EntitySet Name="A_ProductDescription" EntityType="A.A_ProductDescriptionType"/>
              </EntityContainer></Schema></edmx:DataServices></edmx:Edmx>)";
}

FakeService::FakeService(Host& host, int version) : v4_(version == 4) {
    for (const char* method : {"GET", "POST", "PATCH", "DELETE"}) {
        host.http().on(method, kUrl + "/*").does([this](const HttpRequest& r) {
            return answer(r);
        });
    }
}

void FakeService::put(const std::string& title) {
    product = {{"Product", "M-1"},
               {"ProductOldID", "p1"},
               {"GrossWeight", "0"},
               {"WeightUnit", ""},
               {"ProductStandardID", ""},
               {"CrossPlantStatus", ""},
               {"LastChangedByUser", "JANE"},
               {"IsMarkedForDeletion", false}};
    texts = {{"DE", "Becher"}, {"EN", title}};
    ++changes;
}

HttpResponse FakeService::refuse(int status, const std::string& message) const {
    const json text = v4_ ? json(message) : json{{"lang", "en"}, {"value", message}};
    return {status, {}, json{{"error", {{"code", "X/001"}, {"message", text}}}}.dump()};
}

HttpResponse FakeService::answer(const HttpRequest& request) {
    const bool about = request.url.ends_with("/$metadata");
    if (!bearer.empty() && request.header("authorization") != bearer) return {401};
    if (is_elsewhere) return {404, {}, "<html></html>"};
    if (fails != 0 && !about) return {fails, {}, "<html></html>"};
    const auto session = request.header("cookie");
    if (request.method == "GET") {
        if (over_for_reads && !session.empty() && session != cookies()) return over;
        auto found = read(request);
        if (changes_after_read && !about) ++changes;
        return found;
    }
    if (fails_writes != 0) return {fails_writes, {}, "<html></html>"};
    if (asks_for_token && request.header("x-csrf-token") != token) return over;
    auto done = write(request);
    if (loses-- > 0) {
        throw gantry::Error(GANTRY_E_UNAVAILABLE, "the reply was lost", GANTRY_EF_MAYBE_APPLIED);
    }
    loses = 0;
    return done;
}

HttpResponse FakeService::read(const HttpRequest& request) {
    Headers headers;
    if (asks_for_token && request.header("x-csrf-token") == "Fetch") {
        const auto both = cookies();
        const auto sid = both.substr(0, both.find(';'));
        headers = {{"x-csrf-token", token}, {"set-cookie", sid + "; path=/, sap=2; HttpOnly"}};
    }
    const auto path = request.url.substr(kUrl.size());
    if (path == "/$metadata") return {200, headers, metadata(v4_ ? 4 : 2)};
    if (path == "/") return {200, headers, "{}"};
    if (path.starts_with("/" + set() + "(")) {
        if (product.is_null()) return refuse(404, "Not Found");
        if (etag_in_header) {
            const bool as_it_is = request.header("accept-encoding") == "identity";
            headers["etag"] = as_it_is ? etag() : etag().insert(etag().size() - 1, "-gzip");
        }
        return {200, headers, body_of(v4_ ? shown() : json{{"d", shown()}})};
    }
    if (!first_page.is_null()) return {200, headers, std::exchange(first_page, nullptr).dump()};
    const auto all = product.is_null() ? json::array() : json::array({shown()});
    const json page = v4_ ? json{{"value", all}} : json{{"d", {{"results", all}}}};
    return {200, headers, body_of(page)};
}

// Decimals are numbers in V4.
std::string FakeService::body_of(const json& answer) const {
    static const std::regex decimal(R"re("(GrossWeight|BaseUnitSpecific\w+)":"(-?[0-9.]+)")re");
    return v4_ ? std::regex_replace(answer.dump(), decimal, R"("$1":$2)") : answer.dump();
}

json FakeService::shown() const {
    json out = product;
    json children = json::array();
    for (const auto& [language, title] : texts) {
        children.push_back({{"Product", product.at("Product")},
                            {"Language", language},
                            {"ProductDescription", title}});
        if (v4_) children.back()["@odata.etag"] = etag();
    }
    for (const char* name : {"CountryOfOrigin", "BaseUnitSpecificProductLength", "BasicProduct",
                             "BaseUnitSpecificProductWidth", "BaseUnitSpecificProductHeight",
                             "ProductMeasurementUnit", "ValidFrom"}) {
        if (!out.contains(name)) out[name] = nullptr;
    }
    if (v4_) {
        if (!etag_in_header) out["@odata.etag"] = etag();
        out["_ProductDescription"] = children;
    } else {
        if (!etag_in_header) out["__metadata"] = {{"etag", etag()}};
        out["to_Description"] = {{"results", children}};
    }
    return out;
}

HttpResponse FakeService::write(const HttpRequest& request) {
    const auto path = request.url.substr(kUrl.size() + 1);
    writes.push_back(request);
    if (path == "$batch") return batch(request);
    return apply(request.method, path, request.body, request.header("If-Match"));
}

HttpResponse FakeService::apply(const std::string& method, const std::string& path,
                                const std::string& body, const std::string& if_match) {
    const bool text = path.find("Description") != std::string::npos;
    auto given = body.empty() ? json() : parse_exact(body);
    for (auto& value : given) {
        if (value.is_number()) value = value.dump();
        const bool decimal =
            value.is_string() && value.get<std::string>().find('.') != std::string::npos;
        if (decimal && digits > 0) value = value.get<std::string>().substr(0, digits + 1);
    }
    if (method == "POST" && !text) {
        if (!product.is_null()) return refuse(400, "exists already");
        put("");
        texts.clear();
        product.update(given);
        product["LastChangedByUser"] = "gantry";
        const auto children = product.value(v4_ ? "_ProductDescription" : "to_Description", json());
        for (const auto& child : v4_ || children.is_null() ? children : children.at("results")) {
            texts[child.at("Language")] = child.at("ProductDescription");
        }
        return {201, {}, body_of(v4_ ? shown() : json{{"d", shown()}})};
    }
    if (product.is_null()) return refuse(404, "Not Found");
    const bool locked = method != "POST" && (v4_ || !text);
    if (locked && if_match.empty()) return refuse(428, "Precondition Required");
    if (locked && if_match != "*" && if_match != etag()) return refuse(412, "changed meanwhile");
    if (given.is_object() && given.value("ProductStandardID", json()) == "bad") {
        return refuse(400, "the number is wrong");
    }
    if (text && method == "DELETE") {
        texts.erase("EN");
    } else if (text) {
        texts["EN"] = given.at("ProductDescription");
    } else if (method == "DELETE") {
        product = nullptr;
    } else {
        product.update(given);
    }
    ++changes;
    if (!product.is_null()) product["LastChangedByUser"] = "gantry";
    if (digits > 0) return {200, {}, body_of(v4_ ? shown() : json{{"d", shown()}})};
    return {204};
}

// The parts one after another; where one fails all is as before, and those before it say 204.
HttpResponse FakeService::batch(const HttpRequest& request) {
    const auto before = std::tuple(product, texts, changes);
    std::string out;
    for (auto at = request.body.find("Content-ID: "); at != std::string::npos;
         at = request.body.find("Content-ID: ", at + 1)) {
        const auto begin = request.body.find("\r\n\r\n", at) + 4;
        const auto head_end = request.body.find("\r\n\r\n", begin);
        const auto head = request.body.substr(begin, head_end - begin);
        const auto body_end = request.body.find("\r\n--", head_end);
        const auto line = head.substr(0, head.find(" HTTP/1.1"));
        const auto space = line.find(' ');
        const auto answer = apply(line.substr(0, space), line.substr(space + 1),
                                  request.body.substr(head_end + 4, body_end - head_end - 4),
                                  member_of(head, "If-Match: "));
        out += "--c\r\ncontent-type: application/http\r\n\r\nHTTP/1.1 " +
               std::to_string(answer.status) + " Said\r\ncontent-type: application/json\r\n\r\n" +
               answer.body + "\r\n";
        if (answer.status >= 400) {
            std::tie(product, texts, changes) = before;
            break;
        }
    }
    return {
        v4_ ? 200 : 202,
        {{"content-type", "multipart/mixed; boundary=b"}},
        "--b\r\ncontent-type: multipart/mixed; boundary=c\r\n\r\n" + out + "--c--\r\n--b--\r\n"};
}

}  // namespace erp_odata::test
