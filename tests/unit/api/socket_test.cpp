// The listener of /admin on a unix socket, and what becomes of its file.
#include "support/temp_dir.hpp"
#include "support/until.hpp"
#include "test_host.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace gantry::host {
namespace {

/// Whether somebody answers at the socket's file.
bool is_answered(const std::string& path) {
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    path.copy(to.sun_path, sizeof to.sun_path - 1);
    const std::string request = "GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n";
    char answer[1024];
    const bool answered = ::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0 &&
                          ::send(fd, request.data(), request.size(), MSG_NOSIGNAL) > 0 &&
                          ::recv(fd, answer, sizeof answer, 0) > 0;
    ::close(fd);
    return answered;
}

class SocketFile : public testing::Test {
protected:
    SocketFile() {
        host_.config.http.admin_listen = ListenConfig{};
        host_.config.http.admin_listen->socket = path_;
        auto& h = host_;
        server_ =
            std::make_unique<Server>(ServerParts{h.engine, *h.store, h.container, h.api, h.routes,
                                                 h.machinery.timers, log_, h.machinery.metrics},
                                     h.config, "secret");
    }

    bool is_told(const std::string& what) {
        std::ostringstream all;
        all << std::ifstream(dir_ / "log").rdbuf();
        return all.str().find(what) != std::string::npos;
    }

    const test::TempDir dir_;
    const std::string path_ = (dir_ / "admin.sock").string();
    Log log_{LogFormat::kJson, GANTRY_LOG_INFO,
             ::open((dir_ / "log").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600)};
    TestHost host_;
    std::unique_ptr<Server> server_;
};

TEST_F(SocketFile, is_made_again_for_its_owner_alone_where_somebody_deletes_it) {
    ASSERT_TRUE(is_answered(path_));
    for (int i = 0; i < 2; ++i) {
        std::filesystem::remove(path_);
        ASSERT_TRUE(test::until([&] { return is_answered(path_); }));
        EXPECT_TRUE(is_told(path_ + " was deleted"));
        EXPECT_EQ(std::filesystem::status(path_).permissions(), std::filesystem::perms(0600));
    }
    server_.reset();
    EXPECT_FALSE(std::filesystem::exists(path_)) << "as one that was not made again";
}

TEST_F(SocketFile, of_somebody_else_is_left_alone_until_it_is_gone) {
    std::filesystem::remove(path_);
    std::ofstream(path_ + ".new") << "theirs";
    std::filesystem::rename(path_ + ".new", path_);
    ASSERT_TRUE(test::until([&] { return is_told(R"("level":"error")"); }));
    EXPECT_TRUE(is_told(path_ + " was replaced"));
    EXPECT_TRUE(std::filesystem::is_regular_file(path_));
    std::filesystem::remove(path_);
    EXPECT_TRUE(test::until([&] { return is_answered(path_); }));
}

}  // namespace
}  // namespace gantry::host
