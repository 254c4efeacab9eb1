// Work on many threads at once.
#pragma once

#include <atomic>
#include <thread>
#include <vector>

namespace gantry::test {

/// Does `work(i)` for every i below `count`, `threads` at a time. It throws nothing.
template <typename Work>
void in_parallel(int count, int threads, Work work) {
    std::atomic<int> next{0};
    std::vector<std::thread> workers;
    for (int t = 0; t < threads; ++t) {
        workers.emplace_back([&] {
            for (int i = next++; i < count; i = next++) work(i);
        });
    }
    for (auto& worker : workers) worker.join();
}

}  // namespace gantry::test
