// One slot for each running function. Nothing is flushed: what a process has written to a mapping
// stays when it dies, and after a power cut nobody asks.
#include "plugin/in_flight.hpp"

#include "base/may_block.hpp"
#include "plugin/crash.hpp"

#include <gantry/error.hpp>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <map>
#include <thread>

namespace gantry::host {
namespace {

constexpr std::size_t kSlots = 256;  // twice the threads of a pool that had to replace all of them

constinit thread_local std::atomic<const Running*> innermost{nullptr};

template <std::size_t N>
void copy(char (&to)[N], std::string_view text) {
    const auto length = std::min(text.size(), N - 1);
    if (length > 0) std::memcpy(to, text.data(), length);  // an empty text may point nowhere
    to[length] = '\0';
}

template <std::size_t N>
std::string text_of(const char (&from)[N]) {
    return {from, strnlen(from, N)};
}

}  // namespace

struct InFlight::Slot {
    std::uint64_t order;  // later ones are further in; 0: not used
    std::uint64_t thread;
    char module[64];
    char plugin[64];
    char version[32];
    char what[112];
    char within[112];
    char run[128];
};

std::vector<InFlight::Call> InFlight::read_left(const std::filesystem::path& file) {
    std::error_code none;
    if (std::filesystem::is_symlink(file, none)) return {};  // none of ours
    if (std::filesystem::file_size(file, none) != kSlots * sizeof(Slot)) return {};
    std::ifstream in(file, std::ios::binary);
    std::map<std::uint64_t, Slot> last_of;
    Slot slot{};
    while (in.read(reinterpret_cast<char*>(&slot), sizeof slot)) {
        if (slot.order == 0) continue;
        auto& known = last_of[slot.thread];
        if (known.order < slot.order) known = slot;
    }
    std::vector<Call> calls;
    for (const auto& [thread, last] : last_of) {
        calls.push_back({text_of(last.module), text_of(last.plugin), text_of(last.version),
                         text_of(last.what), text_of(last.within), text_of(last.run)});
    }
    return calls;
}

InFlight::InFlight(const std::filesystem::path& file) : file_(file) {
    constexpr std::size_t kSize = kSlots * sizeof(Slot);
    const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    // Allocated, since a write to a hole of a full disk would end the process.
    const int refused = fd < 0 ? errno : ::posix_fallocate(fd, 0, kSize);
    void* mapped = refused != 0 ? MAP_FAILED
                                : ::mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    const int error = refused != 0 ? refused : errno;
    if (fd >= 0) ::close(fd);
    if (mapped == MAP_FAILED) {
        throw Error(GANTRY_E_UNAVAILABLE,
                    file.string() + ": " + std::strerror(error));  // NOLINT: glibc's is safe
    }
    slots_ = static_cast<Slot*>(mapped);
    for (std::size_t i = kSlots; i > 0; --i) free_.push_back(i - 1);
}

InFlight::~InFlight() {
    ::munmap(slots_, kSlots * sizeof(Slot));
    forget();
}

void InFlight::forget() { ::unlink(file_.c_str()); }

const Running* InFlight::on_this_thread() { return innermost; }

InFlight::Mark::Mark(InFlight* calls, const Running& running)
    : calls_(calls), running_(running), outer_(innermost) {
    about_to_block("a function of a plugin");
    use_signal_stack();
    innermost = &running_;
    if (calls_ == nullptr) return;
    {
        const std::lock_guard lock(calls_->mutex_);
        if (calls_->free_.empty()) return;
        slot_ = calls_->free_.back();
        calls_->free_.pop_back();
    }
    marked_ = true;
    auto& slot = calls_->slots_[slot_];
    slot.thread = std::hash<std::thread::id>()(std::this_thread::get_id());
    copy(slot.module, running.module);
    copy(slot.plugin, running.plugin);
    copy(slot.version, running.version);
    copy(slot.what, running.what);
    copy(slot.within, running.within);
    copy(slot.run, running.run_id);
    std::atomic_ref(slot.order).store(++calls_->order_, std::memory_order_release);
}

InFlight::Mark::~Mark() {
    innermost = outer_;
    if (!marked_) return;
    std::atomic_ref(calls_->slots_[slot_].order).store(0, std::memory_order_release);
    const std::lock_guard lock(calls_->mutex_);
    calls_->free_.push_back(slot_);
}

}  // namespace gantry::host
