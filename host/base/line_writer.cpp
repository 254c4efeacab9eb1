// Pieces of PIPE_BUF, each after a look whether it can be taken: what poll() says of a pipe, a
// socket and a terminal holds for as much.
#include "base/line_writer.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <climits>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <string_view>
#include <thread>
#include <utility>

namespace gantry::host {
namespace {

constexpr int kLookMs = 100;  // how soon a thread that waits for the reader sees that it may end

// Also where a write would only fail: it says so.
bool takes_more(int fd, int wait_ms) {
    pollfd look{fd, POLLOUT, 0};
    return ::poll(&look, 1, wait_ms) > 0;
}

}  // namespace

struct LineWriter::State {
    State(int f, std::function<std::string(std::uint64_t)> n) : fd(f), notice(std::move(n)) {}

    // How much of `text` is out, or failed for good: that is lost.
    std::size_t write_now(std::string_view text, int wait_ms) {
        std::size_t at = 0;
        while (at < text.size() && takes_more(fd, wait_ms)) {
            const auto most = std::min<std::size_t>(text.size() - at, PIPE_BUF);
            const auto wrote = ::write(fd, text.data() + at, most);
            if (wrote >= 0) {
                at += static_cast<std::size_t>(wrote);
            } else if (errno == EAGAIN) {
                break;
            } else if (errno != EINTR) {
                ++lost;
                return text.size();
            }
        }
        return at;
    }

    void keep(std::string line) {  // under mutex
        kept += line.size();
        lines.push_back(std::move(line));
    }

    void tell_dropped() {  // under mutex
        if (untold > 0) keep(notice(std::exchange(untold, 0)));
    }

    void work() {
        std::unique_lock lock(mutex);
        for (;;) {
            changed.wait(lock, [this] { return !lines.empty() || ended; });
            if (lines.empty() || given_up) break;
            const std::string line = std::move(lines.front());
            lines.pop_front();
            writing = true;
            lock.unlock();
            for (std::size_t at = 0; at < line.size() && !given_up;) {
                at += write_now(std::string_view(line).substr(at), kLookMs);
            }
            lock.lock();
            writing = false;
            kept -= line.size();
            if (lines.empty()) tell_dropped();
            changed.notify_all();
        }
        finished = true;
        changed.notify_all();
    }

    const int fd;
    const std::function<std::string(std::uint64_t)> notice;
    mutable std::mutex mutex;
    std::condition_variable changed;
    std::deque<std::string> lines;
    std::size_t kept = 0;      // bytes, with the line that is being written
    bool writing = false;      // the thread has one in hand
    std::uint64_t untold = 0;  // dropped since the last notice
    std::uint64_t dropped = 0;
    std::atomic<std::uint64_t> lost{0};
    bool ended = false;
    std::atomic<bool> given_up{false};
    bool finished = false;
    std::thread thread;
};

LineWriter::LineWriter(int fd, std::function<std::string(std::uint64_t)> notice)
    : state_(std::make_shared<State>(fd, std::move(notice))) {
    state_->thread = std::thread([state = state_] { state->work(); });
}

LineWriter::~LineWriter() {
    flush();
    std::unique_lock lock(state_->mutex);
    state_->ended = true;
    state_->given_up = !state_->lines.empty() || state_->writing;
    state_->changed.notify_all();
    const bool over =
        state_->changed.wait_for(lock, kPatience, [this] { return state_->finished; });
    lock.unlock();
    if (over) {
        state_->thread.join();
    } else {
        state_->thread.detach();
    }
}

void LineWriter::write(std::string line) {
    State& s = *state_;
    const std::lock_guard lock(s.mutex);
    if (s.lines.empty() && !s.writing) {
        line.erase(0, s.write_now(line, 0));
        if (line.empty()) return;
    } else if (s.kept + line.size() > kKept) {
        ++s.untold;
        ++s.dropped;
        return;
    }
    s.tell_dropped();
    s.keep(std::move(line));
    s.changed.notify_all();
}

bool LineWriter::flush(std::chrono::milliseconds patience) {
    std::unique_lock lock(state_->mutex);
    return state_->changed.wait_for(lock, patience,
                                    [this] { return state_->lines.empty() && !state_->writing; });
}

std::uint64_t LineWriter::dropped() const {
    const std::lock_guard lock(state_->mutex);
    return state_->dropped + state_->lost;
}

int own_stderr() {
    struct stat what {};
    if (::fstat(STDERR_FILENO, &what) != 0) return STDERR_FILENO;
    if (!S_ISFIFO(what.st_mode) && !S_ISCHR(what.st_mode)) return STDERR_FILENO;
    const int fd =
        ::open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_APPEND | O_CLOEXEC);
    return fd >= 0 ? fd : STDERR_FILENO;
}

}  // namespace gantry::host
