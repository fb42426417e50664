#include "scenarios/workload_fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "models/submissions.h"
#include "scenarios/curve_field.h"

namespace berth {
namespace {

constexpr int kMostLayers = 127;  // overlayfs mounts no more; Docker's own limit
constexpr int kMostModels = 1'000'000;

Fields<LayerText> layer_fields() {
  Fields<LayerText> f;
  f.add("digest", &LayerText::digest, name_text("a digest"), required(),
        "What tells layers apart: equal digests are one layer, pulled once.");
  f.add("size", &LayerText::size, size(Zero::refused), required(), "Compressed, as it is pulled.");
  f.add("unpacked", &LayerText::unpacked, size(Zero::refused), required(), "On the node's disk.");
  return f;
}

// A field that names an image, as its id.
template <class T>
std::function<bool(Reading&, const Node&, T&)> read_image_id(ImageId T::*member) {
  return [member](Reading& in, const Node& node, T& target) {
    std::string name;
    if (!image_name().read(in, node, name)) return false;
    const auto found = std::ranges::find(in.images, name);
    target.*member = ImageId{static_cast<std::int32_t>(found - in.images.begin())};
    return true;
  };
}

Type<std::vector<TypeSpeed>> speeds() {
  const Type<double> factor = positive_number();
  return {map_shape(factor.shape, "instance type"),
          [factor](Reading& in, const Node& node, std::vector<TypeSpeed>& target) {
            return read_entries(in, node, [&](const Entry& entry) {
              std::string name;
              double value = 1;
              const bool known = type_name().read(in, key_of(entry), name);
              if (!factor.read(in, entry.value, value) || !known) return false;
              if (in.catalogue != nullptr)
                target.push_back({TypeId{*in.catalogue->index_of(name)}, value});
              return true;
            });
          }};
}

struct InputFields {
  static Fields<TrainingClass> make() {
    Fields<TrainingClass> f;
    f.add("size", &TrainingClass::input_data, size(), required(), "Bytes read.");
    f.add("mode", &TrainingClass::input_mode,
          choice<InputMode>({
              {{"file", "copied before user code runs"},                   InputMode::file     },
              {{"fast_file", "listed, then streamed while the code runs"}, InputMode::fast_file},
    }),
          otherwise("file", "SageMaker's TrainingInputMode when nothing is said"),
          "Whether the data are there before the code starts.");
    return f;
  }
};

Fields<Checkpointing> checkpoint_fields() {
  Fields<Checkpointing> f;
  f.add("interval", &Checkpointing::interval, duration(Zero::refused), required(),
        "Work between two checkpoints.");
  f.add("cost", &Checkpointing::cost, duration(), required(), "Time one checkpoint takes.");
  f.add("restart", &Checkpointing::restart, duration(), required(), "Time to load it again.");
  return f;
}

Fields<BurstRates> burst_fields() {
  Fields<BurstRates> f;
  f.add("ratio", &BurstRates::ratio, number(1, 1e6), required(),
        "The rate inside a burst, over that between bursts.");
  f.add("on", &BurstRates::on, duration(Zero::refused), required(), "Mean length of a burst.");
  f.add("off", &BurstRates::off, duration(Zero::refused), required(),
        "Mean time between two bursts.");
  return f;
}

Fields<Batching> batching_fields() {
  Fields<Batching> f;
  f.add("max_batch", &Batching::max_batch, whole(1, 100'000), required(), "Requests at most.");
  f.add("max_delay", &Batching::max_delay, duration(), otherwise("0s", "Triton's default: no delay"),
        "The first of a batch may be made to wait for others.");
  f.add("fixed", &Batching::fixed, duration(), required(), "Time of a batch, whatever its size.");
  f.add("per_item", &Batching::per_item, duration(), required(), "Time of each request in it.");
  return f;
}

Type<DisruptionBudget> disruption_budget() {
  using Of = DisruptionBudget::Of;
  constexpr int kMostPods = 100'000;
  const Type<CountOrPercent> pods = count_or_percent(kMostPods, "pods");
  const auto amount = [pods](Of of) {
    return [pods, of](Reading& in, const Node& node, DisruptionBudget& target) {
      CountOrPercent size;
      if (!pods.read(in, node, size)) return false;
      target.of = of;
      target.amount = size.value;
      target.percent = size.percent;
      return true;
    };
  };
  Fields<DisruptionBudget> f;
  f.custom("min_available", pods.shape, optional("max_unavailable says it"),
           "So many of its pods stay ready.", amount(Of::min_available));
  f.custom("max_unavailable", pods.shape, optional("min_available says it"),
           "So many of the pods it should have may be gone or not ready.",
           amount(Of::max_unavailable));
  f.add("unready_may_go", &DisruptionBudget::unready_may_go, boolean(),
        otherwise("false", "Kubernetes: unhealthyPodEvictionPolicy IfHealthyBudget"),
        "Pods that are not ready may go even if the others are too few (AlwaysAllow).");
  return {object_shape(f.texts(), "a mapping"),
          [f](Reading& in, const Node& node, DisruptionBudget& target) {
            if (!f.read(in, node, target)) return false;
            const bool least = node.find("min_available") != nullptr;
            const bool most = node.find("max_unavailable") != nullptr;
            if (least != most) return true;
            in.fail(node, least ? "min_available and max_unavailable say the same thing twice"
                                : "a disruption budget needs min_available or max_unavailable",
                    least ? "leave one of them out" : "write {max_unavailable: 1}");
            return false;
          }};
}

Fields<Sidecar> sidecar_fields() {
  Fields<Sidecar> f;
  f.add("cpu", &Sidecar::cpu_milli, cpu(), required(), "Its part of the pod's CPU request.");
  f.add("idle_cpu", &Sidecar::idle_milli, cpu(), otherwise("0", "little beside the requests'"),
        "CPU it uses while nothing comes.");
  f.add("cpu_per_request", &Sidecar::per_request, duration(),
        otherwise("350us", "Istio 1.12 to 1.15: Envoy uses 0.35 vCPU for 1,000 requests a second"),
        "CPU time that a request takes of it.");
  return f;
}

Fields<PodWarmUp> warm_up_fields() {
  Fields<PodWarmUp> f;
  f.add("extra", &PodWarmUp::extra, share(0, 1000), required(),
        "How much slower the very first request is: 100% takes twice the time.");
  f.add("fades", &PodWarmUp::fades, duration(Zero::refused), required(),
        "After this long a 1/e of it is left.");
  return f;
}

}  // namespace

const Fields<ImageText>& image_fields() {
  static const Fields<ImageText> fields = [] {
    Fields<ImageText> f;
    f.add("from", &ImageText::from, text("the name of an image"), optional("nothing is shared"),
          "The image this one is built on; its layers are shared.");
    f.add("size", &ImageText::size, size(Zero::refused), optional("the layers say it"),
          "Compressed bytes of all layers, those of the base included.");
    f.add("unpacked", &ImageText::unpacked, size(Zero::refused), optional("the layers say it"),
          "Bytes on disk of all layers, those of the base included.");
    const Type<int> layer_count = whole(1, kMostLayers);
    const Type<std::vector<LayerText>> layers =
        list_of(object(layer_fields(), "a layer"), 1, kMostLayers);
    f.custom("layers", any_of({layer_count.shape, layers.shape}, "a number, or a list of layers"),
             required(),
             "How many layers, the base's included (their sizes follow a typical image's), or the "
             "exact list, lowest first.",
             [layer_count, layers](Reading& in, const Node& node, ImageText& target) {
               if (node.is_sequence()) return layers.read(in, node, target.layers.emplace());
               return layer_count.read(in, node, target.layer_count.emplace());
             });
    const auto image_share = [](double Image::*member) {
      return [member](Reading& in, const Node& node, ImageText& target) {
        return share().read(in, node, target.image.*member);
      };
    };
    f.custom("soci_index", boolean().shape, otherwise("false", "an index is built on purpose only"),
             "Whether a SOCI index was built and pushed; without it a lazy pull is a full pull.",
             [](Reading& in, const Node& node, ImageText& target) {
               return boolean().read(in, node, target.image.soci_index);
             });
    f.custom(
        "read_before_ready", share().shape,
        otherwise("6.4%", "Slacker (FAST 2016): mean of 57 applications; 4 to 13 % is typical"),
        "Share of the unpacked bytes read before the container is ready, of a lazy image.",
        image_share(&Image::read_before_ready));
    f.custom("read_during_run", share().shape,
             otherwise("6.4%", "assumed: as much again as before; no source separates the rest"),
             "Share of the unpacked bytes read later, while the work runs.",
             image_share(&Image::read_during_run));
    return f;
  }();
  return fields;
}

const Fields<TrainingClass>& training_fields() {
  static const Fields<TrainingClass> fields = [] {
    Fields<TrainingClass> f;
    f.add("team", &TrainingClass::team, text("a team"), otherwise("", "nobody's"),
          "Who owns it; placements may name `team:NAME`.");
    f.custom("image", image_name().shape, required(), "The image its jobs run.",
             read_image_id(&TrainingClass::image));
    f.add("schedule", &TrainingClass::schedule, schedule(), required(), "When jobs are submitted.");
    f.add("models", &TrainingClass::models, whole(1, kMostModels),
          otherwise("1", "a class is one model unless it says more"),
          "Like models with the same schedule, each with jobs of its own. A warm pool is shared by "
          "all jobs of a team with equal type, count and volume.");
    f.add("instances", &TrainingClass::instances, whole(1, 10'000),
          otherwise("1", "SageMaker's and Kubernetes' own minimum"),
          "Instances of one job; it starts when the last one is ready.");
    f.add("interactive", &TrainingClass::interactive, boolean(),
          otherwise("false", "a job, not a notebook"),
          "A notebook: SageMaker Studio can load its image lazily.");
    f.add("needs", &TrainingClass::needs, resources(), required(), "What one instance asks for.");
    f.add("duration", &TrainingClass::duration, duration_law(), required(),
          "Time of user code on a type of speed 1.");
    f.add("speed", &TrainingClass::speeds, speeds(), optional("every type has speed 1"),
          "By instance type, how fast it works: 2 takes half the time.");
    f.add("init", &TrainingClass::init, duration(), otherwise("0s", "part of duration unless said"),
          "User start-up before the first useful line: imports, secrets.");
    f.group("input", InputFields::make(), otherwise("{size: 0B}", "no input is read unless said"),
            "Data read from S3.");
    f.add("output", &TrainingClass::output, size(), otherwise("0B", "no output unless said"),
          "Bytes uploaded after the run, on the job's time.");
    f.add("volume", &TrainingClass::volume, size(Zero::refused),
          otherwise("30GiB", "volume_size of the SageMaker Python SDK's estimators"),
          "Disk of a SageMaker job's instance.");
    f.add("checkpoint", &TrainingClass::checkpoint, object(checkpoint_fields()),
          optional("an interrupted job starts again from nothing"),
          "What survives an interruption.");
    f.add("priority", &TrainingClass::priority, whole(-1'000'000, 1'000'000),
          otherwise("0", "Kubernetes: pods without a PriorityClass have priority 0"),
          "Higher first, in Kubernetes' queue.");
    f.add("preempts", &TrainingClass::preempts, boolean(),
          otherwise("true", "Kubernetes: preemptionPolicy PreemptLowerPriority"),
          "Whether pods of lower priority have to go when its own find no room.");
    f.add("disruptable", &TrainingClass::disruptable, boolean(),
          otherwise("false", "Karpenter's documentation advises do-not-disrupt for batch jobs"),
          "Whether node autoscalers may interrupt its pods to give back their nodes.");
    f.add("grace", &TrainingClass::grace, duration(),
          otherwise("30s", "Kubernetes: terminationGracePeriodSeconds; a container's first process "
                           "ignores SIGTERM unless it handles it"),
          "How long its pods run on after they are told to leave.");
    f.add("max_attempts", &TrainingClass::max_attempts, whole(1, kMostAttempts),
          otherwise("7", "Kubernetes' Job: a first attempt and backoffLimit 6"),
          "An interrupted job is tried this often in all.");
    f.add("start_within", &TrainingClass::start_slo, duration(Zero::refused), optional("no goal"),
          "Goal: from submission to running user code.");
    f.add("done_within", &TrainingClass::deadline, duration(Zero::refused), optional("no goal"),
          "Goal: from submission to done.");
    return f;
  }();
  return fields;
}

const Fields<Service>& service_fields() {
  static const Fields<Service> fields = [] {
    Fields<Service> slo;
    slo.add("latency", &Service::slo_latency, duration(Zero::refused), required(),
            "A request answered within this is good.");
    slo.add("target", &Service::slo_target, share(0.001, 1),
            otherwise("99%", "the level Kubernetes' own API objectives use"),
            "Share of the requests that must be good.");
    Fields<Service> f;
    f.add("team", &Service::team, text("a team"), otherwise("", "nobody's"),
          "Who owns it; placements may name `team:NAME`.");
    f.custom("image", image_name().shape, required(), "The image its pods run.",
             read_image_id(&Service::image));
    f.custom("requests", request_times().shape, required(), "Requests over time.",
             [](Reading& in, const Node& node, Service& target) {
               RequestTimes times;
               if (!request_times().read(in, node, times)) return false;
               target.demand = std::move(times.rate);
               target.recorded = std::move(times.recorded);
               return true;
             });
    f.add("arrival_scv", &Service::arrival_scv, number(0, 1000),
          otherwise("1", "many independent callers: a Poisson stream (Palm-Khintchine)"),
          "Squared coefficient of variation of the gaps between requests.");
    f.add("bursts", &Service::bursts, object(burst_fields()), optional("no bursts"),
          "The rate jumps between two levels (MMPP) around the rate of requests; `fluid` serving "
          "does not see it.");
    f.add("service_time", &Service::service_time, duration_law(),
          optional("must be said, unless batching says it"),
          "How long one request holds one slot.");
    f.custom("batching", object_shape(batching_fields().texts(), "a mapping"),
             optional("one request at a time holds a slot"),
             "Workers (slots) that serve several requests at once, from their pod's queue or from one for all (see "
             "balancing; an endpoint's least_outstanding counts as one); `fluid` serving takes every request for its share of a full batch.",
             [](Reading& in, const Node& node, Service& target) {
               Batching batching;
               if (!batching_fields().read(in, node, batching)) return false;
               if (batching.fixed + batching.per_item <= Seconds{0}) {
                 in.fail(node, "a batch that takes no time loads nothing");
                 return false;
               }
               if (mean(target.service_time) > 0) {
                 in.fail(node, "batching says what service_time would", "leave one of them out");
                 return false;
               }
               target.service_time =
                   constant((batching.fixed / batching.max_batch + batching.per_item).count());
               target.batching = batching;
               return true;
             });
    f.add("concurrency", &Service::concurrency, whole(1, 100'000),
          otherwise("1", "one worker, one request at a time"), "Slots of a pod or instance.");
    f.add("needs", &Service::needs, resources(), required(), "What a pod asks for.");
    f.add("priority", &Service::priority, whole(-1'000'000, 1'000'000),
          otherwise("0", "Kubernetes: pods without a PriorityClass have priority 0"),
          "Of its pods: higher first, in Kubernetes' queue.");
    f.add("preempts", &Service::preempts, boolean(),
          otherwise("true", "Kubernetes: preemptionPolicy PreemptLowerPriority"),
          "Whether pods of lower priority have to go when its own find no room.");
    f.add("balancing", &Service::balancing,
          choice<LoadBalancing>({
              {{"central_queue", "one queue for all slots"},  LoadBalancing::central_queue    },
              {{"random", "any pod"},                         LoadBalancing::random           },
              {{"round_robin", "pods in turn"},               LoadBalancing::round_robin      },
              {{"least_outstanding", "fewest open requests"}, LoadBalancing::least_outstanding},
              {{"power_of_two", "the emptier of two"},        LoadBalancing::power_of_two     },
    }),
          otherwise("random", "kube-proxy in its default mode, iptables"),
          "Which pod gets a request. With batching `random` (batches at each pod) or `central_queue` (one queue for all).");
    f.add("timeout", &Service::timeout, duration(Zero::refused), optional("waits for ever"),
          "A request that waits longer than this is given up, on a serverless endpoint for a cold start; `fluid` "
          "serving of pods sees it in overload only.");
    f.add("queue_limit", &Service::queue_limit, whole(0, 100'000'000),
          otherwise("100000", "far more than a client waits for: memory stays bounded in overload"),
          "Requests that may wait, in all or at each pod that has a queue; `fluid` serving sees it in overload "
          "only. On a serverless endpoint none wait: max_concurrency limits those that are served.");
    f.add("drain_grace", &Service::drain_grace, duration(),
          otherwise("30s", "Kubernetes: terminationGracePeriodSeconds"),
          "What a pod that is told to stop may still take to finish its requests.");
    f.add("cut_off", &Service::cut_off,
          choice<CutOff>({{{"retry", "sent again, to another pod"}, CutOff::retry},
                          {{"fail", "lost, and not good"}, CutOff::fail}}),
          otherwise("retry", "assumed: callers, or a mesh in between, try again"),
          "What becomes of requests whose pod goes before they are served; `fluid` serving does not see it.");
    f.custom("disruption_budget", disruption_budget().shape, optional("all may go at once"),
             "How many of its pods in a cluster drains leave in peace (a PodDisruptionBudget); "
             "scaling down, preemption and a machine that dies do not ask it.",
             [](Reading& in, const Node& node, Service& target) {
               return disruption_budget().read(in, node, target.disruption_budget.emplace());
             });
    f.add("init", &Service::init, duration(), otherwise("0s", "ready when the container runs"),
          "Application start-up after the container runs: loading the model.");
    f.add("probe_period", &Service::probe_period, duration(),
          otherwise("10s", "Kubernetes: readinessProbe.periodSeconds"),
          "Readiness is looked at this often, from the container's start on; 0s: at once.");
    f.add("endpoint_delay", &Service::endpoint_delay, duration(),
          otherwise("1s", "kube-proxy: minSyncPeriod 1 s; a load balancer takes 10 to 40 s"),
          "From Ready to the first request.");
    f.add("warm_up", &Service::warm_up, object(warm_up_fields()),
          optional("the first request is as fast as any"),
          "The first requests of a pod, or a serverless container, are slower; `fluid` serving does not see it.");
    f.add("cpu_when_busy", &Service::cpu_when_busy, share(0.001, 100),
          otherwise("100%", "assumed: requests are sized for the work of all slots"),
          "Share of a pod's CPU request in use while all its slots are busy; what a "
          "HorizontalPodAutoscaler reads.");
    f.custom("sidecar", object_shape(sidecar_fields().texts(), "a mapping"),
             optional("a pod has one container"),
             "A proxy beside the main container. cpu of a pod then has both; container_cpu and cpu_when_busy "
             "are of the main one.",
             [](Reading& in, const Node& node, Service& target) {
               return sidecar_fields().read(in, node, target.sidecar.emplace());
             });
    f.group("slo", slo, required(), "What a good answer is.");
    f.add("request_size", &Service::request_bytes, size(), otherwise("0B", "nothing to bill"),
          "Bytes of a request, for transfer prices.");
    f.add("response_size", &Service::response_bytes, size(), otherwise("0B", "nothing to bill"),
          "Bytes of a response, for transfer prices.");
    return f;
  }();
  return fields;
}

// ---- Layers -------------------------------------------------------------------------------------

namespace {

struct Laying {
  Reading& in;
  const Node& node;
  const Named<ImageText>& texts;
  std::vector<Image>& images;
  std::map<std::string, Layer> by_digest;
  int next_id = 0;
  enum class State { untouched, open, done, failed };
  std::vector<State> state;

  const Entry& entry_of(std::size_t i) const { return *node.find_entry(texts[i].first); }
  std::string path_of(std::size_t i) const { return "/images/" + pointer_token(texts[i].first); }
  bool fail(std::size_t i, std::string message, std::string hint = "") {
    const Entry& entry = entry_of(i);
    in.fail_path(entry.at, path_of(i), std::move(message), std::move(hint));
    return false;
  }
  std::optional<std::size_t> index_of(const std::string& name) const {
    for (std::size_t i = 0; i < texts.size(); ++i)
      if (texts[i].first == name) return i;
    return std::nullopt;
  }

  bool lay(std::size_t i) {
    if (state[i] == State::done || state[i] == State::failed) return state[i] == State::done;
    state[i] = State::open;
    const bool good = in.clean(path_of(i)) && lay_one(i, texts[i].second);
    state[i] = good ? State::done : State::failed;
    return good;
  }

  bool lay_one(std::size_t i, const ImageText& text) {
    Image& image = images[i];
    image = text.image;
    image.name = texts[i].first;
    const std::optional<std::size_t> base = text.from ? index_of(*text.from) : std::nullopt;
    if (text.from && !base) return unknown_base(i, *text.from);
    if (base && state[*base] == State::open) return cycle(i, *base);
    if (base && !lay(*base)) return false;
    if (base) image.layers = images[*base].layers;
    return text.layers ? lay_list(i, text) : lay_totals(i, text);
  }

  bool unknown_base(std::size_t i, const std::string& base) {
    const Node& named = *entry_of(i).value.find("from");
    in.fail_path(named.at, path_of(i) + "/from", "no image named " + in_quotes(base),
                 nearest_hint(base, in.images));
    return false;
  }

  bool cycle(std::size_t i, std::size_t base) {
    std::string names = texts[i].first;
    for (std::size_t at = base; at != i; at = *index_of(*texts[at].second.from))
      names += " -> " + texts[at].first;
    const Node& named = *entry_of(i).value.find("from");
    in.fail_path(
        named.at, path_of(i) + "/from",
        fmt::format("an image cannot be built on itself: {} -> {}", names, texts[i].first));
    return false;
  }

  bool lay_list(std::size_t i, const ImageText& text) {
    if (text.size || text.unpacked)
      return fail(i, "size and unpacked follow from the list of layers", "leave them out");
    for (const LayerText& layer : *text.layers) {
      const auto [known, fresh] =
          by_digest.try_emplace(layer.digest, Layer{LayerId{next_id}, layer.size, layer.unpacked});
      if (fresh) ++next_id;
      if (known->second.compressed != layer.size || known->second.unpacked != layer.unpacked)
        return fail(i,
                    fmt::format("the layer {} has other sizes elsewhere", in_quotes(layer.digest)));
      images[i].layers.push_back(known->second);
    }
    return true;
  }

  bool lay_totals(std::size_t i, const ImageText& text) {
    if (!text.size) return fail(i, "\"size\" is missing");
    if (!text.unpacked) return fail(i, "\"unpacked\" is missing");
    const Bytes base_size = total_compressed(images[i].layers);
    const Bytes base_unpacked = total_unpacked(images[i].layers);
    const int base_count = static_cast<int>(images[i].layers.size());
    const LayerTotals own{*text.size - base_size, *text.unpacked - base_unpacked,
                          *text.layer_count - base_count, LayerId{next_id}};
    if (own.compressed.count < own.count || own.unpacked.count < own.count || own.count < 1)
      return fail(i,
                  fmt::format("must be more than its base: {} in {} layers, {} unpacked; \"{}\" "
                              "has {} in {} layers, {} unpacked",
                              write_size(*text.size), *text.layer_count, write_size(*text.unpacked),
                              text.from.value_or("nothing"), write_size(base_size), base_count,
                              write_size(base_unpacked)),
                  "size, unpacked and layers count the base's, too");
    if (*text.unpacked < *text.size)
      in.warn_path(entry_of(i).value.find("unpacked")->at, path_of(i) + "/unpacked",
                   fmt::format("{} unpacked is less than the {} that are pulled",
                               write_size(*text.unpacked), write_size(*text.size)),
                   "size is what a registry shows, compressed; images unpack to two or three times it");
    for (const Layer& layer : synthesise_layers(own)) images[i].layers.push_back(layer);
    next_id += own.count;
    return true;
  }
};

}  // namespace

bool lay_images(Reading& in, const Node& images_node, const Named<ImageText>& texts,
                std::vector<Image>& images, int& layer_count) {
  images.assign(texts.size(), Image{});
  Laying laying{in, images_node, texts, images, {}, 0, {}};
  laying.state.assign(texts.size(), Laying::State::untouched);
  bool good = true;
  for (std::size_t i = 0; i < texts.size(); ++i) good = laying.lay(i) && good;
  layer_count = laying.next_id;
  return good;
}

}  // namespace berth
