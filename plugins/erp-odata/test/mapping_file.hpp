// A mapping file for the time of a test.
#pragma once

#include "fake_service.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>

namespace erp_odata::test {

class MappingFile {
public:
    explicit MappingFile(const json& source)
        : name_(testing::TempDir() + "erp-odata-mapping.json") {
        std::ofstream(name_) << source;
    }
    ~MappingFile() { std::remove(name_.c_str()); }
    MappingFile(const MappingFile&) = delete;
    MappingFile& operator=(const MappingFile&) = delete;

    json options() const {
        auto out = kOptions;
        out["mapping"] = name_;
        return out;
    }

private:
    std::string name_;
};

}  // namespace erp_odata::test
