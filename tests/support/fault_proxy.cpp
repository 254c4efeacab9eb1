#include "support/fault_proxy.hpp"

#include <algorithm>
#include <array>

namespace gantry::test {
namespace {

// Of one connection, or what the proxy's own message has by itself.
bool is_hop_by_hop(const std::string& name) {
    constexpr std::array<std::string_view, 5> kNames = {"connection", "content-length", "host",
                                                        "keep-alive", "transfer-encoding"};
    return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

std::string lines_of(const std::map<std::string, std::string>& headers) {
    std::string lines;
    for (const auto& [name, value] : headers) {
        if (!is_hop_by_hop(name)) lines += name + ": " + value + "\r\n";
    }
    return lines;
}

}  // namespace

FaultProxy::FaultProxy(int upstream)
    : upstream_(upstream),
      server_([this](const ServedRequest& request, int) { return react(request); }) {}

void FaultProxy::inject(const ProxyFault& fault, int times, Which which) {
    const std::lock_guard lock(mutex_);
    planned_.push_back({fault, times, std::move(which)});
}

void FaultProxy::heal() {
    const std::lock_guard lock(mutex_);
    planned_.clear();
}

std::vector<FaultProxy::Passed> FaultProxy::passed() const {
    const std::lock_guard lock(mutex_);
    return passed_;
}

std::size_t FaultProxy::passed(const Which& which) const {
    const std::lock_guard lock(mutex_);
    return static_cast<std::size_t>(std::count_if(
        passed_.begin(), passed_.end(), [&](const Passed& one) { return which(one.request); }));
}

void FaultProxy::forget() {
    const std::lock_guard lock(mutex_);
    passed_.clear();
}

std::optional<ProxyFault> FaultProxy::next_fault(const ServedRequest& request) {
    const std::lock_guard lock(mutex_);
    for (auto it = planned_.begin(); it != planned_.end(); ++it) {
        if (it->which && !it->which(request)) continue;
        auto fault = it->fault;
        if (--it->times == 0) planned_.erase(it);
        return fault;
    }
    return std::nullopt;
}

Reaction FaultProxy::react(const ServedRequest& request) {
    using Kind = ProxyFault::Kind;
    const auto fault = next_fault(request);
    if (fault) {
        if (fault->kind == Kind::kReset) return reset();
        if (fault->kind == Kind::kStall) return stall();
        if (fault->kind == Kind::kAnswer) return fault->answer;
    }
    HttpRequest on{request.method, request.target, request.body, {}};
    for (const auto& [name, value] : request.headers) {
        if (!is_hop_by_hop(name)) on.headers.emplace_back(name, value);
    }
    const auto got = send_http(upstream_, on);
    {
        const std::lock_guard lock(mutex_);
        passed_.push_back({request, got.status});
    }
    if (got.status == 0) return drop();
    auto whole = answer(got.status, got.body, lines_of(got.headers));
    if (!fault) return whole;
    switch (fault->kind) {
        case Kind::kLoseReply:
            return drop();
        case Kind::kResetAfter:
            return reset();
        case Kind::kStallReply:
            return stall();
        case Kind::kTruncate:
            whole.bytes.resize(whole.bytes.size() - got.body.size() / 2);
            whole.then = Reaction::Then::kClose;
            return whole;
        default:
            return fault->answer;
    }
}

}  // namespace gantry::test
