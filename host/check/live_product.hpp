// The product that a real system is asked for: kept before the checks, put back after each of them.
#pragma once

#include "check/child.hpp"
#include "check/contract_file.hpp"
#include "check/kept_file.hpp"

#include <functional>

namespace gantry::host::check {

class LiveProduct {
public:
    /// Makes a check in a process of its own, with the subject as it is then; null: it hears no
    /// interrupt.
    using Make = std::function<Finding(const Check& check, const Interrupt* interrupt)>;
    using Say = std::function<void(const std::string& text)>;

    /// `subject` outlives it and gets what is watched and where it is kept; of another run's,
    /// `kept` is set. Throws Error CONFIG where the plugin cannot put a product back, or nothing is
    /// kept there.
    LiveProduct(SubjectSettings& subject, const ContractFile& contract, Make make, Say say);

    /// Says what is going to be done, and keeps the product. Throws Error CONFIG where that does
    /// not work.
    void keep(const Interrupt& interrupt);

    /// The check, after which the product is put back, in any case. Throws as run_child() does,
    /// CHANGED where the product could not be put back after an interrupt.
    Finding made(const Check& check, const Interrupt& interrupt);

    /// Whether something is not as it was, and could not be put back.
    bool is_damaged() const { return damage_.has_value(); }
    /// How all is in the end.
    Finding end() { return damage_ ? *damage_ : put_back(); }

private:
    Finding put_back();
    Error after_put_back(const Error& why);
    Finding made_whole(const Check& check);

    SubjectSettings& subject_;
    const Make make_;
    const Say say_;
    const std::string name_;  // product "p1"
    std::optional<KeptFile> file_;
    std::optional<Finding> damage_;
};

}  // namespace gantry::host::check
