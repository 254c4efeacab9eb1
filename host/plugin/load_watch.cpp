// A thread waits for signals and looks at the clock. exit() is noticed by a function that runs at
// exit, an exception by one that runs at the end of all: they have no other way to the watch than
// what is global.
#include "plugin/load_watch.hpp"

#include "base/describe.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <utility>

namespace gantry::host {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kRefused = 2;  // as for every bad configuration
constexpr std::chrono::milliseconds kLookEvery{500};

std::atomic<LoadWatch*> loads_now{nullptr};

int fd_of_stop_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGTERM, SIGINT}) sigaddset(&signals, signal);
    return ::signalfd(-1, &signals, SFD_CLOEXEC);
}

}  // namespace

LoadWatch::LoadWatch(Log& log, LoadSettings settings)
    : log_(log),
      settings_(settings),
      process_(::getpid()),
      signals_(fd_of_stop_signals()),
      over_(::eventfd(0, EFD_CLOEXEC)),
      thread_([this] { watch(); }) {
    [[maybe_unused]] static const int kRegistered = std::atexit(&LoadWatch::on_exit);
}

LoadWatch::~LoadWatch() {
    ::eventfd_write(over_, 1);
    thread_.join();
    ::close(signals_);
    ::close(over_);
}

LoadWatch::Loading::Loading(LoadWatch& watch, LoadMark::Load load)
    : watch_(watch),
      load_(std::move(load)),
      mark_(nullptr, {load_.module, load_.plugin, load_.version, "load", "", ""}),
      outer_(std::set_terminate(&LoadWatch::on_terminate)) {
    watch_.begin(load_);
}

LoadWatch::Loading::~Loading() {
    watch_.end();
    std::set_terminate(outer_);
}

void LoadWatch::begin(const LoadMark::Load& load) {
    const std::lock_guard lock(mutex_);
    load_ = load;
    began_ = Clock::now();
    tell_at_ = began_ + settings_.told_after;
    if (settings_.mark != nullptr) settings_.mark->write(load);
    loads_now = this;
}

void LoadWatch::end() {
    const std::lock_guard lock(mutex_);
    loads_now = nullptr;
    if (settings_.mark != nullptr) settings_.mark->clear();
    load_.reset();
}

LoadWatch* LoadWatch::of_this_process() {
    auto* const watch = loads_now.exchange(nullptr);
    return watch != nullptr && watch->process_ == ::getpid() ? watch : nullptr;
}

void LoadWatch::on_exit() {
    if (auto* const watch = of_this_process()) watch->fail("it called exit()");
}

// glibc declares that dlopen throws nothing, so that no exception gets past it.
void LoadWatch::on_terminate() {
    std::string why = "it called std::terminate()";
    try {
        if (std::current_exception()) throw;
    } catch (const std::exception& e) {
        why = "it threw " + in_quotes(e.what());
    } catch (...) {
        why = "it threw what is no std::exception";
    }
    if (auto* const watch = of_this_process()) watch->fail(why);
    std::abort();
}

void LoadWatch::fail(const std::string& why) {
    const std::lock_guard lock(mutex_);
    give_up(why);
}

void LoadWatch::give_up(const std::string& why) {
    if (load_) {
        load_->why = why;
        if (settings_.mark != nullptr) settings_.mark->write(*load_);
        log_.error(load_->in_words(), {{"file", load_->file}});
    }
    leave(kRefused);
}

void LoadWatch::leave(int code) {
    log_.flush();
    std::_Exit(code);
}

void LoadWatch::watch() {
    for (;;) {
        std::array<pollfd, 2> polled{{{signals_, POLLIN, 0}, {over_, POLLIN, 0}}};
        ::poll(polled.data(), polled.size(), static_cast<int>(kLookEvery.count()));
        if (polled[1].revents != 0) return;
        if (polled[0].revents != 0) stop_by_signal();
        look();
    }
}

void LoadWatch::look() {
    const std::lock_guard lock(mutex_);
    const auto now = Clock::now();
    if (!load_ || now < tell_at_) return;
    if (settings_.limit.count() > 0 && now >= began_ + settings_.limit) {
        give_up("it has not returned for " + seconds_so_far());
    }
    tell_at_ = now + settings_.told_after;
    log_.warn(load_->in_words() + " has not returned for " + seconds_so_far(),
              {{"file", load_->file}});
}

void LoadWatch::stop_by_signal() {
    const std::lock_guard lock(mutex_);
    log_.warn("stopped while it was starting" +
              (load_ ? ", in " + load_->in_words() + ", after " + seconds_so_far() : ""));
    if (settings_.mark != nullptr) settings_.mark->clear();
    leave(EXIT_SUCCESS);
}

std::string LoadWatch::seconds_so_far() const {
    const auto passed = std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - began_);
    return std::to_string(passed.count()) + " s";
}

}  // namespace gantry::host
