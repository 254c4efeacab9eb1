// The answer is read by the status lines in it: a changeset that fails is one answer in the place
// of all its parts.
#include "batch.hpp"

#include "errors.hpp"

#include <algorithm>
#include <cctype>

namespace erp_odata {
namespace {

using gantry::Error;
using gantry::HttpResponse;

constexpr std::string_view kBatch = "gantry-batch";
constexpr std::string_view kChanges = "gantry-changes";
constexpr std::string_view kStatusLine = "HTTP/1.1 ";

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

std::string_view line_of(std::string_view& rest) {
    const auto end = std::min(rest.find('\n'), rest.size());
    auto line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

// One that begins with its status line; the body ends at the next boundary.
HttpResponse answer_of(std::string_view text, const HttpResponse& whole) {
    HttpResponse out;
    out.request = whole.request;
    out.wrote = true;
    out.status = static_cast<std::uint32_t>(
        std::atoi(std::string(text.substr(kStatusLine.size(), 3)).c_str()));
    line_of(text);
    for (auto line = line_of(text); !line.empty(); line = line_of(text)) {
        const auto colon = line.find(':');
        if (colon == std::string_view::npos) break;
        auto value = line.substr(colon + 1);
        value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
        out.headers[lower(std::string(line.substr(0, colon)))] = value;
    }
    text = text.substr(0, text.find("\n--"));
    out.body = text.substr(0, text.find_last_not_of("\r\n") + 1);  // npos + 1 is 0
    return out;
}

}  // namespace

std::string batch_type() { return "multipart/mixed; boundary=" + std::string(kBatch); }

std::string batch_body(const std::vector<Part>& parts) {
    std::string out = "--" + std::string(kBatch) +
                      "\r\nContent-Type: multipart/mixed; boundary=" + std::string(kChanges) +
                      "\r\n\r\n";
    int id = 0;
    for (const auto& part : parts) {
        out += "--" + std::string(kChanges) +
               "\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n"
               "Content-ID: " +
               std::to_string(++id) + "\r\n\r\n" + part.method + " " + part.path + " HTTP/1.1\r\n";
        for (const auto& [name, value] : part.headers) out += name + ": " + value + "\r\n";
        out +=
            "Content-Length: " + std::to_string(part.body.size()) + "\r\n\r\n" + part.body + "\r\n";
    }
    return out + "--" + std::string(kChanges) + "--\r\n--" + std::string(kBatch) + "--\r\n";
}

std::vector<HttpResponse> batch_answers(const HttpResponse& response, std::size_t count) {
    require_ok(response);
    std::vector<HttpResponse> out;
    std::string_view text = response.body;
    // A status line stands behind an empty line; no body of JSON has one like it.
    for (auto at = text.find("\nHTTP/1.1 "); at != std::string_view::npos;
         at = text.find("\nHTTP/1.1 ", at + 1)) {
        out.push_back(answer_of(text.substr(at + 1), response));
        require_ok(out.back());
    }
    if (out.size() == count) return out;
    throw Error(GANTRY_E_UNAVAILABLE,
                response.request + " answered " + std::to_string(out.size()) + " of " +
                    std::to_string(count) + " parts of a changeset",
                GANTRY_EF_MAYBE_APPLIED);
}

}  // namespace erp_odata
