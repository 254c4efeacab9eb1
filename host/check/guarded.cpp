#include "check/guarded.hpp"

#include <gantry/error.hpp>

#include <sys/mman.h>
#include <unistd.h>

#include <cstring>

namespace gantry::host::check {

Guarded::Guarded(std::string_view bytes, std::size_t align) {
    const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    const auto usable = (bytes.size() + align + page - 1) / page * page;
    mapped_ = usable + page;
    void* mapping =
        ::mmap(nullptr, mapped_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapping == MAP_FAILED) throw Error(GANTRY_E_UNAVAILABLE, "no memory for a guarded page");
    mapping_ = static_cast<char*>(mapping);
    std::memset(mapping_, 0xA5, usable);
    ::mprotect(mapping_ + usable, page, PROT_NONE);
    data_ = mapping_ + (usable - bytes.size()) / align * align;
    if (!bytes.empty()) std::memcpy(data_, bytes.data(), bytes.size());
}

Guarded::~Guarded() { ::munmap(mapping_, mapped_); }

void Guarded::take_away() { ::mprotect(mapping_, mapped_, PROT_NONE); }

}  // namespace gantry::host::check
