// Every byte is compared, whatever the ones before it were.
#include "api/auth.hpp"

#include "base/base64.hpp"
#include "base/lower_case.hpp"

#include <algorithm>
#include <string_view>

namespace gantry::host {
namespace {

bool same(std::string_view given, std::string_view token) {
    if (token.empty() || given.size() != token.size()) return false;
    volatile unsigned char difference = 0;
    for (std::size_t i = 0; i < token.size(); ++i) {
        difference = static_cast<unsigned char>(difference | (given[i] ^ token[i]));
    }
    return difference == 0;
}

}  // namespace

bool authorized(const std::optional<std::string>& header, const std::string& token) {
    if (!header) return false;
    const auto blank = std::min(header->find(' '), header->size());
    const auto scheme = in_lower_case(header->substr(0, blank));
    const auto credentials = header->substr(std::min(blank + 1, header->size()));
    if (scheme == "bearer") return same(credentials, token);
    if (scheme != "basic") return false;
    const auto user = from_base64(credentials);
    return same(user.substr(0, user.find(':')), token);
}

}  // namespace gantry::host
