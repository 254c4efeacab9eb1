// A certificate that nobody has signed but itself, for a server on 127.0.0.1.
#pragma once

#include <filesystem>
#include <memory>

struct ssl_ctx_st;

namespace gantry::test {

class Certificate {
public:
    /// Written to `file`, in PEM.
    explicit Certificate(const std::filesystem::path& file);
    ~Certificate();
    Certificate(const Certificate&) = delete;
    Certificate& operator=(const Certificate&) = delete;

    /// What a server proves itself by.
    ssl_ctx_st* server() const { return server_; }

private:
    ssl_ctx_st* server_ = nullptr;
};

}  // namespace gantry::test
