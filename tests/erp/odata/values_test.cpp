// Random values against SAP's own OData server, each way: what is accepted reads back equal, what
// is refused changed nothing, every undo is exact.
#include "support/erp/odata_shop.hpp"
#include "support/erp/values_trial.hpp"

#include <fstream>

namespace gantry::test {
namespace {

/// A service, what its mapping has besides, and the properties that these are.
struct ValuesOf {
    OdataService service;
    const char* mapping;
    json more;
};

json decimal_field(const char* to) { return {{"to", to}, {"type", "decimal"}}; }

const json kBoth = {{"net", decimal_field("NetWeight")},
                    {"size", {{"to", "SizeOrDimensionText"}}},
                    {"group", {{"to", "ProductGroup"}}},
                    {"batches", {{"to", "IsBatchManagementRequired"}, {"type", "boolean"}}},
                    {"valid_from", {{"to", "CrossPlantStatusValidityDate"}, {"type", "date"}}}};

json with(json all, const char* name, const json& field) {
    all[name] = field;
    return all;
}

ValuesOf values_v4() {
    return {kOdataV4, "sap-v4.json", with(kBoth, "volume", decimal_field("ProductVolume"))};
}
ValuesOf values_v2() {
    return {kOdataV2, "sap-v2.json", with(kBoth, "volume", decimal_field("MaterialVolume"))};
}

json shipped_mapping(const std::string& name) {
    std::ifstream in(GANTRY_ODATA_TESTS "../../../plugins/erp-odata/mappings/" + name);
    return json::parse(in, nullptr, true, true);
}

json options_of(const OdataServer& server, const OdataService& service, const TempDir& folder) {
    return {{"url", "http://127.0.0.1:" + std::to_string(server.port()) + service.path},
            {"user", "COMM_USER"},
            {"password", "Welcome-1"},
            {"mapping", (folder / "mapping.json").string()}};
}

class OdataValues : public testing::TestWithParam<ValuesOf> {
protected:
    OdataValues() {
        static int n = 0;
        id_ = "values_" + std::to_string(getpid()) + '_' + std::to_string(++n);
        server_.create(id_, "Mug");
        auto mapping = shipped_mapping(GetParam().mapping);
        mapping["fields"].update(GetParam().more);
        std::ofstream(folder_ / "mapping.json") << mapping;
        trial_.emplace("erp-odata", options_of(server_, GetParam().service, folder_), id_,
                       [this] { return server_.record(id_).dump(); });
        trial_->empty_is_null = true;
        trial_->refuses_with_200 = "answered 400: ";  // a part of a batch
        random().utf16 = true;
        trial_->drawn_otherwise["status"] = [this] {
            const std::string status =
                random().dares(10)
                    ? "other"
                    : random().one_of(std::array{"published", "draft", "proposed", "rejected"});
            return Drawn{status, status};
        };
    }

    RandomValues& random() { return trial_->random; }

    json put_theirs() {
        auto& draw = random();
        json values = json::object();
        json meant = json::object();
        const auto text = [&](const char* ours, const char* theirs, std::size_t most) {
            values[theirs] = draw.text(draw.from_to<std::size_t>(0, most));
            meant[ours] = values[theirs] == "" ? json() : values[theirs];
        };
        const auto number = [&](const char* ours, const char* theirs) {
            const auto drawn = draw.decimal(10, 3);
            values[theirs] = json::parse(drawn.meant.get<std::string>());
            meant[ours] = drawn.meant;
        };
        text("size", "SizeOrDimensionText", 32);
        text("group", "ProductGroup", 9);
        text("ean", "ProductStandardID", 18);
        number("net", "NetWeight");
        number("volume", "ProductVolume");
        values["IsBatchManagementRequired"] = draw.one_in(2);
        meant["batches"] = values["IsBatchManagementRequired"];
        values["CrossPlantStatusValidityDate"] = draw.one_in(5) ? json() : json(draw.day());
        meant["valid_from"] = values["CrossPlantStatusValidityDate"];
        server_.change(id_, values);
        return meant;
    }

    const OdataServer server_;
    TempDir folder_;
    std::string id_;
    std::optional<ValuesTrial> trial_;
};

INSTANTIATE_TEST_SUITE_P(Sap, OdataValues, testing::Values(values_v4(), values_v2()),
                         [](const auto& of) { return of.param.service.name; });

TEST_P(OdataValues, what_it_accepts_reads_back_equal_and_what_it_refuses_changed_nothing) {
    trial_->change_and_undo_many();
}

TEST_P(OdataValues, what_stands_there_is_read_as_it_is_and_each_undo_brings_it_back) {
    trial_->read_change_and_undo_many([this] { return put_theirs(); });
}

// A server that rounds a decimal and says 200: the update is refused, and its undo is exact.
TEST(OdataRounding, a_decimal_of_more_digits_than_the_server_keeps_is_refused_and_undone) {
    const OdataServer server;
    const auto companies = server.send("GET", "/api/v2.0/companies").parsed().at("value");
    const auto place = "companies(" + companies.at(0).at("id").get<std::string>() + ")";
    const auto items = "/api/v2.0/" + place + "/items";
    const std::string id = "V" + std::to_string(getpid());
    server.send("POST", items, {{"number", id}, {"displayName", "Mug"}});
    const TempDir folder;
    auto mapping = shipped_mapping("business-central.json");
    mapping["fields"] = {{"title", {{"to", "displayName"}, {"required", true}}},
                         {"price", decimal_field("unitPrice")},
                         {"blocked", {{"to", "blocked"}, {"type", "boolean"}}}};
    std::ofstream(folder / "mapping.json") << mapping;
    auto options = options_of(server, kOdataBusinessCentral, folder);
    options["path"] = place;
    ValuesTrial trial("erp-odata", options, id, [&] {
        const auto found = server.send("GET", items + "?$filter=number%20eq%20%27" + id + "%27");
        return without(without(found.parsed().at("value"), "@odata.etag"), "lastModifiedDateTime")
            .dump();
    });
    trial.empty_is_null = true;
    trial.random.utf16 = true;
    trial.drawn_otherwise["price"] = [&] { return trial.random.decimal(13, 5); };
    trial.change_and_undo_many();
}

}  // namespace
}  // namespace gantry::test
