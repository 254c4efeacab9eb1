// One libcurl request per question.
#include "api/remote.hpp"

#include "base/address.hpp"
#include "base/error_json.hpp"
#include "base/id.hpp"
#include "base/json_text.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <thread>

namespace gantry::host {
namespace {

constexpr auto kBackupPatience = std::chrono::hours(2);
constexpr auto kAskAgain = std::chrono::milliseconds(200);
constexpr auto kLongestWait = std::chrono::seconds(60);
constexpr long kDiskFull = 507;

std::size_t append(char* data, std::size_t size, std::size_t count, void* out) {
    static_cast<std::string*>(out)->append(data, size * count);
    return size * count;
}

std::string escaped(const std::string& segment) {
    char* text = curl_easy_escape(nullptr, segment.c_str(), static_cast<int>(segment.size()));
    std::string out = text;
    curl_free(text);
    return out;
}

// The error of an answer, in the class that its status stands for.
Error error_of_answer(long status, const json& body) {
    const std::string message =
        body.is_object() ? body.value("message", "") : std::string("no JSON in the answer");
    std::string code = body.is_object() ? body.value("code", "") : "";
    std::transform(code.begin(), code.end(), code.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    if (status == kDiskFull) {
        return {GANTRY_E_UNAVAILABLE, message, GANTRY_EF_NOT_APPLIED, {{"disk_full", true}}};
    }
    const bool done = status >= 500 && code_named(code) == GANTRY_E_TOO_LARGE;  // see is_done
    if (!code.empty()) return {code_named(code), message, done ? GANTRY_EF_MAYBE_APPLIED : 0U};
    if (status == 404) return {GANTRY_E_NOT_FOUND, message};
    if (status == 401) {
        return {GANTRY_E_AUTH, "the running host refused the token of its lock file"};
    }
    if (status >= 500) return {GANTRY_E_UNAVAILABLE, message};
    return {GANTRY_E_INVALID_DATA, message};
}

}  // namespace

Remote::Remote(std::string address, std::string token, long pid)
    : address_(std::move(address)), token_(std::move(token)), pid_(pid) {}

Remote::Answer Remote::send(const std::string& method, const std::string& path,
                            const std::string& body, const std::vector<std::string>& headers) {
    const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(),
                                                                   &curl_easy_cleanup);
    curl_slist* list = curl_slist_append(nullptr, ("Authorization: Bearer " + token_).c_str());
    list = curl_slist_append(list, "Content-Type: application/json");
    for (const auto& header : headers) list = curl_slist_append(list, header.c_str());
    const std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> owned(list,
                                                                            &curl_slist_free_all);
    const bool by_socket = address_.starts_with(kUnixSocket);
    const std::string url = (by_socket ? "http://localhost" : address_) + path;
    if (by_socket) {
        curl_easy_setopt(curl.get(), CURLOPT_UNIX_SOCKET_PATH,
                         address_.c_str() + kUnixSocket.size());
    }
    std::string text;
    curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, list);
    curl_easy_setopt(curl.get(), CURLOPT_NOPROXY, "*");
    curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, static_cast<long>(patience_.count()));
    curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, &append);
    curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &text);
    if (method == "POST") {
        curl_easy_setopt(curl.get(), CURLOPT_POST, 1L);
        curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, body.data());
        curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDSIZE_LARGE,
                         static_cast<curl_off_t>(body.size()));
    }
    if (const auto failed = curl_easy_perform(curl.get()); failed != CURLE_OK) {
        throw Error(GANTRY_E_UNAVAILABLE,
                    "the host at " + address_ + " does not answer: " + curl_easy_strerror(failed),
                    GANTRY_EF_MAYBE_APPLIED);
    }
    Answer answer;
    curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &answer.status);
    answer.body = json::parse(text, nullptr, /*allow_exceptions=*/false);
    answer.text = std::move(text);
    return answer;
}

json Remote::get(const std::string& path) {
    auto answer = send("GET", path, "", {});
    if (answer.status != 200) throw error_of_answer(answer.status, answer.body);
    return std::move(answer.body);
}

json Remote::post(const std::string& path, const std::string& body) {
    auto answer = send("POST", path, body, {});
    if (answer.status >= 300) throw error_of_answer(answer.status, answer.body);
    return std::move(answer.body);
}

std::string Remote::start(const std::string& workflow, const std::string& input,
                          const std::optional<std::string>& key, std::chrono::milliseconds wait) {
    const std::string mine = key.value_or("cli-" + make_id());
    std::string run_id;
    try {
        return start_or_stop(workflow, input, mine, wait, run_id);
    } catch (const Error& e) {
        // A host that cannot write may have written all the same.
        const bool is_known =
            (e.flags() & GANTRY_EF_NOT_APPLIED) != 0 ||
            (e.code() != GANTRY_E_UNAVAILABLE && (e.flags() & GANTRY_EF_MAYBE_APPLIED) == 0);
        if (is_known) throw;
        throw NoAnswer(e, mine, run_id);
    }
}

std::string Remote::start_or_stop(const std::string& workflow, const std::string& input,
                                  const std::string& key, std::chrono::milliseconds wait,
                                  std::string& run_id) {
    const auto until = std::chrono::steady_clock::now() + wait;
    const auto left = [&] {
        const auto ms = std::chrono::duration_cast<std::chrono::seconds>(
            until - std::chrono::steady_clock::now() + std::chrono::milliseconds(999));
        return std::clamp(ms, std::chrono::seconds(0), std::chrono::seconds(kLongestWait));
    };
    const auto prefer = [&] { return "Prefer: wait=" + std::to_string(left().count()); };
    // The text as it is: numbers are not ours to round.
    std::string body = R"({"input":)" + input;
    // With a key, asking again is harmless: it is the same run, waited for once more.
    body += R"(,"transaction_id":)" + json(key).dump();
    auto answer =
        send("POST", kExecutions + "/" + escaped(workflow) + "/run", body + "}", {prefer()});
    if (!answer.body.is_object() || !answer.body.contains("acknowledgement")) {
        throw error_of_answer(answer.status, answer.body);
    }
    run_id = answer.body.at("acknowledgement").at("runId");
    while (answer.status == 202 && left().count() > 0) {
        std::this_thread::sleep_for(kAskAgain);  // where many wait it comes at once
        answer =
            send("POST", kExecutions + "/" + escaped(workflow) + "/run", body + "}", {prefer()});
    }
    return run(run_id);
}

std::string Remote::run(const std::string& id) {
    const std::string whole = find(id).at("run_id");
    const auto answer = send("GET", kExecutions + "/" + whole, "", {});
    if (answer.status != 200) throw error_of_answer(answer.status, answer.body);
    return std::string(slice(answer.text, {"workflow_execution"}));
}

json Remote::runs(const RunQuery& query) {
    std::string path = kExecutions;
    for (const auto& [name, value] : query.words()) {
        path += (path == kExecutions ? "?" : "&") + escaped(name) + "=" + escaped(value);
    }
    return get(path);
}

json Remote::act(const std::string& id, const std::string& verb, const std::string& body) {
    const auto run = find(id);
    const std::string whole = run.at("run_id");
    const std::string of_workflow = kExecutions + "/" + escaped(run.at("workflow_id")) + "/";
    if (verb.starts_with("steps/")) return post(of_workflow + verb, naming(whole, body));
    return post(of_workflow + whole + "/" + verb, body);
}

json Remote::act_on_many(const std::string& verb, const std::string& body) {
    return post(kExecutions + "/" + verb, body);
}

json Remote::call(const std::string& service, const std::string& method, const std::string& input,
                  const std::string& key) {
    std::vector<std::string> headers;
    if (!key.empty()) headers.push_back("Idempotency-Key: " + key);
    auto answer =
        send("POST", "/admin/services/" + escaped(service) + "/" + escaped(method), input, headers);
    const bool refused = answer.status != 200 && answer.body.is_object();
    if (refused && answer.body.contains("of_service"))
        throw ServiceError(error_of_answer(answer.status, answer.body));
    if (answer.status != 200) throw error_of_answer(answer.status, answer.body);
    return std::move(answer.body);
}

json Remote::modules() { return get("/admin/modules?ping=true"); }
json Remote::workflows() { return get("/admin/workflows"); }
json Remote::backup(const std::string& body) {
    patience_ = kBackupPatience;
    return post("/admin/backup", body);
}
json Remote::unaccounted() { return get("/admin/unaccounted"); }

std::string Remote::where() const { return address_ + " (process " + std::to_string(pid_) + ")"; }

}  // namespace gantry::host
