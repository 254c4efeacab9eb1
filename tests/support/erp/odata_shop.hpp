// A shop whose ERP is SAP's OData server, with a proxy between the two that breaks what is told.
#pragma once

#include "support/fault_proxy.hpp"
#include "support/shop.hpp"

namespace gantry::test {

/// One of the server's services.
struct OdataService {
    const char* name;
    const char* path;
    const char* mapping = nullptr;  // seen from tests/erp/odata; null: the one built in
};
inline constexpr OdataService kOdataV4{"V4",
                                       "/sap/opu/odata4/sap/api_product/srvd_a2x/sap/product/0002"};
inline constexpr OdataService kOdataV2{"V2", "/sap/opu/odata/sap/API_PRODUCT_SRV"};
/// Shaped like Business Central: GUIDs that the service makes, everything below a company.
inline constexpr OdataService kOdataBusinessCentral{
    "BusinessCentral", "/api/v2.0", "../../../plugins/erp-odata/mappings/business-central.json"};
/// Products that can be deleted.
inline constexpr OdataService kOdataLab{"Lab", "/odata/v4/lab", "lab.json"};

/// The server that the test erp.odata.up started.
class OdataServer {
public:
    OdataServer();

    int port() const { return port_; }
    /// Past the connector, as an administrator.
    HttpResponse send(const std::string& method, const std::string& target,
                      const json& body = nullptr) const;
    /// A product as the server shows it, without who changed it when; null: there is none.
    json record(const std::string& id) const;
    /// One that the shop does not know of, with texts in DE and EN.
    void create(const std::string& id, const std::string& title) const;
    /// Somebody else changes a property of it.
    void change(const std::string& id, const json& values) const;

private:
    static std::string key_of(const std::string& id) { return "M-" + id; }

    int port_ = 0;
};

class OdataShop {
public:
    /// `options` come to those of the connector, null takes one away. The host is running.
    explicit OdataShop(const OdataService& service, const json& options = json::object());

    HostProcess& host() { return host_; }
    FaultProxy& proxy() { return proxy_; }
    const OdataServer& server() const { return server_; }

    /// A product of the shop, that the ERP does not know.
    std::string new_product();
    /// One that both have, with the title "Mug".
    std::string known_product();

    /// What both sides have of it.
    json state_of(const std::string& id) const;
    /// The end of a run of `workflow`: "update-product-and-erp", "change-then-fail", or "quick", in
    /// which a request to the ERP has a second.
    HttpResponse run(const std::string& workflow, const std::string& id, json changes) const;

    /// What arrived at the server, apart from reads.
    std::size_t writes() const { return proxy_.passed(is_write); }
    static bool is_write(const ServedRequest& request) { return request.method != "GET"; }

private:
    json config(const OdataService& service, const json& options) const;

    OdataServer server_;
    FaultProxy proxy_{server_.port()};
    HostProcess host_;
};

}  // namespace gantry::test
