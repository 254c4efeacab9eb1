// One look at a time.
#include "flow/store_watch.hpp"

namespace gantry::host {
namespace {

constexpr auto kEvery = std::chrono::seconds(1);
constexpr auto kRaises = std::chrono::minutes(1);

}  // namespace

StoreWatch::StoreWatch(Store& store, Pool& pool, Timers& timers, Log& log)
    : store_(store), pool_(pool), timers_(timers), log_(log) {
    look_again();
}

void StoreWatch::look_again() {
    timers_.after(kEvery, [this] {
        if (!stopping_) pool_.submit([this] { look(); });
    });
}

void StoreWatch::look() {
    if (stopping_) return;
    try {
        const auto why = store_.lost();
        const bool tells = !why.empty() && !told_;
        told_ = !why.empty();
        if (tells) log_.error(why);
        if (tells || Timers::Clock::now() - raised_ >= kRaises) {
            raised_ = Timers::Clock::now();
            store_.raise_stamp();
        }
    } catch (const Error& e) {
        log_.warn("the stamp of the store was not raised: " + e.message());
    }
    look_again();
}

}  // namespace gantry::host
