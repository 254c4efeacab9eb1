#include "check/interrupt.hpp"

#include <gantry/error.hpp>

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace gantry::host::check {
namespace {

sigset_t heard() {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
        struct sigaction now {};
        ::sigaction(signal, nullptr, &now);
        if (now.sa_handler != SIG_IGN) sigaddset(&signals, signal);  // as under nohup
    }
    return signals;
}

}  // namespace

Interrupt::Interrupt() {
    const auto signals = heard();
    ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    fd_ = ::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

Interrupt::~Interrupt() {
    signalfd_siginfo seen{};
    while (::read(fd_, &seen, sizeof seen) > 0) {  // it has been heard
    }
    ::close(fd_);
    const auto signals = heard();
    ::pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

void Interrupt::wait_for(std::chrono::milliseconds time) const {
    pollfd polled{fd_, POLLIN, 0};
    if (::poll(&polled, 1, static_cast<int>(time.count())) > 0) {
        throw Error(GANTRY_E_CANCELLED, "interrupted");
    }
}

}  // namespace gantry::host::check
