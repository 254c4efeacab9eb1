// Bytes that end where memory ends: one step further is a fault.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <new>

namespace gantry::test {

/// A copy of `size` bytes, at most a page. They stay as long as this.
class PageEnd {
public:
    PageEnd(const void* bytes, std::size_t size)
        : page_(static_cast<std::size_t>(sysconf(_SC_PAGESIZE))),
          pages_(mmap(nullptr, 2 * page_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                      0)) {
        if (pages_ == MAP_FAILED) throw std::bad_alloc();
        guard_ = static_cast<std::byte*>(pages_) + page_;
        if (mprotect(guard_, page_, PROT_NONE) != 0) throw std::bad_alloc();
        bytes_ = std::memcpy(guard_ - size, bytes, size);
    }
    ~PageEnd() { munmap(pages_, 2 * page_); }
    PageEnd(const PageEnd&) = delete;
    PageEnd& operator=(const PageEnd&) = delete;

    template <typename T>
    T& as() const {
        return *static_cast<T*>(bytes_);
    }

private:
    std::size_t page_;
    void* pages_;
    std::byte* guard_ = nullptr;
    void* bytes_ = nullptr;
};

}  // namespace gantry::test
