// Where jq programs run: on threads that can be given up, since nothing can stop a program that
// does not end.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace gantry::host {

struct ExpressionSettings {
    /// How long a program may run. One that takes longer is given up.
    std::chrono::milliseconds limit{5000};
    /// Programs at once. One that has waited for 50 ms runs nevertheless, on a thread more, so that
    /// what others ask for does not cost it its own time.
    std::size_t threads = 4;
};

/// Threads are made when they are needed, and kept. One that was given up counts no longer, may run
/// only when nothing else wants the processor, and ends if its program ever does. [any]
class Expressions {
public:
    explicit Expressions(ExpressionSettings settings);
    /// Waits for no program: what runs is given up.
    ~Expressions();
    Expressions(const Expressions&) = delete;
    Expressions& operator=(const Expressions&) = delete;

    /// Those of the process. Every template of every definition, route and call step would have to
    /// be handed one otherwise, and there cannot be two: libjq's own state is the process's.
    static Expressions& of_process();

    /// Runs `work`, which throws nothing, on another thread, and waits for its end. False: it did
    /// not end within the limit. It then goes on, and has to hold what it uses. Throws Error
    /// UNAVAILABLE (NOT_APPLIED) when there is no thread for it. Blocks. `program` is for whoever
    /// is told that it was given up.
    bool run(std::function<void()> work, const std::string& program = {});

    void set_limit(std::chrono::milliseconds limit);
    std::chrono::milliseconds limit() const;

    /// Threads that were given up and have not come back.
    std::size_t stuck() const;
    /// Gets the program that was given up, and how many are stuck now.
    using GivenUp = std::function<void(const std::string& program, std::size_t stuck)>;
    void on_given_up(GivenUp told);

private:
    struct Threads;

    const std::shared_ptr<Threads> threads_;  // outlive this where one is stuck
};

}  // namespace gantry::host
