// Memory that ends where reading further is a fault, and that can be taken away without being
// unmapped: whoever still looks at it is caught.
#pragma once

#include <cstddef>
#include <string_view>

namespace gantry::host::check {

class Guarded {
public:
    /// A copy of these bytes, the last one just before a page that nobody may touch. `align`: the
    /// copy begins at a multiple of it; bytes up to the guard are then 0xA5.
    explicit Guarded(std::string_view bytes, std::size_t align = 1);
    ~Guarded();
    Guarded(const Guarded&) = delete;
    Guarded& operator=(const Guarded&) = delete;

    const char* data() const { return data_; }
    char* data() { return data_; }
    /// From now on reading it is a fault, too.
    void take_away();

private:
    char* mapping_;
    std::size_t mapped_;
    char* data_;
};

}  // namespace gantry::host::check
