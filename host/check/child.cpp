// The verdict comes over a file descriptor of its own, a JSON line each: stdout and stderr are the
// plugin's. posix_spawn, because another thread of this process may hold any lock.
#include "check/child.hpp"

#include "base/json_text.hpp"
#include "check/put_back.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstring>

namespace gantry::host::check {
namespace {

constexpr int kReportFd = 200;
constexpr std::size_t kKeepOutput = 4096;
constexpr std::size_t kLargestReport = std::size_t{4} << 20;
constexpr std::size_t kReadAtOnce = std::size_t{1} << 20;  // then the time is looked at

using Clock = std::chrono::steady_clock;

class Descriptor {
public:
    explicit Descriptor(int fd) : fd_(fd) {}
    ~Descriptor() { ::close(fd_); }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;

    int get() const { return fd_; }

private:
    const int fd_;
};

class Pipe {
public:
    Pipe() {
        std::array<int, 2> ends{};
        if (::pipe2(ends.data(), O_CLOEXEC) != 0 || ::fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0) {
            throw Error(GANTRY_E_UNAVAILABLE,
                        std::string("pipe: ") + std::strerror(errno));  // NOLINT
        }
        read_ = ends[0];
        write_ = ends[1];
    }
    ~Pipe() {
        ::close(read_);
        close_write();
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;

    int read_end() const { return read_; }
    int write_end() const { return write_; }
    void close_write() {
        if (write_ >= 0) ::close(write_);
        write_ = -1;
    }

private:
    int read_ = -1;
    int write_ = -1;
};

// Ends it, whoever it left behind, and the session, if it has not ended by itself.
class Child {
public:
    explicit Child(pid_t pid) : pid_(pid) {}
    ~Child() { end(); }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    /// How it ended.
    int end() {
        if (pid_ < 0) return status_;
        ::kill(-pid_, SIGKILL);
        ::waitpid(pid_, &status_, 0);
        pid_ = -1;
        return status_;
    }

private:
    pid_t pid_;
    int status_ = 0;
};

// In a session of its own, so that all it starts can be killed with it.
pid_t start(const std::vector<std::string>& words, const Pipe& output, const Pipe& report) {
    std::vector<char*> arguments;
    for (const auto& word : words) arguments.push_back(const_cast<char*>(word.c_str()));  // NOLINT
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files, output.write_end(), 1);
    posix_spawn_file_actions_adddup2(&files, output.write_end(), 2);
    posix_spawn_file_actions_adddup2(&files, report.write_end(), kReportFd);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK);
    pid_t pid = -1;
    const int failed =
        ::posix_spawn(&pid, "/proc/self/exe", &files, &attributes, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
    if (failed != 0) {
        throw Error(GANTRY_E_UNAVAILABLE,
                    std::string("cannot start a check: ") + std::strerror(failed));  // NOLINT
    }
    return pid;
}

// What is there now, of a writer that never ends a part; false: it has ended.
bool read_what_is_there(int fd, std::string& into) {
    std::array<char, 65536> bytes{};
    for (std::size_t got = 0; got < kReadAtOnce;) {
        const auto n = ::read(fd, bytes.data(), bytes.size());
        if (n <= 0) return n < 0;
        into.append(bytes.data(), static_cast<std::size_t>(n));
        got += static_cast<std::size_t>(n);
    }
    return true;
}

// Reads both until the process has ended, whoever it left behind with its descriptors, or the time
// is over; false: it was over. Throws Error CANCELLED where the person does not want to wait.
bool read_all(pid_t pid, const Pipe& output, const Pipe& report, const Interrupt* interrupt,
              Clock::time_point until, std::string& said, std::string& reported) {
    const Descriptor process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    std::array<pollfd, 4> polled{{{output.read_end(), POLLIN, 0},
                                  {report.read_end(), POLLIN, 0},
                                  {process.get(), POLLIN, 0},
                                  {interrupt == nullptr ? -1 : interrupt->fd(), POLLIN, 0}}};
    for (bool ended = false; !ended;) {
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()).count();
        if (left <= 0) return false;
        if (::poll(polled.data(), polled.size(), static_cast<int>(left)) < 0) continue;
        ended = polled[2].revents != 0;
        if (!read_what_is_there(output.read_end(), said)) polled[0].fd = -1;
        if (!read_what_is_there(report.read_end(), reported)) polled[1].fd = -1;
        if (reported.size() > kLargestReport) return true;  // no check reports as much
        if (said.size() > 2 * kKeepOutput) said.erase(0, said.size() - kKeepOutput);
        ended = ended || (process.get() < 0 && polled[1].fd < 0);  // a kernel without pidfds
        if (interrupt != nullptr) interrupt->wait_for({});
    }
    return true;
}

Verdict how_it_died(int status) {
    if (WIFSIGNALED(status)) {
        return {Status::kCrash,
                std::string("the process was killed by ") + strsignal(WTERMSIG(status)),  // NOLINT
                "it lives", nullptr};
    }
    return {Status::kCrash,
            "the process ended with exit code " + std::to_string(WEXITSTATUS(status)) +
                " in the middle of the check",
            "a plugin never ends the process", nullptr};
}

Status status_named(const std::string& name) {
    for (const auto status : {Status::kPass, Status::kWarn, Status::kSkip, Status::kFail}) {
        if (name == to_string(status)) return status;
    }
    return Status::kCrash;
}

// The lines of a report: what it was doing last, and the verdict where there is one. The plugin may
// have written there, too: what is no report is passed over.
std::optional<Verdict> read_report(const std::string& report, std::string& doing) {
    std::optional<Verdict> verdict;
    std::size_t from = 0;
    for (auto end = report.find('\n'); end != std::string::npos; end = report.find('\n', from)) {
        const auto text = std::string_view(report).substr(from, end - from);
        from = end + 1;
        if (find_json_fault(text)) continue;
        const auto line = json::parse(text);
        if (!line.is_object()) continue;
        const auto word = [&](const char* key) {
            const auto it = line.find(key);
            return it != line.end() && it->is_string() ? it->get<std::string>() : "";
        };
        if (line.contains("doing")) doing = word("doing");
        if (!line.contains("status")) continue;
        verdict = Verdict{status_named(word("status")), word("found"), word("expected"),
                          line.value("evidence", json(nullptr))};
    }
    return verdict;
}

Verdict make(const Check& check, Subject& subject) {
    try {
        check.run(subject);
        return {};
    } catch (const Verdict& verdict) {
        return verdict;
    } catch (const Error& e) {
        return {Status::kFail, e.message(), "", e.details()};
    } catch (const std::exception& e) {
        return {Status::kFail, e.what(), "", nullptr};
    }
}

}  // namespace

Finding run_child(const Check& check, const SubjectSettings& settings, const Interrupt* interrupt,
                  std::chrono::milliseconds limit) {
    Finding finding;
    finding.check = &check;
    finding.seed = settings.seed;
    const auto began = Clock::now();
    Pipe output;
    Pipe report;
    const pid_t pid = start(child_words(std::string(check.id), settings), output, report);
    Child child(pid);
    output.close_write();
    report.close_write();
    std::string reported;
    const bool in_time =
        read_all(pid, output, report, interrupt, began + limit, finding.output, reported);
    const int status = child.end();
    const auto verdict = read_report(reported, finding.doing);
    if (verdict) {
        finding.verdict = *verdict;
    } else if (!in_time) {
        finding.verdict = {Status::kTimeout,
                           "it was not over after " + std::to_string(limit.count() / 1000) + " s",
                           "an end", nullptr};
    } else {
        finding.verdict = how_it_died(status);
    }
    finding.seconds = std::chrono::duration<double>(Clock::now() - began).count();
    return finding;
}

int be_child(const std::string& id, SubjectSettings settings) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    pollfd checker{kReportFd, 0, 0};  // it alone reads there
    if (::poll(&checker, 1, 0) > 0) return EXIT_FAILURE;
    ::fcntl(kReportFd, F_SETFD, FD_CLOEXEC);
    const Check* check = nullptr;
    for (const auto& one : all_checks()) {
        if (one.id == id) check = &one;
    }
    for (const auto* one : {&kKeepProduct, &kRestoreProduct, &kRewriteProduct}) {
        if (one->id == id) check = one;
    }
    if (check == nullptr) return EXIT_FAILURE;
    Verdict verdict;
    try {
        Subject subject(std::move(settings));
        subject.report_to = kReportFd;
        verdict = make(*check, subject);
    } catch (const Error& e) {
        verdict = {Status::kFail, e.message(), "", nullptr};
    }
    const auto line = json{{"status", to_string(verdict.status)},
                           {"found", verdict.found},
                           {"expected", verdict.expected},
                           {"evidence", verdict.evidence}}
                          .dump(-1, ' ', false, json::error_handler_t::replace) +
                      "\n";
    // Nothing of the plugin's runs any more, not even its static destructors.
    _exit(::write(kReportFd, line.data(), line.size()) < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
}

std::vector<std::string> child_words(const std::string& id, const SubjectSettings& settings) {
    std::vector<std::string> words = {"gantry",
                                      "check",
                                      settings.file.string(),
                                      "--child",
                                      id,
                                      "--seed",
                                      std::to_string(settings.seed),
                                      "--port",
                                      std::to_string(settings.port),
                                      "--folder",
                                      settings.folder.string()};
    const auto add = [&](const char* option, const std::string& value) {
        if (!value.empty()) words.insert(words.end(), {option, value});
    };
    add("--contract", settings.contract.string());
    add("--previous", settings.previous.string());
    add("--options", settings.options_file.empty() ? "" : "@" + settings.options_file.string());
    if (settings.live_product) add("--product", *settings.live_product);
    for (const auto& one : settings.watched) add("--watch", one);
    add("--put-back", settings.kept.string());
    return words;
}

}  // namespace gantry::host::check
