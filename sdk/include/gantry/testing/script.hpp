// What a scripted system does: one turn per request, in the order written; the last one repeats.
#pragma once

#include <gantry/json.hpp>

#include <functional>
#include <vector>

namespace gantry::testing {

/// Bytes that are no UTF-8 are replaced.
inline std::string text_of(const json& value) {
    return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

/// What becomes of a request.
enum class Fate {
    kAnswered,
    kReplyLost,    // it took effect, and nobody hears of it
    kStalls,       // no reply comes before the deadline
    kUnreachable,  // nothing was sent
};

template <typename Request, typename Answer>
struct Turn {
    std::function<Answer(const Request&)> does{};  // may be empty where no answer arrives
    Fate fate = Fate::kAnswered;
};

template <typename Request, typename Answer>
class Script {
public:
    void add(Turn<Request, Answer> turn) { turns_.push_back(std::move(turn)); }

    /// There is at least one.
    Turn<Request, Answer> next() {
        const auto& turn = turns_.at(at_);
        if (at_ + 1 < turns_.size()) ++at_;
        return turn;
    }

private:
    std::vector<Turn<Request, Answer>> turns_;
    std::size_t at_ = 0;
};

}  // namespace gantry::testing
