// libcurl asks the ready URL; the command's output goes to a file, shown when it does not start.
#include "check/system.hpp"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <fstream>
#include <sstream>

namespace gantry::host::check {
namespace {

constexpr auto kPatience = std::chrono::seconds(20);
constexpr std::size_t kShown = 4096;  // of what it printed
constexpr auto kLookAgain = std::chrono::milliseconds(50);

int free_port() {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    const bool bound =
        fd >= 0 && ::bind(fd, generic, size) == 0 && ::getsockname(fd, generic, &size) == 0;
    if (fd >= 0) ::close(fd);
    if (!bound) throw Error(GANTRY_E_UNAVAILABLE, "no free port on 127.0.0.1");
    return ntohs(address.sin_port);
}

// The status of its answer; 0: none.
long asked(const std::string& url) {
    CURL* curl = curl_easy_init();
    curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
    curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, 1000L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(
        curl, CURLOPT_WRITEFUNCTION,
        +[](char*, std::size_t size, std::size_t n, void*) { return size * n; });
    long status = 0;
    if (curl_easy_perform(curl) == CURLE_OK) {
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    }
    curl_easy_cleanup(curl);
    return status;
}

bool is_good(long status) { return status >= 200 && status < 300; }

}  // namespace

System::System(const ContractFile& contract, const std::filesystem::path& folder,
               const Interrupt& interrupt)
    : output_(folder / "system.log") {
    if (contract.command.empty()) return;
    port_ = free_port();
    std::vector<std::string> command;
    for (const auto& word : contract.command) {
        command.push_back(filled_in(word, port_, folder).get<std::string>());
    }
    start(command, contract.folder);
    try {
        wait_until_ready(filled_in(contract.ready, port_, folder).get<std::string>(), interrupt);
    } catch (...) {
        end();
        throw;
    }
}

System::~System() {
    if (pid_ >= 0) end();
}

// It may have no session of its own yet.
void System::end() const {
    ::kill(-pid_, SIGKILL);
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
}

void System::start(const std::vector<std::string>& command, const std::filesystem::path& folder) {
    std::vector<char*> words;
    for (const auto& word : command) words.push_back(const_cast<char*>(word.c_str()));  // NOLINT
    words.push_back(nullptr);
    const std::string port = "PORT=" + std::to_string(port_);
    std::vector<char*> environment{const_cast<char*>(port.c_str())};  // NOLINT
    for (char** one = environ; *one != nullptr; ++one) {
        if (!std::string_view(*one).starts_with("PORT=")) environment.push_back(*one);
    }
    environment.push_back(nullptr);
    const int log = ::open(output_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    sigset_t none;
    sigemptyset(&none);
    pid_ = ::fork();
    if (pid_ == 0) {  // only async-signal-safe calls until exec
        ::setsid();
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        ::sigprocmask(SIG_SETMASK, &none, nullptr);
        ::dup2(log, 1);
        ::dup2(log, 2);
        if (::chdir(folder.c_str()) == 0) {
            ::execvpe(words[0], words.data(), environment.data());
        }
        const char* why = std::strerror(errno);  // NOLINT
        (void)!::write(2, words[0], std::strlen(words[0]));
        (void)!::write(2, ": ", 2);
        (void)!::write(2, why, std::strlen(why));
        ::_exit(127);
    }
    if (log >= 0) ::close(log);
    if (pid_ < 0) throw Error(GANTRY_E_UNAVAILABLE, "cannot start " + command[0]);
}

void System::wait_until_ready(const std::string& url, const Interrupt& interrupt) {
    const auto until = std::chrono::steady_clock::now() + kPatience;
    long status = 0;
    while (!is_good(status = asked(url))) {
        int ended = 0;
        if (::waitpid(pid_, &ended, WNOHANG) == pid_) {
            throw Error(GANTRY_E_CONFIG,
                        "the system of contract.json ended at its start:\n" + printed());
        }
        if (std::chrono::steady_clock::now() > until) {
            const auto found = status == 0 ? std::string("did not answer")
                                           : "answers " + std::to_string(status) + ", not 2xx, at";
            throw Error(GANTRY_E_CONFIG, "the system of contract.json " + found + " " + url +
                                             " within 20 s; it printed:\n" + printed());
        }
        interrupt.wait_for(kLookAgain);  // another program gives no signal
    }
}

std::string System::printed() const {
    std::ostringstream text;
    text << std::ifstream(output_).rdbuf();
    const auto all = text.str();
    return all.size() <= kShown ? all : "…" + all.substr(all.size() - kShown);
}

}  // namespace gantry::host::check
