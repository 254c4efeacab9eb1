// RLIMIT_DATA stops the heap from growing; what lies free in it already is taken, piece by piece.
// Each operator new and malloc after that fails as it does on a machine without memory.
#include "check/scarce.hpp"

#include <sys/resource.h>

#include <cstdlib>

namespace gantry::host::check {
namespace {

constexpr std::size_t kLargest = std::size_t{1} << 20;
constexpr std::size_t kUnlimited = std::size_t{1} << 30;

void limit(rlim_t bytes) {
    rlimit now{};
    ::getrlimit(RLIMIT_DATA, &now);
    now.rlim_cur = bytes < now.rlim_max ? bytes : now.rlim_max;
    ::setrlimit(RLIMIT_DATA, &now);
}

}  // namespace

// The list is kept within the blocks: there is no memory for it elsewhere.
struct Scarce::Block {
    Block* next;
};

Scarce::~Scarce() {
    end();
    give_back();
}

bool Scarce::begin(std::size_t left) {
    give_back();
    void* volatile budget = left > 0 ? std::malloc(left) : nullptr;  // volatile: it is to be made
    limit(4096);  // Linux takes 0 for no limit at all
    on_ = true;
    std::size_t total = 0;
    for (std::size_t size = kLargest; size >= sizeof(Block) && total < kUnlimited; size /= 2) {
        while (auto* block = static_cast<Block*>(std::malloc(size))) {
            block->next = taken_;
            taken_ = block;
            total += size;
            if (total >= kUnlimited) break;
        }
    }
    std::free(budget);
    if (total < kUnlimited) return true;
    end();
    give_back();
    return false;
}

void Scarce::end() {
    if (on_.exchange(false)) limit(RLIM_INFINITY);
}

void Scarce::give_back() {
    while (taken_ != nullptr) {
        auto* next = taken_->next;
        std::free(taken_);
        taken_ = next;
    }
}

}  // namespace gantry::host::check
