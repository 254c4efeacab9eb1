// A store with as many finished runs as one likes and few others, written as quickly as the disk
// takes them.
#pragma once

#include <cstdint>
#include <filesystem>

namespace gantry::test {

/// What can be told apart of them, counted from the oldest, 1. Each began a second after the one
/// before, the last one now, and has two steps.
///   name      w0 … w9, by the number's last digit
///   key       key-NUMBER
///   state     the first kFailed are failed, the last `waiting` wait for a signal; of the others w3
///             are reverted, the rest is done
constexpr int kFailed = 50;

/// Makes the file. Each run has an input of `payload` bytes; its steps have small ones.
void make_finished_runs(const std::filesystem::path& file, int count, std::int64_t payload,
                        int waiting = 200);

}  // namespace gantry::test
