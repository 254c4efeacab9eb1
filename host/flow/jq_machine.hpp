// libjq: compiled programs, and their one output. For one thread of a process that may die of it.
#pragma once

#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

struct jq_state;

namespace gantry::host {

/// Keeps the programs that were used last. Not for two threads.
class JqMachine {
public:
    /// `keeps`: compiled programs.
    explicit JqMachine(std::size_t keeps);
    ~JqMachine();
    JqMachine(const JqMachine&) = delete;
    JqMachine& operator=(const JqMachine&) = delete;

    bool has(const std::string& program) const { return known_.contains(program); }

    /// Nothing to do where it has it. Throws Error INVALID_DATA with jq's reason.
    void compile(const std::string& program);

    /// The one output for a JSON text. Compiles where it has to. Throws Error INVALID_DATA for no
    /// output, for several, for numbers that JSON has not and for jq's own errors; and TOO_LARGE.
    std::string run(const std::string& program, const std::string& input);

private:
    struct Teardown {
        void operator()(jq_state* state) const;
    };
    using State = std::unique_ptr<jq_state, Teardown>;
    struct Program {
        std::string text;
        State state;
    };

    static State compiled(const std::string& program);
    Program& find(const std::string& program);

    const std::size_t keeps_;
    std::list<Program> programs_;  // the one used last first
    std::unordered_map<std::string_view, std::list<Program>::iterator> known_;
};

}  // namespace gantry::host
