#include "api/cli/check_in_child.hpp"

#include "api/cli/cli.hpp"
#include "api/cli/streams.hpp"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <new>

namespace gantry::host {
namespace {

// One byte that the child shares: whether the check came to its end.
class SharedFlag {
public:
    SharedFlag()
        : memory_(::mmap(nullptr, sizeof(std::atomic<bool>), PROT_READ | PROT_WRITE,
                         MAP_SHARED | MAP_ANONYMOUS, -1, 0)) {
        if (memory_ == MAP_FAILED) throw Error(GANTRY_E_UNAVAILABLE, "no memory to share");
        flag_ = new (memory_) std::atomic<bool>(false);
    }
    ~SharedFlag() { ::munmap(memory_, sizeof(std::atomic<bool>)); }
    SharedFlag(const SharedFlag&) = delete;
    SharedFlag& operator=(const SharedFlag&) = delete;

    void set() { *flag_ = true; }
    bool is_set() const { return *flag_; }

private:
    void* memory_;
    std::atomic<bool>* flag_ = nullptr;
};

// Set however the scope is left.
class SetAtEnd {
public:
    explicit SetAtEnd(SharedFlag& flag) : flag_(flag) {}
    ~SetAtEnd() { flag_.set(); }
    SetAtEnd(const SetAtEnd&) = delete;
    SetAtEnd& operator=(const SetAtEnd&) = delete;

private:
    SharedFlag& flag_;
};

std::string how_it_ended(int status) {
    if (WIFSIGNALED(status)) {
        return std::string("ended by ") + ::strsignal(WTERMSIG(status));  // NOLINT: one thread
    }
    return "ended with exit code " + std::to_string(WEXITSTATUS(status));
}

}  // namespace

int check_in_child(const std::string& config_file, const std::function<int(LoadMark&)>& check) {
    LoadMark mark;
    SharedFlag came_to_its_end;
    const pid_t parent = ::getpid();
    const pid_t child = ::fork();
    if (child < 0) throw Error(GANTRY_E_UNAVAILABLE, "cannot start a process for the check");
    if (child == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (::getppid() != parent) ::_exit(kExitError);
        const SetAtEnd end(came_to_its_end);
        return check(mark);
    }
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    const bool orderly = WIFEXITED(status) && came_to_its_end.is_set();
    if (orderly) return WEXITSTATUS(status);
    const auto load = mark.read();
    if (!load) {
        to_stderr() << config_file << ": the check " << how_it_ended(status)
                    << " before it was over\n";
        return kExitUse;
    }
    const auto why = load->why.empty() ? "the process was " + how_it_ended(status) : load->why;
    to_stderr() << config_file << ": modules." << load->module << ".plugin: " << load->file
                << ": cannot be loaded: " << why << " while it was loaded (plugin " << load->plugin
                << ' ' << load->version << ")\n";
    return kExitUse;
}

}  // namespace gantry::host
