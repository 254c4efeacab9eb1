// A word for each thread: null where it may block.
#include "base/may_block.hpp"

#include <cstdio>
#include <cstdlib>
#include <utility>

namespace gantry::host {
namespace {

constinit thread_local const char* who_may_not = nullptr;

}  // namespace

MayNotBlock::MayNotBlock(const char* who) : outer_(std::exchange(who_may_not, who)) {}
MayNotBlock::~MayNotBlock() { who_may_not = outer_; }

void about_to_block(const char* what) {
#ifndef NDEBUG
    if (who_may_not == nullptr) return;
    std::fprintf(stderr, "%s may not block, and was about to wait for %s\n", who_may_not, what);
    std::abort();
#else
    (void)what;
#endif
}

}  // namespace gantry::host
