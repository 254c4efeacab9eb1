// The same revision each time: a write that was taken although it failed is not written twice.
#include "flow/write_back.hpp"

namespace gantry::host {
namespace {

struct WriteBack : std::enable_shared_from_this<WriteBack> {
    WriteBack(RunOwner& o, RunRow r, std::function<void(std::optional<RunRow>)> fn,
              std::vector<EventRow> e)
        : owner(o), run(std::move(r)), events(std::move(e)), done(std::move(fn)), busy(o.busy) {}

    void post() {
        Mutation mutation;
        mutation.run = run;
        mutation.events = events;
        owner.store.post(std::move(mutation), [self = shared_from_this()](const Outcome& outcome) {
            self->written(outcome);
        });
    }

    void written(const Outcome& outcome) {
        if (const auto* error = std::get_if<Error>(&outcome)) {
            owner.log.error(error->message(), {{"run", run.id}, {"workflow", run.workflow}});
            owner.timers.after(owner.settings.store_retry, [self = shared_from_this()] {
                if (!self->owner.stopping) self->post();
            });
            return;
        }
        if (std::holds_alternative<Stale>(outcome)) return done(std::nullopt);
        const auto* how = std::get_if<Committed>(&outcome);
        if (how != nullptr && how->made_due) owner.made_due();
        done(std::move(run));
    }

    RunOwner& owner;
    RunRow run;
    const std::vector<EventRow> events;
    const std::function<void(std::optional<RunRow>)> done;
    const Busy::Hold busy;
};

}  // namespace

void write_back(RunOwner& owner, RunRow run, std::function<void(std::optional<RunRow>)> done,
                std::vector<EventRow> events) {
    run.owner.reset();
    ++run.revision;
    std::make_shared<WriteBack>(owner, std::move(run), std::move(done), std::move(events))->post();
}

}  // namespace gantry::host
