// prometheus-cpp looks a series up through a map of maps of strings under a mutex; here each is
// found once more, by its label values alone and under a shared lock, and then kept.
#include "base/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <unordered_map>
#include <vector>

namespace gantry::host {
namespace {

using Buckets = prometheus::Histogram::BucketBoundaries;

const Buckets kRunSeconds = {.001, .002, .005, .01, .02, .05, .1,  .2,   .5,    1,
                             2,    5,    10,   30,  60,  300, 900, 3600, 21600, 86400};
const Buckets kStepSeconds = {.0005, .001, .002, .005, .01, .02, .05, .1,
                              .2,    .5,   1,    2,    5,   10,  30,  60};
const Buckets kClaimSeconds = {.001, .01, .05, .1, .2, .5, 1, 2, 5, 10, 30, 60, 300};
const Buckets kCommitSeconds = {.0001, .0002, .0005, .001, .002, .005, .01,
                                .02,   .05,   .1,    .2,   .5,   1,    5};
const Buckets kCommitBatch = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512};

// The series of one metric by the values of its N labels. A series never goes away.
template <typename Metric, std::size_t N>
class Series {
public:
    using Values = std::array<std::string_view, N>;

    Series(prometheus::Family<Metric>& family, std::array<const char*, N> labels,
           Buckets buckets = {})
        : family_(family), labels_(labels), buckets_(std::move(buckets)) {}

    Metric& at(const Values& values) {
        {
            const std::shared_lock lock(mutex_);
            if (const auto it = known_.find(values); it != known_.end()) return *it->second;
        }
        const std::lock_guard lock(mutex_);
        Key key;
        prometheus::Labels labels;
        for (std::size_t i = 0; i < N; ++i) {
            key[i] = values[i];
            labels[labels_[i]] = key[i];
        }
        Metric* metric = nullptr;
        if constexpr (std::is_same_v<Metric, prometheus::Histogram>) {
            metric = &family_.Add(labels, buckets_);
        } else {
            metric = &family_.Add(labels);
        }
        return *known_.try_emplace(std::move(key), metric).first->second;
    }

private:
    using Key = std::array<std::string, N>;
    struct Hash {
        using is_transparent = void;
        template <typename Texts>
        std::size_t operator()(const Texts& texts) const {
            std::size_t hash = 0;
            for (const auto& text : texts) {
                hash = hash * 31 + std::hash<std::string_view>{}(std::string_view(text));
            }
            return hash;
        }
    };
    struct Equal {
        using is_transparent = void;
        template <typename A, typename B>
        bool operator()(const A& a, const B& b) const {
            return std::equal(a.begin(), a.end(), b.begin());
        }
    };

    prometheus::Family<Metric>& family_;
    const std::array<const char*, N> labels_;
    const Buckets buckets_;
    std::shared_mutex mutex_;
    std::unordered_map<Key, Metric*, Hash, Equal> known_;
};

// What is asked for when somebody asks.
struct Asked {
    prometheus::MetricFamily family;  // without values
    std::string label;                // empty: one value
    std::function<std::map<std::string, double>()> read;
    std::vector<prometheus::ClientMetric> last;
    std::optional<std::chrono::steady_clock::time_point> read_at;

    void refresh() {
        last.clear();
        std::map<std::string, double> values;
        try {
            values = read();
        } catch (const std::exception&) {
            return;  // such as a store that does not serve; the others are wanted all the more
        }
        for (const auto& [name, value] : values) {
            auto& metric = last.emplace_back();
            if (!label.empty()) metric.label.push_back({label, name});
            metric.gauge.value = value;  // each type has a place of its own, and one is written
            metric.counter.value = value;
        }
    }
};

}  // namespace

class Metrics::Impl {
public:
    explicit Impl(std::chrono::milliseconds age) : gauge_age_(age) {}

    void ask(const std::string& name, const std::string& help, const std::string& label,
             std::function<std::map<std::string, double>()> read,
             prometheus::MetricType type = prometheus::MetricType::Gauge) {
        const std::lock_guard lock(asked_mutex_);
        asked_.push_back({{name, help, type, {}}, label, std::move(read), {}, {}});
    }

    std::vector<prometheus::MetricFamily> collect() {
        auto families = registry.Collect();
        const std::lock_guard lock(asked_mutex_);
        const auto now = std::chrono::steady_clock::now();
        for (auto& gauge : asked_) {
            if (!gauge.read_at || now - *gauge.read_at >= gauge_age_) {
                gauge.refresh();
                gauge.read_at = now;
            }
            if (gauge.last.empty()) continue;
            families.push_back(gauge.family);
            families.back().metric = gauge.last;
        }
        return families;
    }

    prometheus::Registry registry;

    using Counter = prometheus::Counter;
    using Gauge = prometheus::Gauge;
    using Histogram = prometheus::Histogram;

    prometheus::Family<Counter>& counter(const char* name, const char* help) {
        return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
    }
    prometheus::Family<Gauge>& plain_gauge(const char* name, const char* help) {
        return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
    }
    prometheus::Family<Histogram>& histogram(const char* name, const char* help) {
        return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
    }

    Series<Counter, 1> runs_started{counter("gantry_runs_started_total", "Runs accepted"),
                                    {"workflow"}};
    Series<Counter, 2> runs_finished{
        counter("gantry_runs_finished_total", "Runs that ended done, reverted or failed"),
        {"workflow", "status"}};
    Histogram& run_seconds =
        histogram("gantry_run_seconds", "From a run's acceptance to its end").Add({}, kRunSeconds);
    Series<Histogram, 3> step_seconds{
        histogram("gantry_step_seconds", "Calls of steps, each attempt by itself"),
        {"step", "side", "outcome"},
        kStepSeconds};
    Series<Counter, 2> step_attempts{
        counter("gantry_step_attempts_total", "Attempts of steps that failed, by class of error"),
        {"step", "class"}};
    Histogram& claim_wait =
        histogram("gantry_claim_wait_seconds", "From a run's due time to its claim")
            .Add({}, kClaimSeconds);
    Series<Counter, 1> takeovers{
        counter("gantry_takeovers_total", "Runs taken over from a host that is gone"), {"reason"}};
    Histogram& commit_seconds =
        histogram("gantry_commit_seconds", "Transactions of the store").Add({}, kCommitSeconds);
    Histogram& commit_batch =
        histogram("gantry_commit_batch", "Mutations in one transaction").Add({}, kCommitBatch);
    Counter& stale_writes =
        counter("gantry_stale_writes_total", "Writes refused for their old fence").Add({});
    Counter& store_errors =
        counter("gantry_store_errors_total", "What the store was asked for and did not do").Add({});
    Series<Counter, 1> http_answers{
        counter("gantry_http_answers_total", "HTTP answers by class of status"), {"code"}};
    Series<Gauge, 2> build{plain_gauge("gantry_build_info", "What runs"), {"version", "abi"}};
    Series<Counter, 1> expressions_ended{
        counter("gantry_expressions_ended_total", "Expressions that were ended, by the cause"),
        {"why"}};
    Counter& crashes =
        counter("gantry_plugin_crashes_total", "Calls of plugins that a host died in").Add({});
    Gauge& clock_step =
        plain_gauge("gantry_clock_step_seconds", "The last jump of the wall clock").Add({});

private:
    const std::chrono::milliseconds gauge_age_;
    std::mutex asked_mutex_;  // also held while they are read: one answer serves all who wait
    std::vector<Asked> asked_;
};

constexpr std::array<std::string_view, 5> kStatusClasses = {"1xx", "2xx", "3xx", "4xx", "5xx"};

Metrics::Metrics(std::chrono::milliseconds gauge_age) : impl_(std::make_unique<Impl>(gauge_age)) {
    for (const auto code : kStatusClasses) impl_->http_answers.at({code});
    for (const auto why : {"time", "memory", "crash"}) impl_->expressions_ended.at({why});
}
Metrics::~Metrics() = default;

void Metrics::run_started(std::string_view workflow) {
    impl_->runs_started.at({workflow}).Increment();
}

void Metrics::run_finished(std::string_view workflow, std::string_view status, double seconds) {
    impl_->runs_finished.at({workflow, status}).Increment();
    impl_->run_seconds.Observe(seconds);
}

void Metrics::step_ended(std::string_view step, std::string_view side, std::string_view outcome,
                         double seconds) {
    impl_->step_seconds.at({step, side, outcome}).Observe(seconds);
}

void Metrics::attempt_failed(std::string_view step, std::string_view error_class) {
    impl_->step_attempts.at({step, error_class}).Increment();
}

void Metrics::claimed(double seconds) { impl_->claim_wait.Observe(seconds); }

void Metrics::taken_over(std::string_view reason, std::size_t runs) {
    impl_->takeovers.at({reason}).Increment(static_cast<double>(runs));
}

void Metrics::committed(std::size_t batch, double seconds) {
    impl_->commit_seconds.Observe(seconds);
    impl_->commit_batch.Observe(static_cast<double>(batch));
}

void Metrics::expression_ended(std::string_view cause) {
    impl_->expressions_ended.at({cause}).Increment();
}

void Metrics::stale_write() { impl_->stale_writes.Increment(); }
void Metrics::store_error() { impl_->store_errors.Increment(); }

void Metrics::http_answered(int status) {
    const auto code = static_cast<std::size_t>(std::clamp(status / 100, 1, 5) - 1);
    impl_->http_answers.at({kStatusClasses.at(code)}).Increment();
}

void Metrics::built(std::string_view version, std::string_view abi) {
    impl_->build.at({version, abi}).Set(1);
}

void Metrics::plugin_crashed() { impl_->crashes.Increment(); }
void Metrics::clock_stepped(double seconds) { impl_->clock_step.Set(seconds); }

void Metrics::gauge(const std::string& name, const std::string& help,
                    std::function<double()> read) {
    impl_->ask(name, help, "", [read = std::move(read)] {
        return std::map<std::string, double>{{"", read()}};
    });
}

void Metrics::gauge(const std::string& name, const std::string& help, const std::string& label,
                    std::function<std::map<std::string, double>()> read) {
    impl_->ask(name, help, label, std::move(read));
}

void Metrics::counter(const std::string& name, const std::string& help,
                      std::function<double()> read) {
    impl_->ask(
        name, help, "",
        [read = std::move(read)] {
            return std::map<std::string, double>{{"", read()}};
        },
        prometheus::MetricType::Counter);
}

std::string Metrics::text() const {
    return prometheus::TextSerializer().Serialize(impl_->collect());
}

}  // namespace gantry::host
