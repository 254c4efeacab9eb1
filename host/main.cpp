// The program: faults, crashes and signals first, then the command line, which asks for the parts
// it needs.
#include "api/cli/cli.hpp"
#include "base/fault.hpp"
#include "config_check.hpp"
#include "host.hpp"
#include "plugin/crash.hpp"

#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>
#include <csignal>

namespace {

// What plugins keep, as what the host keeps, is for its user alone.
constexpr mode_t kOwnerOnly = 077;

// Blocks from here on are given back to the machine when they are freed: bodies and answers would
// leave holes in the heap that nothing else fits into.
constexpr int kOwnPages = 128 << 10;

// The next file opened takes the place of one that was closed: logs would go into the store.
void fill_standard_files() {
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        const bool is_closed = ::fcntl(fd, F_GETFD) == -1;
        if (is_closed && ::open("/dev/null", O_RDWR) != fd) ::_exit(gantry::host::kExitEnvironment);
    }
}

}  // namespace

int main(int argc, char** argv) {
    using namespace gantry::host;
    fill_standard_files();
    fault::check();
    ::mallopt(M_MMAP_THRESHOLD, kOwnPages);
    report_crashes(Log::format_for_stderr());
    // Blocked before the first thread starts, so that serve() alone takes them.
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGUSR1}) sigaddset(&signals, signal);
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);  // a file-size limit is an error of the write, as a full disk is

    Program program;
    program.serve = [&signals](const Config& config) {
        ::umask(kOwnerOnly);
        pthread_sigmask(SIG_BLOCK, &signals, nullptr);
        Host host(config, "gantry serve", Log::format_for_stderr());
        return host.serve();
    };
    program.open = [](const Config& config, const Needs& needs) {
        ::umask(kOwnerOnly);
        auto host =
            std::make_unique<Host>(config, needs.who, Log::format_for_stderr(), needs.debug);
        host->start(needs);
        return host;
    };
    program.check = check_config;
    return command_line(argc, argv, std::move(program));
}
