// A line of JSON in a locked file: the lock tells one that died from one that is still at it.
#include "plugin/load_mark.hpp"

#include "plugin/running.hpp"

#include <gantry/json.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>

namespace gantry::host {
namespace {

constexpr std::size_t kLongest = 16384;

}  // namespace

std::string LoadMark::Load::in_words() const {
    std::string words;
    gantry::host::in_words({module, plugin, version, "load", "", ""},
                           [&](std::string_view piece) { words += piece; });
    return words + ", " + file + (why.empty() ? "" : ": " + why);
}

LoadMark::LoadMark(const std::filesystem::path& file) : file_(file) {
    fd_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd_ < 0 || ::flock(fd_, LOCK_EX | LOCK_NB) == 0) return;
    ::close(fd_);
    fd_ = -1;
}

LoadMark::LoadMark() : fd_(::memfd_create("gantry-load", MFD_CLOEXEC)) {}

LoadMark::~LoadMark() {
    if (fd_ < 0) return;
    if (!file_.empty()) ::unlink(file_.c_str());
    ::close(fd_);
}

std::optional<LoadMark::Load> LoadMark::read() const {
    std::string text(kLongest, '\0');
    const auto length = fd_ < 0 ? 0 : ::pread(fd_, text.data(), text.size(), 0);
    if (length <= 0) return std::nullopt;
    text.resize(static_cast<std::size_t>(length));
    const auto load = json::parse(text, nullptr, false);
    if (!load.is_object()) return std::nullopt;
    const auto word = [&](const char* key) {
        const auto it = load.find(key);
        return it != load.end() && it->is_string() ? it->get<std::string>() : "";
    };
    return Load{word("file"), word("module"), word("plugin"), word("version"), word("why")};
}

void LoadMark::write(const Load& load) {
    clear();
    const auto text = json{
        {"file", load.file},
        {"module", load.module},
        {"plugin", load.plugin},
        {"version", load.version},
        {"why", load.why}}.dump(-1, ' ', false, json::error_handler_t::replace);
    if (fd_ < 0 || text.size() > kLongest) return;
    // A full disk: a crash will not say what it was in.
    [[maybe_unused]] const auto written = ::pwrite(fd_, text.data(), text.size(), 0);
}

void LoadMark::clear() {
    if (fd_ >= 0) [[maybe_unused]]
        const int cleared = ::ftruncate(fd_, 0);
}

}  // namespace gantry::host
