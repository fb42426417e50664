// What users get wrong, and the first line they are told.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "models/random_stream.h"
#include "tests/scenarios/small_scenario.h"
#include "tests/support/own_path.h"

namespace berth {
namespace {

std::string first_hint_of(const std::string& text) {
  const Loaded loaded = read_scenario_text(text, "x.yaml");
  return loaded.issues.empty() ? "" : loaded.issues.front().hint;
}

TEST_CASE("each kind of bad input gives its own first line", "[scenarios][bad]") {
  struct Row {
    const char* because;
    const char* from;
    const char* to;
    const char* error;
  };
  const auto row = GENERATE(values<Row>({
      {"an unknown field on top", "horizon: 1d", "horizon: 1d\nhorizont: 2d",
       "x.yaml:3:1: error: unknown field \"horizont\"  [/horizont]"},
      {"a wrong unit", "every: 15min", "every: 3 minutes",
       "x.yaml:14:23: error: expected a duration with a unit, got \"3 minutes\"  "
       "[/training/t/schedule/every]"},
      {"a negative duration", "duration: 4min", "duration: -4min",
       "x.yaml:16:15: error: must not be negative, got \"-4min\"  [/training/t/duration]"},
      {"NaN", "duration: 4min", "duration: .nan",
       "x.yaml:16:15: error: expected a duration with a unit, got \".nan\"  "
       "[/training/t/duration]"},
      {"a NaN where a plain number stands", "horizon: 1d", "horizon: 1d\nreplications: .nan",
       "x.yaml:3:15: error: expected a whole number, got \".nan\"  [/replications]"},
      {"an infinite number", "horizon: 1d", "horizon: 1d\nseed: .inf",
       "x.yaml:3:7: error: expected a whole number, got \".inf\"  [/seed]"},
      {"a number in quotes", "max: 4}", "max: \"4\"}",
       "x.yaml:10:44: error: expected a whole number, got the text \"4\"  "
       "[/platforms/eks/node_pools/cpu/max]"},
      {"an unknown image", "image: a", "image: b",
       "x.yaml:13:12: error: no image named \"b\"  [/training/t/image]"},
      {"an unknown instance type", "m5.xlarge", "m5.xlrge",
       "x.yaml:10:28: error: no instance type named \"m5.xlrge\"  "
       "[/platforms/eks/node_pools/cpu/instance_type]"},
      {"an image built on itself", "layers: 5}", "layers: 5, from: a}",
       "x.yaml:4:50: error: an image cannot be built on itself: a -> a  [/images/a/from]"},
      // 16,384 MiB less 7.5 %, 255 + 11 x 58 and 100 MiB are 14,162 MiB; 4 CPU less 80m and 150m.
      {"a pod larger than every node", "cpu: 1, memory: 2GiB}\n    duration",
       "cpu: 9, memory: 2GiB}\n    duration",
       "x.yaml:26:32: error: a pod of \"t\" (9 CPU, 2.0 GiB) is larger than every node of pool "
       "\"cpu\": m5.xlarge has room for 3.77 CPU, 13.8 GiB  [/placements/p/training/*/platform]"},
      {"a placement on a platform that is not there", "{platform: eks}", "{platform: esk}",
       "x.yaml:26:32: error: no platform named \"esk\"  [/placements/p/training/*/platform]"},
      {"a cron that is none", "{every: 15min}", "{cron: \"0 25 * * *\"}",
       "x.yaml:14:22: error: the hour field \"25\" is not a list of numbers, ranges or steps "
       "between 0 and 23  [/training/t/schedule]"},
      {"a cron that never comes", "{every: 15min}", "{cron: \"0 0 31 2 *\"}",
       "x.yaml:14:22: error: \"0 0 31 2 *\" never comes  [/training/t/schedule]"},
      {"two schedules", "{every: 15min}", "{every: 15min, poisson: 3/h}",
       "x.yaml:14:15: error: a schedule is one of every, cron, poisson, trace and after, not several  "
       "[/training/t/schedule]"},
      {"a class that follows nobody", "{every: 15min}", "{after: [x]}",
       "x.yaml:14:24: error: no training class named \"x\"  [/training/t/schedule/after/0]"},
      {"a class that follows itself", "{every: 15min}", "{after: [t]}",
       "x.yaml:14:23: error: training classes wait for each other: \"t\" after \"t\"  "
       "[/training/t/schedule/after]"},
      {"a class that follows none", "{every: 15min}", "{after: []}",
       "x.yaml:14:23: error: expected a list of at least 1, got 0  [/training/t/schedule/after]"},
      {"an option of another schedule", "{every: 15min}", "{poisson: 3/h, jitter: 1min}",
       "x.yaml:14:30: error: \"jitter\" only goes with every and cron  [/training/t/schedule]"},
      {"an offset past the interval", "{every: 15min}", "{every: 15min, offset: 20min}",
       "x.yaml:14:38: error: offset must be shorter than the interval  [/training/t/schedule]"},
      {"an offset of a whole interval is one of nothing", "{every: 15min}",
       "{every: 15min, offset: 15min}",
       "x.yaml:14:38: error: offset must be shorter than the interval  [/training/t/schedule]"},
      {"a day of 23 hours", "requests: 10/s", "requests: {mean: 10/s, hourly: [1, 2, 3]}",
       "x.yaml:20:36: error: expected a list of 24, got 3  [/services/s/requests/hourly]"},
      {"a service time of nothing", "service_time: 8ms", "service_time: 0s",
       "x.yaml:21:19: error: a request that takes no time loads nothing  "
       "[/services/s/service_time]"},
      {"a service time no clock knows", "service_time: 8ms", "service_time: {gamma: {mean: 0.0000001ms, cv: 1}}",
       "x.yaml:21:19: error: a request takes 1e-10 s on average; at least a nanosecond is simulated  "
       "[/services/s/service_time]"},
      {"a service time that is nearly always none", "service_time: 8ms", "service_time: {gamma: {mean: 8ms, cv: 1e9}}",
       "x.yaml:21:19: error: its standard deviation is 1e+09 times its mean; up to 1000 times are simulated  "
       "[/services/s/service_time]"},
      {"a service time beyond all times", "service_time: 8ms", "service_time: {weibull: {shape: 0.01, scale: 1s}}",
       "x.yaml:21:19: error: a request takes 9.33262e+157 s on average; up to 1e7 s are simulated  "
       "[/services/s/service_time]"},
      {"bursts without end", "service_time: 8ms", "service_time: 8ms\n    bursts: {ratio: 3, on: 1us, off: 1us}",
       "x.yaml:22:13: error: 4.5e+10 bursts in the time that is simulated; at most 1e8 are drawn  "
       "[/services/s/bursts]"},
      {"DaemonSets that take all pods of a node", "kind: kubernetes", "kind: kubernetes\n    daemonsets: {pods: 58}",
       "x.yaml:27:32: error: the DaemonSets leave no room for a pod of \"t\" on a node of pool \"cpu\": m5.xlarge "
       "holds 58 pods, 3.92 CPU, 13.8 GiB  [/placements/p/training/*/platform]"},
      {"a pool that never has a node", "max: 4}", "max: 4}\n    autoscaler: none",
       "x.yaml:27:32: error: node pool \"cpu\" has no nodes and never will: its min is 0 and \"eks\" "
       "has no autoscaler that adds any  [/placements/p/training/*/platform]"},
      {"a disruption budget of two kinds", "service_time: 8ms",
       "service_time: 8ms\n    disruption_budget: {min_available: 50%, max_unavailable: 1}",
       "x.yaml:22:24: error: min_available and max_unavailable say the same thing twice  "
       "[/services/s/disruption_budget]"},
      {"a disruption budget of nothing", "service_time: 8ms",
       "service_time: 8ms\n    disruption_budget: {unready_may_go: true}",
       "x.yaml:22:24: error: a disruption budget needs min_available or max_unavailable  "
       "[/services/s/disruption_budget]"},
      {"half a pod", "service_time: 8ms",
       "service_time: 8ms\n    disruption_budget: {max_unavailable: 0.5}",
       "x.yaml:22:42: error: expected a whole number, got 0.5  "
       "[/services/s/disruption_budget/max_unavailable]"},
      {"a goal of nothing", "latency: 50ms", "latency: 0ms",
       "x.yaml:23:20: error: must be more than 0, got \"0ms\"  [/services/s/slo/latency]"},
      {"weights that do not add up", "duration: 4min",
       "duration: {mixture: [{weight: 50%, of: 1min}, {weight: 40%, of: 2min}]}",
       "x.yaml:16:15: error: the weights of a mixture add up to 100%, these to 90%  "
       "[/training/t/duration]"},
      {"a p95 below the median", "duration: 4min", "duration: {median: 5min, p95: 2min}",
       "x.yaml:16:15: error: a lognormal law needs 0 < median <= p95  [/training/t/duration]"},
      {"two laws at once", "duration: 4min",
       "duration: {mean: 5min, cv: 1, gamma: {mean: 1s, cv: 1}}",
       "x.yaml:16:15: error: several laws at once: median/mean, gamma  [/training/t/duration]"},
      {"settings of another autoscaler", "replicas: {max: 3}",
       "replicas: {max: 3, knative: {stable_window: 60s}}",
       "x.yaml:27:81: error: knative: stable_window does nothing here: it is for knative  "
       "[/placements/p/services/*/replicas/knative/stable_window]"},
      {"a target that nobody reads", "replicas: {max: 3}",
       "replicas: {autoscaler: none, min: 3, target: 50%}",
       "x.yaml:27:82: error: target does nothing here: it is for hpa, knative and endpoints  "
       "[/placements/p/services/*/replicas/target]"},
      {"a target beside metrics", "replicas: {max: 3}",
       "replicas: {max: 3, target: 50%, metrics: [{cpu: 60%}]}",
       "x.yaml:27:64: error: target and metrics say the same thing twice  "
       "[/placements/p/services/*/replicas/target]"},
      {"more to start with than there may be", "replicas: {max: 3}", "replicas: {max: 3, start: 9}",
       "x.yaml:27:63: error: start 9 is more than max 3  "
       "[/placements/p/services/*/replicas/start]"},
      {"min above max", "max: 4}", "max: 4, min: 5}",
       "x.yaml:10:52: error: min 5 is more than max 4  [/platforms/eks/node_pools/cpu/min]"},
      {"two ways to name types", "max: 4}", "max: 4, instance_types: [m5.large]}",
       "x.yaml:10:12: error: instance_type and instance_types say the same thing twice  "
       "[/platforms/eks/node_pools/cpu]"},
      {"no type at all", "instance_type: m5.xlarge, max", "max",
       "x.yaml:10:12: error: an instance type is missing  [/platforms/eks/node_pools/cpu]"},
      {"a type twice", "instance_type: m5.xlarge", "instance_types: [m5.large, m5.large]",
       "x.yaml:10:40: error: \"m5.large\" stands here twice  "
       "[/platforms/eks/node_pools/cpu/instance_types]"},
      {"an unknown type among several", "instance_type: m5.xlarge",
       "instance_types: [m5.large, m5.lrge]",
       "x.yaml:10:40: error: no instance type named \"m5.lrge\"  "
       "[/platforms/eks/node_pools/cpu/instance_types/1]"},
      // The roomiest, m5.large: 8,192 MiB less 7.5 %, 255 + 11 x 29 and 100 MiB are 6,903 MiB; 2 CPU
      // less 70m and 150m.
      {"types none of which holds the workload", "instance_type: m5.xlarge, max: 4}",
       "instance_types: [c5.large, m5.large], max: 4}\n    daemonsets: {memory: 5GiB}",
       "x.yaml:27:32: error: a pod of \"t\" (1 CPU, 2.0 GiB) is larger than every node of pool "
       "\"cpu\": m5.large has room for 1.78 CPU, 1.7 GiB  [/placements/p/training/*/platform]"},
      {"a pause pod larger than every node", "max: 4}",
       "max: 4, pause_pods: {pods: 2, needs: {cpu: 9, memory: 1GiB}}}",
       "x.yaml:10:76: error: a pause pod is larger than every node of pool \"cpu\"  "
       "[/platforms/eks/node_pools/cpu/pause_pods/needs]"},
      {"pause pods that would not make room", "max: 4}",
       "max: 4, pause_pods: {pods: 1, needs: {cpu: 1, memory: 1GiB}, priority: 5}}",
       "x.yaml:10:110: error: must be at most -1, got 5  "
       "[/platforms/eks/node_pools/cpu/pause_pods/priority]"},
      {"no time to register", "kind: kubernetes", "kind: kubernetes\n    registration_timeout: 0s",
       "x.yaml:9:27: error: must be more than 0, got \"0s\"  [/platforms/eks/registration_timeout]"},
      {"a limit that hardly a node keeps", "kind: kubernetes",
       "kind: kubernetes\n    node_boot: 60s\n    registration_timeout: 59s",
       "x.yaml:10:27: error: registration_timeout of 59s is over before one node in a hundred has booted, "
       "after 1min  [/platforms/eks/registration_timeout]"},
      {"the other autoscaler's", "kind: kubernetes",
       "kind: kubernetes\n    autoscaler: cluster_autoscaler\n    node_boot: 60s\n"
       "    scaling: {max_node_provision_time: 59s}",
       "x.yaml:11:40: error: max_node_provision_time of 59s is over before one node in a hundred has "
       "booted, after 1min  [/platforms/eks/scaling/max_node_provision_time]"},
      {"a budget above everything", "max: 4}", "max: 4, budgets: [110%]}",
       "x.yaml:10:57: error: must be at most 100%, got \"110%\"  "
       "[/platforms/eks/node_pools/cpu/budgets/0]"},
      {"a budget in parts of a node", "max: 4}", "max: 4, budgets: [2.5%]}",
       "x.yaml:10:57: error: expected a whole percentage of nodes, got 2.5%  "
       "[/platforms/eks/node_pools/cpu/budgets/0]"},
      {"a shape that goes back", "kind: kubernetes",
       "kind: kubernetes\n    scoring: {requested_to_capacity_ratio: [{utilisation: 50, score: 1}, "
       "{utilisation: 50, score: 2}]}",
       "x.yaml:9:44: error: utilisation must rise from point to point  "
       "[/platforms/eks/scoring/requested_to_capacity_ratio]"},
      {"no capacity", "max: 4}", "max: 0}",
       "x.yaml:10:44: error: must be at least 1, got 0  [/platforms/eks/node_pools/cpu/max]"},
      {"replicas: min above max", "{max: 3}", "{min: 4, max: 3}",
       "x.yaml:27:53: error: min 4 is more than max 3  [/placements/p/services/*/replicas/min]"},
      {"none at all with an autoscaler that needs one", "{max: 3}", "{min: 0, max: 3}",
       "x.yaml:27:53: error: min must be at least 1 with this autoscaler  "
       "[/placements/p/services/*/replicas/min]"},
      {"a lag that follows from the pipeline", "{max: 3}", "{max: 3, scale_up_lag: 45s}",
       "x.yaml:27:70: error: scale_up_lag is for SageMaker endpoints  "
       "[/placements/p/services/*/replicas/scale_up_lag]"},
      {"KEDA without a trigger", "{max: 3}", "{max: 3, autoscaler: keda}",
       "x.yaml:27:68: error: KEDA scales by triggers, and none is named  "
       "[/placements/p/services/*/replicas/autoscaler]"},
      {"idle replicas that would not stay", "{max: 3}",
       "{min: 3, max: 3, autoscaler: keda, metrics: [{outstanding: 2}], keda: {idle_replicas: 1}}",
       "x.yaml:27:133: error: 1 idle replicas cannot stay: the autoscaler would raise them to min  "
       "[/placements/p/services/*/replicas/keda/idle_replicas]"},
      {"idle replicas of a minimum of none", "{max: 3}",
       "{min: 0, max: 3, autoscaler: keda, metrics: [{outstanding: 2}], keda: {idle_replicas: 0}}",
       "x.yaml:27:133: error: idle_replicas must be less than min, which is 0  "
       "[/placements/p/services/*/replicas/keda/idle_replicas]"},
      {"idle replicas of another autoscaler", "{max: 3}", "{max: 3, keda: {idle_replicas: 0}}",
       "x.yaml:27:78: error: keda: idle_replicas does nothing here: it is for keda  "
       "[/placements/p/services/*/replicas/keda/idle_replicas]"},
      {"a range that nobody moves in", "{max: 3}", "{min: 2, max: 3, autoscaler: none}",
       "x.yaml:27:61: error: without an autoscaler there are min = 2 replicas, not up to 3  "
       "[/placements/p/services/*/replicas/max]"},
      {"no upper bound of replicas", ", replicas: {max: 3}", "",
       "x.yaml:27:32: error: no rule says the most replicas of \"s\"  "
       "[/placements/p/services/*/platform]"},
      {"a type nobody has a price for", "p:\n    training: {\"*\": {platform: eks}}",
       "p:\n    training: {\"*\": {platform: sm}}",
       "x.yaml:26:32: error: \"instance_type\" is missing: on SageMaker every job names one  "
       "[/placements/p/training/*/platform]"},
      {"keep-alive on Kubernetes", "training: {\"*\": {platform: eks}}",
       "training: {\"*\": {platform: eks, keep_alive: 5min}}",
       "x.yaml:26:49: error: only SageMaker has warm pools; \"eks\" is Kubernetes  "
       "[/placements/p/training/*/keep_alive]"},
      {"keep-alive with spot", "training: {\"*\": {platform: eks}}",
       "training: {\"*\": {platform: sm, instance_type: ml.m5.xlarge, offering: spot, "
       "keep_alive: 5min}}",
       "x.yaml:26:93: error: managed spot training cannot keep instances alive  "
       "[/placements/p/training/*/keep_alive]"},
      {"keep-alive above an hour", "training: {\"*\": {platform: eks}}",
       "training: {\"*\": {platform: sm, instance_type: ml.m5.xlarge, keep_alive: 2h}}",
       "x.yaml:26:77: error: must be at most 1h, got \"2h\"  "
       "[/placements/p/training/*/keep_alive]"},
      {"keep-alive below a second", "training: {\"*\": {platform: eks}}",
       "training: {\"*\": {platform: sm, instance_type: ml.m5.xlarge, keep_alive: 500ms}}",
       "x.yaml:26:77: error: keep-alive must be at least 1 s  "
       "[/placements/p/training/*/keep_alive]"},
      {"preloaded on SageMaker", "training: {\"*\": {platform: eks}}",
       "training: {\"*\": {platform: sm, instance_type: ml.m5.xlarge, pull: preloaded}}",
       "x.yaml:26:71: error: nothing can be preloaded on SageMaker: its machine images are AWS's  "
       "[/placements/p/training/*/pull]"},
      {"a pool on SageMaker", "training: {\"*\": {platform: eks}}",
       "training: {\"*\": {platform: sm, instance_type: ml.m5.xlarge, pool: cpu}}",
       "x.yaml:26:71: error: \"sm\" is SageMaker and has no node pools  "
       "[/placements/p/training/*/pool]"},
      {"no home for a workload", "    services: {\"*\": {platform: eks, replicas: {max: 3}}}\n", "",
       "x.yaml:25:3: error: no rule under services says the platform of \"s\"  [/placements/p]"},
      {"a placement extends nobody", "  p:\n", "  p:\n    extends: q\n",
       "x.yaml:26:14: error: no placement named \"q\"  [/placements/p/extends]"},
      {"placements in a circle", "  p:\n", "  p:\n    extends: p\n",
       "x.yaml:26:14: error: placements extend each other in a circle: p -> p  "
       "[/placements/p/extends]"},
      {"a rule for nobody", "training: {\"*\": {platform: eks}}",
       "training: {\"*\": {platform: eks}, tt: {}}",
       "x.yaml:26:38: error: no training class named \"tt\"  [/placements/p/training/tt]"},
      {"a rule for no team", "training: {\"*\": {platform: eks}}",
       "training: {\"*\": {platform: eks}, team:x: {}}",
       "x.yaml:26:38: error: no team named \"x\"  [/placements/p/training/team:x]"},
      {"a slice longer than the window", "horizon: 1d", "horizon: 1min",
       "x.yaml:2:10: error: a slice of 5min is longer than the horizon of 1min  [/horizon]"},
      {"slices without end", "horizon: 1d", "horizon: 1d\nslice: 1ms",
       "x.yaml:3:8: error: a horizon of 1d has 8.64e+07 slices of 1ms; at most a million are kept  [/slice]"},
      {"another version of the language", "berth/scenario/1", "berth/scenario/2",
       "x.yaml:1:9: error: expected \"berth/scenario/1\", got \"berth/scenario/2\"  [/schema]"},
      {"another catalogue", "horizon: 1d", "horizon: 1d\ncatalogue: aws-eu-west-1",
       "x.yaml:3:12: error: no catalogue named \"aws-eu-west-1\"  [/catalogue]"},
      {"a price without a day", "horizon: 1d", "horizon: 1d\nprices: {ec2_spot: {m5.large: $1/h}}",
       "x.yaml:3:1: error: \"as_of\" is missing  [/prices]"},
      {"a price per something else", "horizon: 1d",
       "horizon: 1d\nprices: {as_of: 2026-01-01, other: {nat_gb: $1/h}}",
       "x.yaml:3:45: error: this price is per GB, got \"$1/h\"  [/prices/other/nat_gb]"},
      {"a text where a mapping stands", "slo: {latency: 50ms}", "slo: 50ms",
       "x.yaml:23:10: error: expected a mapping, got \"50ms\"  [/services/s/slo]"},
      {"a list where a text stands", "image: a", "image: [a]",
       "x.yaml:13:12: error: expected the name of an image, got a list  [/training/t/image]"},
      {"nothing where a value stands", "image: a", "image:",
       "x.yaml:12:3: error: \"image\" is missing  [/training/t]"},
      {"a misspelt key that is taken back", "image: a", "image: a\n    immage:",
       "x.yaml:14:5: error: unknown field \"immage\"  [/training/t/immage]"},
      {"YAML 1.1's yes", "every: 15min", "every: 15min, spread: yes",
       "x.yaml:14:38: error: expected true or false, got \"yes\"  [/training/t/schedule/spread]"},
      {"a trace that is not there", "{every: 15min}", "{trace: none.csv}",
       "x.yaml:14:23: error: \"none.csv\": no such file  [/training/t/schedule/trace]"},
  }));
  CAPTURE(row.because);
  const std::string text = with(row.from, row.to);
  CHECK(first_line_of(text) == row.error);
}

TEST_CASE("a misspelt key is told with the word that was meant", "[scenarios][bad]") {
  const Loaded loaded = read_scenario_text(with("duration: 4min", "durration: 4min"), "x.yaml");
  REQUIRE(loaded.issues.size() == 2);
  CHECK(render_issue(loaded.issues[0], "") ==
        "x.yaml:12:3: error: \"duration\" is missing  [/training/t]\n");
  CHECK(render_issue(loaded.issues[1], "") ==
        "x.yaml:16:5: error: unknown field \"durration\"  [/training/t/durration]\n"
        "  hint: did you mean \"duration\"?\n");
}

TEST_CASE("a job must fit into its pool at once", "[scenarios][bad]") {
  // 3 pods of 1 CPU fit on a node with 3.77 CPU left, so 4 nodes hold 12.
  const auto job_of = [](int instances) {
    return with("    duration: 4min",
                "    duration: 4min\n    instances: " + std::to_string(instances));
  };
  CHECK(first_line_of(job_of(12)).empty());
  CHECK(first_line_of(job_of(13)) ==
        "x.yaml:27:32: error: a job of \"t\" needs 13 instances at once; pool \"cpu\" holds "
        "12 with its 4 nodes  [/placements/p/training/*/platform]");
}

TEST_CASE("nothing at all is described", "[scenarios][bad]") {
  const std::string text =
      "schema: berth/scenario/1\nhorizon: 1d\nimages: {}\nplatforms: {}\nplacements: {p: {}}\n";
  CHECK(first_line_of(text) ==
        "x.yaml:1:1: error: there is no workload: neither training nor services");
  CHECK(first_line_of("a: 1\n") == "x.yaml:1:1: error: unknown field \"a\"  [/a]");
  CHECK(first_line_of("- 1\n") == "x.yaml:1:1: error: expected a scenario, got a list");
  CHECK(first_line_of("").starts_with("x.yaml: error: the file is empty"));
}

TEST_CASE("a training job with more instances than the quota is told the quota",
          "[scenarios][bad]") {
  const std::string text =
      with("    duration: 4min", "    duration: 4min\n    instances: 11",
           with("training: {\"*\": {platform: eks}}",
                "training: {\"*\": {platform: sm, instance_type: ml.m5.xlarge}}"));
  CHECK(first_line_of(text) ==
        "x.yaml:27:51: error: a job of \"t\" needs 11 of ml.m5.xlarge at once; the quota is 10  "
        "[/placements/p/training/*/instance_type]");
}

TEST_CASE("a job that asks for more GPUs than its type has is refused with both numbers",
          "[scenarios][bad]") {
  const std::string text =
      with("cpu: 1, memory: 2GiB}\n    duration", "cpu: 1, memory: 2GiB, gpu: 2}\n    duration",
           with("training: {\"*\": {platform: eks}}",
                "training: {\"*\": {platform: sm, instance_type: ml.g5.xlarge}}"));
  CHECK(first_line_of(text) ==
        "x.yaml:26:51: error: \"t\" (1 CPU, 2.0 GiB, 2 GPU) does not fit on g5.xlarge, which has "
        "4 CPU, 16.0 GiB, 1 GPU  [/placements/p/training/*/instance_type]");
}

TEST_CASE("several mistakes are told at once, in the order of the file", "[scenarios][bad]") {
  const std::string text =
      with("layers: 5}", "layers: 5, soci_indx: true}",
           with("every: 15min", "every: 3 minutes",
                with("{platform: eks, replicas", "{platform: ek, replicas")));
  CHECK(render_issues(read_scenario_text(text, "x.yaml")) ==
        R"(x.yaml:4:44: error: unknown field "soci_indx"  [/images/a/soci_indx]
  4 |   a: {size: 1GB, unpacked: 2GB, layers: 5, soci_indx: true}
    |                                            ^
  hint: did you mean "soci_index"?
x.yaml:14:23: error: expected a duration with a unit, got "3 minutes"  [/training/t/schedule/every]
  14 |     schedule: {every: 3 minutes}
     |                       ^
  hint: examples: 250ms, 90s, 15min, 1.5h, 7d
x.yaml:27:32: error: no platform named "ek"  [/placements/p/services/*/platform]
  27 |     services: {"*": {platform: ek, replicas: {max: 3}}}
     |                                ^
  hint: did you mean "eks"?
3 errors. Nothing was run.
)");
}

TEST_CASE("hints offer the nearest word", "[scenarios][bad]") {
  CHECK(first_hint_of(with("m5.xlarge", "m5.xlrge")) == "did you mean \"m5.xlarge\"?");
  CHECK(first_hint_of(with("{platform: eks}", "{platform: ek}")) == "did you mean \"eks\"?");
  CHECK(first_hint_of(with("horizon: 1d", "horizon: 1d\nreplicatons: 3")) ==
        "did you mean \"replications\"?");
}

// ---- Files --------------------------------------------------------------------------------------

struct Folder {
  std::filesystem::path path = own_path("bad_input_test");
  Folder() {
    std::filesystem::remove_all(path);
    std::filesystem::create_directories(path);
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path / name, std::ios::binary) << text;
    return (path / name).generic_string();
  }
  std::string shown(std::string text) const {  // without the folder's own name
    for (std::size_t at; (at = text.find(path.generic_string() + "/")) != std::string::npos;)
      text.erase(at, path.generic_string().size() + 1);
    return text;
  }
};

TEST_CASE("files that cannot be read are named", "[scenarios][bad]") {
  const Folder folder;
  CHECK(folder.shown(first_line(load_scenario(folder.path.generic_string() + "/no.yaml"))) ==
        "no.yaml: error: no such file");
  CHECK_THAT(first_line(load_scenario(folder.path.generic_string())),
             Catch::Contains("this is a folder, not a file"));
  const std::string huge = folder.write("huge.yaml", "a: 1\n");
  std::filesystem::resize_file(huge, std::uintmax_t{200} << 20);  // sparse: refused by its size
  CHECK(folder.shown(first_line(load_scenario(huge))) ==
        "huge.yaml: error: 209715200 bytes are more than the limit of 16777216");
}

TEST_CASE("files that extend each other in a circle are told the circle", "[scenarios][bad]") {
  const Folder folder;
  folder.write("b.yaml", "extends: a.yaml\n");
  const std::string a = folder.write("a.yaml", "extends: b.yaml\n");
  CHECK(folder.shown(first_line(load_scenario(a))) ==
        "b.yaml:1:10: error: files extend each other in a circle: a.yaml -> b.yaml -> a.yaml  "
        "[/extends]");
  const std::string lone = folder.write("lone.yaml", "horizon: 1d\nextends: none.yaml\n");
  CHECK(folder.shown(first_line(load_scenario(lone))) ==
        "lone.yaml:2:10: error: \"none.yaml\": no such file  [/extends]");
}

TEST_CASE("a mistake in an overlay names the overlay, one in its base the base",
          "[scenarios][bad]") {
  const Folder folder;
  folder.write("base.yaml", with("service_time: 8ms", "service_time: 8mss"));
  const std::string overlay =
      folder.write("overlay.yaml", "extends: base.yaml\ntraining:\n  t: {duration: 5mn}\n");
  const Loaded loaded = load_scenario(overlay);
  REQUIRE(loaded.issues.size() == 2);
  CHECK(folder.shown(render_issue(loaded.issues[0], "")) ==
        "overlay.yaml:3:17: error: expected a duration with a unit, got \"5mn\"  "
        "[/training/t/duration]\n  hint: examples: 250ms, 90s, 15min, 1.5h, 7d\n");
  CHECK(folder.shown(render_issue(loaded.issues[1], ""))
            .starts_with("base.yaml:21:19: error: expected a duration"));
}

// ---- Options ------------------------------------------------------------------------------------

std::string first_line_with_set(const std::string& set) {
  const std::vector<std::string> sets{set};
  return first_line(read_scenario_text(std::string(kSmall), "x.yaml", sets));
}

TEST_CASE("options that set values are checked where they stand", "[scenarios][bad]") {
  CHECK(first_line_with_set("/horizon=7d").empty());
  CHECK(first_line_with_set("horizon=7d") ==
        "--set:1:1: error: expected /json/pointer=VALUE, got \"horizon=7d\"");
  CHECK(first_line_with_set("/horizon") ==
        "--set:1:1: error: expected /json/pointer=VALUE, got \"/horizon\"");
  CHECK(first_line_with_set("/horizont=7d") ==
        "--set:1:1: error: there is no \"horizont\" here  [/horizont]");
  CHECK(first_line_with_set("/training/tt/models=7") ==
        "--set:1:1: error: there is no \"tt\" here  [/training/tt]");
  CHECK(first_line_with_set("/horizon/x=7d") ==
        "--set:1:1: error: nothing is below a text  [/horizon/x]");
  CHECK(first_line_with_set("/horizon=7") ==
        "--set:1:10: error: expected a duration with a unit, got \"7\"  [/horizon]");
  CHECK(first_line_with_set("/horizon=") == "--set:1:10: error: nothing stands behind the =  [/horizon]");
  CHECK(first_line_with_set("/horizon=null") == "x.yaml:1:1: error: \"horizon\" is missing");
  CHECK(first_line_with_set("/horizon={a: [").starts_with("--set:1:"));
  CHECK(first_line_with_set("/extends=b.yaml") ==
        "--set:1:1: error: \"extends\" cannot be set  [/extends]");
}

TEST_CASE("a launch law of a family the catalogue lacks is not used, with a warning",
          "[scenarios][bad]") {
  // As `berth calibrate` writes them for logs of older machines.
  const Loaded loaded = read_scenario_text(
      with("kind: sagemaker,", "kind: sagemaker, launch_by_family: {g5: 90s, c4: {median: 77s, p95: 97s}},"),
      "x.yaml");
  REQUIRE(loaded.scenario);
  REQUIRE(loaded.issues.size() == 1);
  CHECK(loaded.issues[0].severity == Severity::warning);
  CHECK_THAT(loaded.issues[0].message, Catch::Contains("no instance family named \"c4\""));
  const auto* sagemaker = std::get_if<SageMaker>(&loaded.scenario->platforms.at(0));
  REQUIRE(sagemaker != nullptr);
  REQUIRE(sagemaker->launch_families.size() == 1);
  CHECK(sagemaker->launch_families[0].family == "g5");
}

TEST_CASE("an image that unpacks to less than is pulled is warned of", "[scenarios][bad]") {
  const Loaded loaded =
      read_scenario_text(with("size: 1GB, unpacked: 2GB", "size: 1GB, unpacked: 900MB"), "x.yaml");
  REQUIRE(loaded.scenario);
  REQUIRE(loaded.issues.size() == 1);
  CHECK(first_line(loaded) ==
        "x.yaml:4:28: warning: 900MB unpacked is less than the 1GB that are pulled  "
        "[/images/a/unpacked]");
  CHECK(read_scenario_text(with("unpacked: 2GB", "unpacked: 1GB"), "x.yaml").issues.empty());
}

// x^-shape falls too slowly for a mean where the shape is at most 1: of any time, wherever it is written.
TEST_CASE("a law without a mean is refused wherever a time is drawn", "[scenarios][bad]") {
  const std::string endless = "{log_logistic: {median: 1min, shape: 1}}";
  const std::string cut = "{log_logistic: {median: 1min, shape: 1}, at_most: 1h}";
  const std::string mixed = "{mixture: [{weight: 0.9, of: 1min}, {weight: 0.1, of: " + endless + "}]}";
  const std::string mixed_cut =
      "{mixture: [{weight: 0.9, of: 1min}, {weight: 0.1, of: " + endless + "}], at_most: 1h}";
  struct Place {
    const char* from;
    std::string to;  // a law follows, then `end`
    const char* end;
    const char* path;
  };
  const Place places[] = {
      {"duration: 4min", "duration: ", "", "[/training/t/duration]"},
      {"kind: sagemaker,", "kind: sagemaker, warm_start: ", ",", "/warm_start]"},
      {"kind: sagemaker,", "kind: sagemaker, container_create: ", ",", "/container_create]"},
      {"kind: sagemaker,", "kind: sagemaker, launch_by_family: {g5: ", "},", "/g5]"},
      {"kind: sagemaker,", "kind: sagemaker, launch: {cpu: ", "},", "/launch/cpu]"},
      {"kind: sagemaker,", "kind: sagemaker, endpoint_creation: ", ",", "/endpoint_creation]"},
      {"kind: kubernetes", "kind: kubernetes\n    node_boot: ", "", "/node_boot]"},
      {"kind: kubernetes", "kind: kubernetes\n    node_boot: {gpu: ", "}", "/node_boot/gpu]"},
      {"kind: kubernetes", "kind: kubernetes\n    gpu_driver: ", "", "/gpu_driver]"},
      {"kind: kubernetes", "kind: kubernetes\n    pod_overhead: ", "", "/pod_overhead]"}};
  for (const Place& place : places) {
    const auto with_law = [&](const std::string& law) {
      return with(place.from, place.to + law + place.end);
    };
    INFO(place.path);
    for (const std::string& law : {endless, mixed}) {
      CHECK_THAT(first_line_of(with_law(law)), Catch::Contains("the mean of this law is infinite") &&
                                                   Catch::Contains(place.path));
      CHECK(first_hint_of(with_law(law)) == "give it at_most");
    }
    for (const std::string& law : {cut, mixed_cut})
      CHECK(read_scenario_text(with_law(law), "x.yaml").scenario.has_value());
  }
}

TEST_CASE("what would do nothing or never end is refused", "[scenarios][bad]") {
  CHECK_THAT(first_line_of(with("duration: 4min", "duration: {median: 4min, p95: 7min, column: x}")),
             Catch::Contains("column only goes with"));
  CHECK_THAT(first_line_of(with("kind: sagemaker,",
                                "kind: sagemaker, launch_by_family: {g5: 90s, ml.g5: 80s},")),
             Catch::Contains("this family stands here twice"));
  CHECK(first_line_with_set("/training/nope=null").starts_with("--set:1:1: error: there is no \"nope\""));
}

TEST_CASE("more jobs than anybody waits for are refused, whatever their clock", "[scenarios][bad]") {
  const auto answer = [](const char* schedule) { return first_line_of(with("{every: 15min}", schedule)); };
  for (const char* schedule : {"{every: 1ms}\n    models: 8", "{poisson: 20000/s}"}) {
    CAPTURE(schedule);
    CHECK_THAT(answer(schedule), Catch::Contains("x.yaml:14:") &&
                                     Catch::Contains("; at most 1e8 of a class are simulated") &&
                                     Catch::Contains("[/training/t/schedule]"));
  }
  // Every minute.
  const std::string cron = with("{every: 15min}", "{cron: \"* * * * *\"}\n    models: 1000000");
  CHECK_THAT(first_line_of(cron), Catch::Contains("at most 1e8"));
  CHECK(answer("{every: 1s}").empty());
  CHECK(answer("{poisson: 100/s}").empty());
  CHECK(answer("{cron: \"* * * * *\"}").empty());
}

// ---- Robustness ---------------------------------------------------------------------------------

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string mutated(std::string text, RandomStream& stream) {
  const auto below = [&](std::size_t n) {
    return static_cast<std::size_t>(stream.uniform() * static_cast<double>(n));
  };
  static constexpr std::string_view odd = "{}[]:,&*#'\"|>-?!%@`~\n\t <=$0e.\\\0\xff\xc3";
  for (std::size_t i = 0, changes = 1 + below(4); i < changes; ++i) {
    const std::size_t at = below(text.size());
    switch (below(4)) {
      case 0: text[at] = odd[below(odd.size())]; break;
      case 1: text.erase(at, 1 + below(20)); break;
      case 2: text.insert(at, 1, odd[below(odd.size())]); break;
      default: text.insert(at, text.substr(below(text.size()), 1 + below(30))); break;
    }
  }
  return text;
}

TEST_CASE("no mutilated scenario crashes the reader", "[scenarios][bad]") {
  const std::string name =
      GENERATE(as<std::string>{}, "quickstart.yaml", "lyft-hybrid.yaml", "what-if/no-spot.yaml");
  const std::string path = std::string(BERTH_SOURCE_DIR) + "/scenarios/" + name;
  const std::string text = read_file(path);
  REQUIRE_FALSE(text.empty());
  const int runs = name == "quickstart.yaml" ? 2000 : 150;
  RandomStream stream(7, 0, Purpose::arrival, text.size());
  for (int run = 0; run < runs; ++run) {
    const Loaded loaded = read_scenario_text(mutated(text, stream), path);
    // Either a scenario, or at least one error that says where.
    CHECK(loaded.scenario.has_value() != has_errors(loaded.issues));
    CHECK_NOTHROW(render_issues(loaded));
  }
}

}  // namespace
}  // namespace berth
