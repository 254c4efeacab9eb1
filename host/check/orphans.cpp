#include "check/orphans.hpp"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <string>

namespace gantry::host::check {

Orphans::Orphans() { ::prctl(PR_SET_CHILD_SUBREAPER, 1); }

Orphans::~Orphans() {
    end(-1);
    ::prctl(PR_SET_CHILD_SUBREAPER, 0);
}

// Children of a killed one become ours in turn: until there are no more.
void Orphans::end(pid_t spared) const {
    const auto self = std::to_string(::getpid());
    for (bool more = true; more;) {
        more = false;
        std::ifstream children("/proc/" + self + "/task/" + self + "/children");
        for (pid_t child = 0; children >> child;) {
            if (child == spared) continue;
            ::kill(child, SIGKILL);
            ::waitpid(child, nullptr, 0);
            more = true;
        }
    }
}

}  // namespace gantry::host::check
