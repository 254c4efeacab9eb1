// The operators of this program, which count.
#include "large_allocations.hpp"

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

namespace {

constexpr std::size_t kLarge = std::size_t{512} << 10;
std::atomic<int> large{0};

}  // namespace

// GCC sees free() of what an inlined operator new has made, and not that this one calls malloc().
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"

void* operator new(std::size_t size, const std::nothrow_t& /*unused*/) noexcept {
    if (size >= kLarge) ++large;
    return std::malloc(size);
}
void* operator new(std::size_t size) {
    if (void* const memory = operator new(size, std::nothrow)) return memory;
    throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, const std::nothrow_t& /*unused*/) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

#pragma GCC diagnostic pop

namespace gantry::host {

int large_allocations() { return large; }

}  // namespace gantry::host
