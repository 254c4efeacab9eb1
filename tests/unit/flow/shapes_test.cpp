// Random definitions of every shape, with scripted failures and restarts after any commit, against
// what the rules say: who is undone, with what, in which order. GANTRY_SEED=n
// repeats the definition that a failure names.
#include "saga_world.hpp"

#include <cstdlib>
#include <iostream>

namespace gantry::host {
namespace {

/// A random definition, and which steps of it could have used which.
class Maker {
public:
    explicit Maker(unsigned seed) : random_(seed) {}

    json definition() {
        json source = {
            {"name", "w"}, {"steps", block(0, 1 + pick(4))}, {"result", "${ .input.n }"}};
        return source;
    }

private:
    unsigned pick(unsigned n) { return static_cast<unsigned>(random_() % n); }
    std::string id(const char* kind) { return kind + std::to_string(++last_); }

    json block(int depth, unsigned length) {
        json out = json::array();
        for (unsigned i = 0; i < length; ++i) out.push_back(node(depth));
        for (unsigned i = 0; i < length; ++i) may_fail(out, i);
        return out;
    }

    // One step in four may fail, and half of these skip what follows them.
    void may_fail(json& block, std::size_t at) {
        if (!block[at].contains("step") || pick(4) != 0) return;
        block[at]["on_failure"] = "continue";
        if (at + 1 == block.size() || pick(2) == 0) return;
        const auto& to = block[at + 1 + pick(static_cast<unsigned>(block.size() - at - 1))];
        if (to.contains("id") || to.contains("step")) {
            block[at]["skip_to"] = to.value("id", to.value("step", ""));
        }
    }

    json node(int depth) {
        const auto kind = depth >= 3 || last_ > 12 ? 0 : pick(10);
        switch (kind) {
            case 6: {
                json branches = json::array();
                for (unsigned i = 0, n = 2 + pick(2); i < n; ++i) {
                    branches.push_back(block(depth + 1, 1 + pick(2)));
                }
                return {{"parallel", branches}};
            }
            case 7: {
                json when = {{"when", pick(2) == 0 ? "${ .input.yes }" : "${ .input.no }"},
                             {"then", block(depth + 1, 1 + pick(2))}};
                if (pick(2) == 0) when["otherwise"] = block(depth + 1, 1 + pick(2));
                return when;
            }
            case 8: {
                json each = {{"id", id("each")},
                             {"for_each", pick(4) == 0 ? "${ .input.none }" : "${ .input.list }"},
                             {"limit", 1 + pick(3)}};
                each["do"] = block(depth + 1, 1 + pick(2));
                return each;
            }
            case 9:
                if (pick(2) == 0) return {{"id", id("nap")}, {"sleep", pick(2) == 0 ? "1s" : "1h"}};
                return {{"id", id("nested")},
                        {"workflow", id("inner")},
                        {"with", "${ .input }"},
                        {"definition",
                         {{"steps", block(depth + 1, 1 + pick(2))}, {"result", "${ .input.n }"}}}};
            default:
                return {{"step", id("s")}, {"with", "${ .input.n }"}};
        }
    }

    std::mt19937 random_;
    int last_ = 0;
};

/// Walks a definition and says of two paths whether the second one could have used the first one.
class Order {
public:
    explicit Order(const Definition& definition) { walk(definition.block, "", {}); }

    bool before(const std::string& a, const std::string& b) const {
        const auto& pa = place(a);
        const auto& pb = place(b);
        for (std::size_t i = 0; i < std::min(pa.size(), pb.size()); ++i) {
            // Even: the place in a block. Odd: the branch or item.
            if (pa[i] == pb[i]) continue;
            return i % 2 == 0 && pa[i] < pb[i];
        }
        return false;
    }

private:
    using Place = std::vector<std::size_t>;

    const Place& place(const std::string& path) const {
        auto& place = cache_[path];
        if (!place.empty()) return place;
        std::string pattern;  // items have no number in the pattern
        std::vector<std::size_t> items;
        for (std::size_t i = 0; i < path.size(); ++i) {
            pattern += path[i];
            if (path[i] != '[') continue;
            const auto end = path.find(']', i);
            items.push_back(std::stoul(path.substr(i + 1, end - i - 1)));
            pattern += "]";
            i = end;
        }
        place = places_.at(pattern);
        std::size_t next = 0;
        for (auto& part : place) {
            if (part == kItem) part = items.at(next++);
        }
        return place;
    }

    void walk(const Block& block, const std::string& prefix, const Place& around) {
        for (std::size_t i = 0; i < block.size(); ++i) {
            const auto& node = block[i];
            auto here = around;
            here.push_back(i);
            if (node.kind == Node::Kind::kStep) places_[prefix + node.id] = here;
            for (std::size_t b = 0; b < node.blocks.size(); ++b) {
                auto inside = here;
                inside.push_back(node.kind == Node::Kind::kForEach ? kItem : b);
                const std::string below =
                    node.kind == Node::Kind::kForEach    ? prefix + node.id + "[]/"
                    : node.kind == Node::Kind::kWorkflow ? prefix + node.id + "/"
                                                         : prefix;
                walk(node.blocks[b], below, inside);
            }
        }
    }

    static constexpr std::size_t kItem = SIZE_MAX;
    std::map<std::string, Place> places_;
    mutable std::map<std::string, Place> cache_;
};

constexpr const char* kInput = R"({"n":1,"yes":true,"no":false,"list":[1,2,3],"none":[]})";

struct Case {
    unsigned seed;
    json source;
    Plan plan;
    std::map<std::string, Script> scripts;
    unsigned bad_one_in;

    explicit Case(unsigned s)
        : seed(s), source(Maker(s).definition()), plan(plan_of(source)), bad_one_in(3 + s % 12) {}

    // The same for a path whenever it is asked.
    Script script(const std::string& path) const {
        std::mt19937 random(seed * 2654435761U + std::hash<std::string>{}(path) % 1000003U);
        const auto draw = [&](unsigned n) { return static_cast<unsigned>(random() % n); };
        Script out;
        constexpr Do kGood[] = {Do::kOk, Do::kOkWithUndo, Do::kRetryThenOk, Do::kSkips};
        out.invoke = draw(bad_one_in) == 0 ? static_cast<Do>(3 + draw(5)) : kGood[draw(4)];
        out.compensate = draw(12) == 0 ? Undo::kRefused : static_cast<Undo>(draw(2));
        return out;
    }

    World simulate(const Simulation::Restarts& restarts, unsigned order,
                   unsigned meddle_one_in = 0) const {
        return Simulation(
                   plan, [this](const auto& path) { return script(path); }, restarts, order)
            .meddle(meddle_one_in)
            .run(kInput);
    }
};

// What the rules say of a world that came to its end.
void check(const Case& c, const World& world, bool restarted) {
    std::string about = "GANTRY_SEED=" + std::to_string(c.seed) + " " + c.source.dump() + "\n";
    const Order order(c.plan.definition);
    bool failed = world.cancelled, undo_failed = false;
    std::vector<std::string> undone;
    for (const auto& call : world.ended) {
        if (call.ends_with("/compensate")) undone.push_back(call.substr(0, call.size() - 11));
    }
    for (const auto& [key, row] : world.rows) {
        if (row.side == Side::kCompensate) {
            undo_failed = undo_failed || row.status == StepStatus::kFailed;
            continue;
        }
        const bool fell = row.status == StepStatus::kFailed || row.status == StepStatus::kUnknown;
        failed = failed || (fell && !row.result);  // else the run went on without it
        if (row.module.empty()) continue;
        const auto script = c.script(row.path);
        const bool is_undone = world.rows.contains(row.path + "/c");
        const bool reverted = world.run.status != RunStatus::kDone;
        // Who is undone, and with what.
        bool should = false;
        std::string with = "absent";
        switch (row.status) {
            case StepStatus::kDone:
                should = true;
                with = script.invoke == Do::kOkWithUndo ? "null" : R"("out")";
                break;
            case StepStatus::kUnknown:
                should = true;
                if (row.undo_input) with = *row.undo_input;
                break;
            case StepStatus::kFailed:
                should = row.undo_input.has_value();
                if (should) with = R"({"was":1})";
                break;
            case StepStatus::kSkipped:
                EXPECT_TRUE(script.invoke == Do::kSkips || row.result == "null")
                    << about << row.path;
                break;
            default:
                ADD_FAILURE() << about << row.path << " is left " << to_string(row.status);
        }
        EXPECT_EQ(is_undone, reverted && should) << about << row.path;
        if (is_undone && world.undo_given.contains(row.path + "/compensate")) {
            EXPECT_EQ(world.undo_given.at(row.path + "/compensate"), with) << about << row.path;
        }
        const bool clean_refusal = script.invoke == Do::kRefused && !restarted;
        if (row.status == StepStatus::kFailed && clean_refusal) {
            EXPECT_FALSE(is_undone) << about << row.path << " changed nothing and was undone";
        }
    }
    // In which order: what could have used another one is undone before it.
    for (std::size_t i = 0; i < undone.size(); ++i) {
        for (std::size_t j = i + 1; j < undone.size(); ++j) {
            EXPECT_FALSE(order.before(undone[i], undone[j]))
                << about << undone[i] << " was undone before " << undone[j];
        }
    }
    // The same going forward.
    std::set<std::string> asked;
    for (const auto& call : world.calls) {
        if (call.ends_with("/compensate")) break;
        for (const auto& earlier : asked) {
            EXPECT_FALSE(order.before(call, earlier) && !asked.contains(call))
                << about << call << " was asked for after " << earlier;
        }
        asked.insert(call);
    }
    const auto expected = !failed       ? RunStatus::kDone
                          : undo_failed ? RunStatus::kFailed
                                        : RunStatus::kReverted;
    EXPECT_EQ(world.run.status, expected) << about;
    EXPECT_FALSE(world.run.owner.has_value()) << about;
    EXPECT_TRUE(world.run.finished_at.has_value()) << about;
    EXPECT_EQ(world.run.output.has_value(), expected == RunStatus::kDone) << about;
    EXPECT_EQ(world.run.error.has_value(), expected != RunStatus::kDone) << about;
}

// Rows of two ends of one run, without what a restart or an order may change.
std::map<std::string, std::string> outline(const World& world) {
    std::map<std::string, std::string> out;
    for (const auto& [key, row] : world.rows) {
        // A restart leaves it open whether an attempt before did something.
        out[key] = row.result ? *row.result : std::string(to_string(row.status));
    }
    return out;
}

void check_seed(unsigned seed) {
    const Case c(seed);
    const auto never = [](int) { return false; };
    const auto whole = c.simulate(never, seed);
    check(c, whole, false);
    const bool plain = whole.run.status == RunStatus::kDone;
    // Restarted after every commit in turn, and after many of them.
    for (int at = 1; at <= whole.commits; ++at) {
        const auto again = c.simulate([at](int commit) { return commit == at; }, seed);
        check(c, again, true);
        if (plain) {
            EXPECT_EQ(outline(again), outline(whole))
                << "GANTRY_SEED=" << seed << " restarted after commit " << at;
        }
    }
    const auto often = c.simulate([](int commit) { return commit % 3 == 0 && commit < 200; }, seed);
    check(c, often, true);
    const auto other = c.simulate(never, seed + 1);
    check(c, other, false);
    if (plain) {
        EXPECT_EQ(outline(other), outline(whole)) << "GANTRY_SEED=" << seed;
    }
}

// Whoever pauses, cancels, withdraws calls or sets the clock: what runs and what is undone follows
// the same rules. What the saga promises of its state it checks itself, after each event.
void check_meddled(unsigned seed) {
    const Case c(seed);
    for (const unsigned one_in : {2U, 5U}) {
        const auto never = [](int) { return false; };
        check(c, c.simulate(never, seed, one_in), false);
        const auto often = [](int commit) { return commit % 4 == 0 && commit < 200; };
        check(c, c.simulate(often, seed, one_in), true);
    }
}

void check_random(unsigned count) {
    if (const char* seed = std::getenv("GANTRY_SEED")) {
        std::cout << Maker(static_cast<unsigned>(std::stoul(seed))).definition().dump(2) << '\n';
        check_meddled(static_cast<unsigned>(std::stoul(seed)));
        return check_seed(static_cast<unsigned>(std::stoul(seed)));
    }
    const unsigned first = std::random_device{}() % 1'000'000'000;
    std::cout << "seeds " << first << " to " << first + count - 1
              << "; GANTRY_SEED=n repeats one\n";
    for (unsigned seed = first; seed < first + count && !testing::Test::HasFailure(); ++seed) {
        check_seed(seed);
        check_meddled(seed);
    }
}

// Others each time.
TEST(Shapes, random_definitions_end_as_the_rules_say_wherever_they_are_restarted) {
    check_random(20);
}

TEST(ManyShapes, random_definitions_end_as_the_rules_say_wherever_they_are_restarted) {
    check_random(200);
}

}  // namespace
}  // namespace gantry::host
