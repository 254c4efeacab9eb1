// How much of its stack a thread has used.
#pragma once

#include <pthread.h>

#include <cstddef>

namespace gantry::test {

/// Of the calling thread, up to the caller.
inline std::size_t stack_used() {
    pthread_attr_t attributes;
    void* low = nullptr;
    std::size_t size = 0;
    pthread_getattr_np(pthread_self(), &attributes);
    pthread_attr_getstack(&attributes, &low, &size);
    pthread_attr_destroy(&attributes);
    const char here = 0;
    return static_cast<std::size_t>(static_cast<char*>(low) + size - &here);
}

}  // namespace gantry::test
