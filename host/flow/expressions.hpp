// Where jq programs run: in a few processes, of which each is killed when its program takes too
// long or too much, since nothing else can stop one.
#pragma once

#include "flow/jq_process.hpp"

#include <functional>
#include <memory>

namespace gantry::host {

struct ExpressionSettings {
    ExpressionLimits limits = {};
    /// Programs at once, and processes that are kept.
    std::size_t at_once = 4;
    /// A program that has waited for 50 ms runs nevertheless, in a process more, up to as many:
    /// what others ask for does not cost it its own time.
    std::size_t at_most = 8;
};

/// Processes are made when they are needed, and kept. Who waits longest is next, but one whose
/// program runs nowhere goes before one whose program runs already, and no program has all
/// processes: one that does not end keeps the others from nothing. [any]
class Expressions {
public:
    explicit Expressions(ExpressionSettings settings);
    /// Kills what runs. Nobody may wait for a program any more.
    ~Expressions();
    Expressions(const Expressions&) = delete;
    Expressions& operator=(const Expressions&) = delete;

    /// Those of the process. Every template of every definition, route and call step would have to
    /// be handed one otherwise.
    static Expressions& of_process();

    /// What JqMachine::run gives and throws. Throws also Error INVALID_DATA when the program did
    /// not end within its time, used more memory than it may, or crashed jq: asked again it would
    /// do so again; and UNAVAILABLE (NOT_APPLIED) when there is no process for it, or somebody else
    /// has killed two. Blocks.
    std::string run(const std::string& program, const std::string& input);
    /// As run, for the program alone.
    void compile(const std::string& program);

    void set_limits(ExpressionLimits limits);
    ExpressionLimits limits() const;

    /// Processes that wait for the next program.
    std::size_t idle() const;

    /// Gets the program that was ended, the cause in one word ("time", "memory" or "crash"), and in
    /// words.
    using OnEnded = std::function<void(const std::string& program, const std::string& cause,
                                       const std::string& words)>;
    void on_ended(OnEnded told);

private:
    struct Pool;
    class Place;

    std::string ask(const std::string& program, const std::string* input);

    const std::unique_ptr<Pool> pool_;
};

}  // namespace gantry::host
