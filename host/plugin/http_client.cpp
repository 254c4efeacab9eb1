// A handle of libcurl has connections of its own: the one used last for a peer is taken first. The
// loop is ours, since curl_easy_perform asks only once a second whether to stop.
#include "plugin/http_client.hpp"

#include "base/may_block.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <array>

namespace gantry::host {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t kIdleHandles = 64;  // as many as the pool has threads
constexpr milliseconds kLook{100};        // between two looks at whether to stop

struct Freed {
    void operator()(char* text) const { curl_free(text); }
    void operator()(CURLU* url) const { curl_url_cleanup(url); }
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

std::string part_of(CURLU* url, CURLUPart part) {
    char* text = nullptr;
    if (curl_url_get(url, part, &text, 0) != CURLUE_OK) return "";
    const std::unique_ptr<char, Freed> owned(text);
    return text;
}

std::string lower(std::string text) {
    const auto small = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    std::transform(text.begin(), text.end(), text.begin(), small);
    return text;
}

Error no_url(const std::string& why) {
    return {GANTRY_E_MISUSE,
            "found a URL that cannot be asked (" + why +
                "); expected an absolute, escaped http or https URL without user "
                "and password",
            GANTRY_EF_NOT_APPLIED};
}

// One request under way; what the callbacks work on.
struct Exchange {
    const HttpRequest& request;
    HttpAnswer answer{};
    int sent = 0;             // how often it went out
    bool in_headers = false;  // and not in trailers
    bool too_large = false;

    std::uint32_t flags() const {
        return request.once && sent > 0 ? GANTRY_EF_MAYBE_APPLIED : GANTRY_EF_NOT_APPLIED;
    }
    Error error(gantry_status code, const std::string& what) const {
        return {code, request.method + " " + request.url.origin + ": " + what, flags()};
    }
};

Exchange& exchange(void* user) { return *static_cast<Exchange*>(user); }

// On a connection that was used before and has died, libcurl would send again.
int before_sending(void* user, char*, char*, int, int) {
    auto& x = exchange(user);
    if (x.request.once && x.sent > 0) return CURL_PREREQFUNC_ABORT;
    ++x.sent;
    return CURL_PREREQFUNC_OK;
}

std::size_t take_body(char* data, std::size_t, std::size_t size, void* user) {
    auto& x = exchange(user);
    x.too_large = x.answer.body.size() + size > kHttpBody;
    if (x.too_large) return 0;
    x.answer.body.append(data, size);
    return size;
}

std::size_t take_header(char* data, std::size_t, std::size_t size, void* user) {
    auto& x = exchange(user);
    const std::string_view line(data, size);           // libcurl takes at most 300 KiB of them
    if (!x.in_headers && line.starts_with("HTTP/")) {  // again after any "100 Continue"
        x.answer.headers.clear();
        x.in_headers = true;
        return size;
    }
    if (line == "\r\n" || line == "\n") x.in_headers = false;
    if (!x.in_headers) return size;
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) return size;
    const auto first = line.find_first_not_of(" \t\r\n", colon + 1);
    const auto last = line.find_last_not_of(" \t\r\n");
    const auto value = first == std::string_view::npos ? "" : line.substr(first, last - first + 1);
    const auto [at, fresh] =
        x.answer.headers.emplace(lower(std::string(line.substr(0, colon))), value);
    if (!fresh) at->second.append(", ").append(value);
    return size;
}

// Its text names the proxy, with the password that may be in it.
bool is_bad_proxy(std::string_view details) { return details.starts_with("Unsupported proxy"); }

gantry_status code_of(CURLcode failed, const Exchange& x, const char* details) {
    if (x.sent > 0) return GANTRY_E_UNAVAILABLE;
    if (is_bad_proxy(details)) return GANTRY_E_CONFIG;
    switch (failed) {
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_CACERT_BADFILE:
        case CURLE_SSL_CERTPROBLEM:
        case CURLE_SSL_ISSUER_ERROR:
            return GANTRY_E_CONFIG;
        case CURLE_UNSUPPORTED_PROTOCOL:
        case CURLE_URL_MALFORMAT:
            return GANTRY_E_MISUSE;
        default:
            return GANTRY_E_UNAVAILABLE;
    }
}

std::string reason(CURLcode failed, const Exchange& x, const char* details) {
    if (failed == CURLE_ABORTED_BY_CALLBACK) {
        return "the connection ended before an answer came; the request is not sent again";
    }
    if (is_bad_proxy(details)) return "the proxy's address is none that can be used";
    return std::string(x.sent > 0 ? "the reply was lost: " : "") +
           (details[0] != '\0' ? details : curl_easy_strerror(failed));
}

void set_method(CURL* curl, const HttpRequest& request) {
    const auto& method = request.method;
    if (method == "HEAD") {
        curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
        return;
    }
    if (!request.body.empty() || method == "POST" || method == "PUT" || method == "PATCH") {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.body.empty() ? "" : request.body.data());
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
                         static_cast<curl_off_t>(request.body.size()));
    }
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method.c_str());
}

// libcurl's own Content-Type and Expect are taken out: a body sent twice is a write sent twice.
std::unique_ptr<curl_slist, Freed> header_list(const HttpRequest& request) {
    curl_slist* list = nullptr;
    bool has_type = false;
    for (const auto& [name, value] : request.headers) {
        has_type = has_type || lower(name) == "content-type";
        list = curl_slist_append(list, (value.empty() ? name + ";" : name + ": " + value).c_str());
    }
    if (!has_type) list = curl_slist_append(list, "Content-Type:");
    list = curl_slist_append(list, "Expect:");
    return std::unique_ptr<curl_slist, Freed>(list);
}

}  // namespace

HttpUrl parse_http_url(std::string_view text) {
    const bool printable =
        std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
    if (!printable) throw no_url("it has characters that are not escaped");
    const std::unique_ptr<CURLU, Freed> url(curl_url());
    const auto failed = curl_url_set(url.get(), CURLUPART_URL, std::string(text).c_str(),
                                     CURLU_DISALLOW_USER | CURLU_PATH_AS_IS);
    if (failed != CURLUE_OK) throw no_url(curl_url_strerror(failed));
    const auto scheme = lower(part_of(url.get(), CURLUPART_SCHEME));
    if (scheme != "http" && scheme != "https") throw no_url("its scheme is another one");
    auto host = lower(part_of(url.get(), CURLUPART_HOST));
    const auto port = part_of(url.get(), CURLUPART_PORT);
    const auto origin = scheme + "://" + host + (port.empty() ? "" : ":" + port);
    return {part_of(url.get(), CURLUPART_URL), origin, std::move(host)};
}

// `multi` holds the connections; `easy` is in it while a request is under way.
struct HttpClient::Handle {
    Handle() = default;
    ~Handle() {
        curl_easy_cleanup(easy);
        curl_multi_cleanup(multi);
    }
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;

    void prepare(Exchange& x, curl_slist* headers);
    /// Until it is over or x.request says so.
    CURLcode run(const Exchange& x) const;

    CURL* easy = curl_easy_init();
    CURLM* multi = curl_multi_init();
    std::array<char, CURL_ERROR_SIZE> details{};
};

void HttpClient::Handle::prepare(Exchange& x, curl_slist* headers) {
    const auto& request = x.request;
    curl_easy_reset(easy);  // keeps connections
    details[0] = '\0';
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, details.data());
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);  // waits for no name that is still looked up
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_URL, request.url.text.c_str());
    curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "gantry/" GANTRY_VERSION);
    curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    if (request.proxy) curl_easy_setopt(easy, CURLOPT_PROXY, request.proxy->c_str());
    if (!request.ca_file.empty()) {
        curl_easy_setopt(easy, CURLOPT_CAINFO, request.ca_file.c_str());
        curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
    }
    set_method(easy, request);
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, &before_sending);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, &x);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &take_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &x);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &take_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, &x);
}

CURLcode HttpClient::Handle::run(const Exchange& x) const {
    const auto& request = x.request;
    struct Added {
        Added(CURLM* of_multi, CURL* of_easy) : multi(of_multi), easy(of_easy) {
            curl_multi_add_handle(multi, easy);
        }
        ~Added() { curl_multi_remove_handle(multi, easy); }
        CURLM* multi;
        CURL* easy;
    };
    const Added added(multi, easy);
    for (;;) {
        const auto left = std::chrono::ceil<milliseconds>(request.deadline - steady_clock::now());
        if (left <= milliseconds::zero()) {
            throw x.error(GANTRY_E_DEADLINE, "no answer came within the time there was");
        }
        if (request.stopped && request.stopped()) {
            throw x.error(GANTRY_E_CANCELLED, "the call was told to stop");
        }
        int running = 0;
        if (const auto failed = curl_multi_perform(multi, &running); failed != CURLM_OK) {
            throw x.error(GANTRY_E_INTERNAL, curl_multi_strerror(failed));
        }
        int queued = 0;
        if (const auto* message = curl_multi_info_read(multi, &queued)) return message->data.result;
        const auto wait = static_cast<int>(std::min(left, kLook).count());
        curl_multi_poll(multi, nullptr, 0, wait, nullptr);
    }
}

HttpClient::HttpClient() { curl_global_init(CURL_GLOBAL_DEFAULT); }

HttpClient::~HttpClient() {
    idle_.clear();
    curl_global_cleanup();
}

HttpAnswer HttpClient::send(const HttpRequest& request) {
    about_to_block("the answer to an HTTP request");
    const auto peer =
        request.url.origin + '\n' + request.proxy.value_or("\n") + '\n' + request.ca_file;
    auto handle = take(peer);
    const auto headers = header_list(request);
    Exchange x{request};
    handle->prepare(x, headers.get());
    const auto failed = handle->run(x);
    if (x.too_large) {
        throw x.error(GANTRY_E_TOO_LARGE,
                      "the answer has more than " + std::to_string(kHttpBody >> 20) + " MiB");
    }
    if (failed != CURLE_OK) {
        const char* const details = handle->details.data();
        throw x.error(code_of(failed, x, details), reason(failed, x, details));
    }
    long status = 0;
    curl_easy_getinfo(handle->easy, CURLINFO_RESPONSE_CODE, &status);
    x.answer.status = static_cast<std::uint32_t>(status);
    give_back(peer, std::move(handle));
    return std::move(x.answer);
}

std::unique_ptr<HttpClient::Handle> HttpClient::take(const std::string& peer) {
    const std::lock_guard lock(mutex_);
    const auto found = std::find_if(idle_.rbegin(), idle_.rend(),
                                    [&](const Idle& idle) { return idle.peer == peer; });
    if (found == idle_.rend()) return std::make_unique<Handle>();
    auto handle = std::move(found->handle);
    idle_.erase(std::next(found).base());
    return handle;
}

void HttpClient::give_back(const std::string& peer, std::unique_ptr<Handle> handle) {
    Idle oldest;  // ends its connections outside of the lock
    const std::lock_guard lock(mutex_);
    if (idle_.size() == kIdleHandles) {
        oldest = std::move(idle_.front());
        idle_.erase(idle_.begin());
    }
    idle_.push_back({peer, std::move(handle)});
}

}  // namespace gantry::host
