// Which runs are taken up, and when: what is due, what others left behind. Recovery is a look at
// the rows, made again whenever something may have become due: no event that could get lost.
#pragma once

#include "flow/clock_watch.hpp"
#include "flow/run_owner.hpp"

#include <optional>
#include <set>

namespace gantry::host {

/// Runs whose host died during their calls are suspects: they are tried one at a time. A host that
/// was started too often without an orderly end takes up no run for a while. [any]
class Claims {
public:
    /// What it asks of the engine. Its functions are [any] and wait for nothing.
    class Taker {
    public:
        virtual ~Taker() = default;
        /// A run was taken for this host: it goes on.
        virtual void take_up(ClaimedRun run, bool suspect) = 0;
        /// How many more this host takes.
        virtual std::size_t room() const = 0;
        /// See ClockWatch.
        virtual void clock_stepped(std::int64_t by, ClockWatch::Followed followed) = 0;
    };

    /// Both outlive it, and every callback: see RunOwner::busy.
    Claims(RunOwner& owner, Taker& taker) : owner_(owner), taker_(taker) {}

    /// Takes over what earlier hosts of this store left, and from now on takes up what is due. How
    /// many were left; none are taken up before calm_at(). On a thread that may block.
    std::size_t recover();
    /// When the host takes up runs again after too many starts; nothing: it does.
    std::optional<std::int64_t> calm_at() const;
    /// recover() was called.
    bool recovered() const { return recovered_; }

    /// Whether a run that is due may wait still: these claims take none now, have taken all they
    /// can or have begun to take for no longer than `patience`, or try another suspect before it.
    bool come_to(const Unaccounted& run, std::chrono::milliseconds patience) const;

    /// Something may be due now.
    void look();
    /// Something is due then.
    void look_at(std::int64_t when);
    /// The one that was tried alone has lived through a call, or stands.
    void suspect_passed();

    /// Nothing is taken any more.
    void stop();

private:
    bool is_calm();
    void calm_again();
    void takes_all_it_can(std::int64_t now);
    void taken(Due due, bool tried, bool all_it_can);
    void tell_unreadable(const std::map<std::string, std::string>& runs);

    static constexpr std::int64_t kBatch = 200;

    RunOwner& owner_;
    Taker& taker_;
    std::optional<ClockWatch> clock_;
    std::atomic<bool> recovered_{false};
    mutable std::mutex mutex_;
    bool asking_ = false;                // the store is asked
    bool again_ = false;                 // something became due meanwhile
    bool suspect_tried_ = false;         // one of those whose host died is under way
    std::int64_t looks_at_ = INT64_MAX;  // the timer's time
    Timers::Id timer_ = 0;
    std::optional<std::int64_t> calm_at_;
    std::int64_t takes_since_ = INT64_MAX;  // since then whatever is due should be taken
    std::int64_t suspect_passed_at_ = 0;
    std::set<std::string> told_unreadable_;
};

}  // namespace gantry::host
