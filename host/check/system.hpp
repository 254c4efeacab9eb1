// The system that a plugin speaks to, started for the checks as contract.json says.
#pragma once

#include "check/contract_file.hpp"
#include "check/interrupt.hpp"

#include <sys/types.h>

namespace gantry::host::check {

/// Runs from its construction to its destruction; all it started is killed then.
class System {
public:
    /// Starts the contract's command on a free port and waits until its `ready` URL answers. Does
    /// nothing where there is no command. Throws Error CONFIG that shows what it printed,
    /// CANCELLED on an interrupt.
    System(const ContractFile& contract, const std::filesystem::path& folder,
           const Interrupt& interrupt);
    ~System();
    System(const System&) = delete;
    System& operator=(const System&) = delete;

    int port() const { return port_; }
    /// -1: none runs.
    pid_t pid() const { return pid_; }

private:
    void start(const std::vector<std::string>& command, const std::filesystem::path& folder);
    void wait_until_ready(const std::string& url, const Interrupt& interrupt);
    void end() const;
    std::string printed() const;

    std::filesystem::path output_;
    int port_ = 0;
    pid_t pid_ = -1;
};

}  // namespace gantry::host::check
