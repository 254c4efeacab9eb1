// Where the server could not be had the tests are skipped, with the reason.
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <string>

int main(int argc, char** argv) {
    std::ifstream skipped(GANTRY_ODATA "/skip");
    std::string why;
    if (std::getline(skipped, why)) {
        std::fprintf(stderr, "skipped: %s\n", why.c_str());
        return 77;
    }
    testing::InitGoogleTest(&argc, argv);
    return RUN_ALL_TESTS();
}
