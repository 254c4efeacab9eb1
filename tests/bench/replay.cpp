#include "bench/replay.hpp"

#include <curl/curl.h>

#include <memory>
#include <regex>

namespace gantry::bench {
namespace {

std::size_t drop(char*, std::size_t size, std::size_t n, void*) { return size * n; }

// One of them, made ready once.
struct Prepared {
    explicit Prepared(const test::ServedRequest& request, int port)
        : url("http://127.0.0.1:" + std::to_string(port) + request.target),
          method(request.method),
          body(std::regex_replace(request.body, std::regex(R"("_timestamp":\{[^}]*\},?)"), "")) {
        for (const auto& [name, value] : request.headers) {
            if (name == "host" || name == "content-length" || name == "connection") continue;
            const auto line = name + ": " + (name == "if-match" ? "*" : value);
            headers.reset(curl_slist_append(headers.release(), line.c_str()));
        }
        headers.reset(curl_slist_append(headers.release(), "Expect:"));
    }

    struct Free {
        void operator()(curl_slist* list) const { curl_slist_free_all(list); }
    };
    std::string url;
    std::string method;
    std::string body;
    std::unique_ptr<curl_slist, Free> headers;
};

bool send(CURL* curl, const Prepared& request) {
    curl_easy_reset(curl);
    curl_easy_setopt(curl, CURLOPT_URL, request.url.c_str());
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, request.headers.get());
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &drop);
    if (!request.body.empty()) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, static_cast<long>(request.body.size()));
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.body.c_str());
    }
    long status = 0;
    if (curl_easy_perform(curl) != CURLE_OK) return false;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    return status >= 200 && status < 300;
}

}  // namespace

Replayed replay(const std::vector<test::ServedRequest>& requests, std::size_t times, int port,
                int clients) {
    std::vector<Prepared> prepared;
    prepared.reserve(requests.size());
    for (const auto& request : requests) prepared.emplace_back(request, port);
    std::atomic<std::size_t> next{0};
    std::atomic<std::size_t> refused{0};
    const auto began = std::chrono::steady_clock::now();
    std::vector<std::thread> threads;
    for (int i = 0; i < clients; ++i) {
        threads.emplace_back([&] {
            const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(),
                                                                           &curl_easy_cleanup);
            for (std::size_t n = next++; n < times; n = next++) {
                if (!send(curl.get(), prepared[n % prepared.size()])) ++refused;
            }
        });
    }
    for (auto& thread : threads) thread.join();
    return {std::chrono::steady_clock::now() - began, refused};
}

}  // namespace gantry::bench
