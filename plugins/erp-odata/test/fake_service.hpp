// A product service of OData with a memory, V4 or V2, answered by the scripted HTTP of the fake
// host: ETags, CSRF tokens, texts per language, $batch.
#pragma once

#include <gantry/testing.hpp>

namespace erp_odata::test {

using gantry::json;
using gantry::testing::Headers;
using gantry::testing::Host;
using gantry::testing::HttpRequest;
using gantry::testing::HttpResponse;

inline const std::string kUrl = "https://erp.example/sap";
inline const json kOptions = {{"url", kUrl}, {"user", "GANTRY"}, {"password", "secret-password"}};

/// $metadata of either version, as the built-in mappings need it.
std::string metadata(int version);

/// One product at most, whose id is "p1".
class FakeService {
public:
    FakeService(Host& host, int version);

    /// A product that is there before.
    void put(const std::string& title);

    json product;                              // null: there is none; its numbers are texts
    std::map<std::string, std::string> texts;  // by language
    int changes = 0;                           // its ETag
    bool asks_for_token = true;
    std::string token = "token-1";  // "token-2": the session is over
    HttpResponse over{403, {{"x-csrf-token", "Required"}}, "CSRF token validation failed"};
    bool over_for_reads = false;      // says `over` to those, too, that carry the old session
    std::string bearer;               // Authorization that it takes; empty: any
    std::vector<HttpRequest> writes;  // those that it took up
    json first_page;                  // answered to the first query instead

    std::size_t digits = 0;  // more of a decimal it cuts off, and answers with what it keeps
    int loses = 0;           // replies of so many writes
    int fails = 0;           // the status of every answer but that of $metadata
    int fails_writes = 0;
    bool is_elsewhere = false;        // nothing is at the url, not even $metadata
    bool changes_after_read = false;  // somebody else is quicker
    bool etag_in_header = false;      // and nowhere else; another one where it may compress

    /// Carries out what a request asks for.
    HttpResponse answer(const HttpRequest& request);

private:
    HttpResponse read(const HttpRequest& request);
    HttpResponse write(const HttpRequest& request);
    HttpResponse apply(const std::string& method, const std::string& path, const std::string& body,
                       const std::string& if_match);
    HttpResponse batch(const HttpRequest& request);
    HttpResponse refuse(int status, const std::string& message) const;
    json shown() const;
    std::string etag() const { return "W/\"" + std::to_string(changes) + "\""; }
    std::string cookies() const { return "sid=" + token.substr(token.find('-') + 1) + "; sap=2"; }
    std::string body_of(const json& answer) const;
    std::string set() const { return v4_ ? "Product" : "A_Product"; }

    bool v4_;
};

}  // namespace erp_odata::test
