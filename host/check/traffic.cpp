// A secret is known by its header's name, a session by its text in an earlier answer.
#include "check/traffic.hpp"

#include "base/base64.hpp"
#include "base/lower_case.hpp"

#include <algorithm>
#include <array>

namespace gantry::host::check {
namespace {

constexpr std::size_t kShortestTold = 8;
constexpr std::size_t kMostKept = std::size_t{64} << 10;  // of an answer

bool tells_who(const std::string& header) {
    static constexpr std::array kParts = {"authorization", "token",   "session",
                                          "secret",        "api-key", "apikey"};
    return std::any_of(kParts.begin(), kParts.end(),
                       [&](const char* part) { return header.find(part) != std::string::npos; });
}

// "Bearer TOKEN"; of "Basic dXNlcjpwYXNz", "user:pass", also the last part.
void add_authorization(const std::string& value, std::set<std::string>& out) {
    const auto space = value.find(' ');
    const auto token = space == std::string::npos ? value : value.substr(space + 1);
    out.insert(token);
    const auto plain = from_base64(token);
    if (const auto colon = plain.rfind(':'); colon != std::string::npos) {
        out.insert(plain.substr(colon + 1));
    }
}

// "sid=1234; lang=de"
void add_cookies(const std::string& value, std::set<std::string>& out) {
    for (std::size_t at = 0; at < value.size();) {
        const auto end = std::min(value.find(';', at), value.size());
        const auto equals = value.find('=', at);
        if (equals < end) out.insert(value.substr(equals + 1, end - equals - 1));
        at = end + 1;
    }
}

std::set<std::string> secrets_of(const HttpRequest& request) {
    std::set<std::string> all;
    for (const auto& [name, value] : request.headers) {
        const auto header = in_lower_case(name);
        if (header == "cookie") {
            add_cookies(value, all);
        } else if (header.ends_with("authorization")) {
            add_authorization(value, all);
        } else if (tells_who(header)) {
            all.insert(value);
        }
    }
    std::erase_if(all, [](const std::string& one) { return one.size() < kShortestTold; });
    return all;
}

bool has_one_of(const std::string& text, const std::set<std::string>& secrets) {
    return std::any_of(secrets.begin(), secrets.end(),
                       [&](const std::string& one) { return text.find(one) != std::string::npos; });
}

}  // namespace

void Traffic::note(const HttpRequest& request, const HttpAnswer& answer) {
    Exchange one{secrets_of(request), {}};
    for (const auto& [name, value] : answer.headers) one.answer += value + "\n";
    one.answer += answer.body.substr(0, kMostKept);
    const std::lock_guard lock(mutex_);
    exchanges_.push_back(std::move(one));
}

bool Traffic::empty() const {
    const std::lock_guard lock(mutex_);
    return exchanges_.empty();
}

std::set<std::string> Traffic::secrets() const {
    const std::lock_guard lock(mutex_);
    std::set<std::string> all;
    for (const auto& one : exchanges_) all.insert(one.secrets.begin(), one.secrets.end());
    return all;
}

std::size_t Traffic::sign_ins() const {
    const std::lock_guard lock(mutex_);
    std::size_t count = 0;
    std::set<std::string> given;  // by answers so far
    for (auto one = exchanges_.begin(); one != exchanges_.end(); ++one) {
        const bool knows_one =
            std::any_of(one->secrets.begin(), one->secrets.end(),
                        [&](const std::string& secret) { return given.contains(secret); });
        std::set<std::string> later;
        for (auto next = one + 1; next != exchanges_.end(); ++next) {
            for (const auto& secret : next->secrets) {
                if (!given.contains(secret)) later.insert(secret);
            }
        }
        if (!has_one_of(one->answer, later)) continue;
        count += knows_one ? 0 : 1;
        for (const auto& secret : later) {
            if (one->answer.find(secret) != std::string::npos) given.insert(secret);
        }
    }
    return count;
}

void Traffic::forget() {
    const std::lock_guard lock(mutex_);
    exchanges_.clear();
}

}  // namespace gantry::host::check
