#include <algorithm>
#include <array>

#include "models/measured_sagemaker.h"
#include "scenarios/platform_parts.h"

namespace berth {
namespace {

constexpr int kMostInstances = 1'000'000;

Type<std::vector<Quota>> quotas() {
  const Type<int> instances = whole(0, kMostInstances);
  return {map_shape(instances.shape, "instance type"),
          [instances](Reading& in, const Node& node, std::vector<Quota>& target) {
            return read_entries(in, node, [&](const Entry& entry) {
              const auto type = read_type_id(in, key_of(entry));
              Quota quota;
              if (!instances.read(in, entry.value, quota.instances) || !type) return false;
              quota.type = *type;
              if (std::ranges::find(target, quota.type, &Quota::type) != target.end()) {
                in.fail_at(entry.at, "the quota of this type stands here twice",
                           "ml.m5.xlarge and m5.xlarge are the same type");
                return false;
              }
              target.push_back(quota);
              return true;
            });
          }};
}

const std::vector<Choice>& eras() {
  static const std::vector<Choice> choices{{"2018", "as measured from 2018 to 2021"},
                                           {"2022", "as measured in 2022 and 2023"},
                                           {"2024", "as measured since 2024"}};
  return choices;
}

std::optional<Era> era_of(const Node& platform) {
  const Node* launch = platform.find("launch");
  if (launch == nullptr || !launch->is_scalar()) return std::nullopt;
  if (launch->text == "2018") return Era::from_2018;
  if (launch->text == "2022") return Era::from_2022;
  return launch->text == "2024" ? std::optional(Era::from_2024) : std::nullopt;
}

Fields<SageMaker> capacity_error_fields() {
  Fields<SageMaker> f;
  constexpr std::string_view kSource = "fitted to public job logs with the launch laws of the era";
  f.add("cpu", &SageMaker::capacity_error_cpu, share(0, 0.99), computed("2%", std::string(kSource)),
        "Chance that an attempt finds no capacity, types without accelerators.");
  f.add("gpu", &SageMaker::capacity_error_gpu, share(0, 0.99),
        computed("12%, before 2022 0%", std::string(kSource)),
        "Chance that an attempt finds no capacity, types with accelerators.");
  const std::array retry{PlatformLaw::sagemaker_capacity_retry_cpu,
                         PlatformLaw::sagemaker_capacity_retry_gpu};
  add_either(f, "retry", &SageMaker::capacity_retry_cpu, &SageMaker::capacity_retry_gpu, retry,
             "Wait before the next attempt.");
  return f;
}

void add_launch(Fields<SageMaker>& f) {
  const Fields<SageMaker> pair =
      by_accelerator(&SageMaker::launch_cpu, &SageMaker::launch_gpu,
                     from_table({PlatformLaw::sagemaker_launch_cpu_2024}),
                     from_table({PlatformLaw::sagemaker_launch_gpu_2024}));
  const ShapeRef shape =
      any_of({choice_shape(eras()), object_shape(pair.texts(), "a law for each of cpu and gpu")},
             "the year of the measurements, or a distribution for each of cpu and gpu");
  f.custom(
      "launch", shape,
      from_table({PlatformLaw::sagemaker_launch_cpu_2024, PlatformLaw::sagemaker_launch_gpu_2024}),
      "From CreateTrainingJob to Downloading, one attempt that finds capacity; not billed.",
      [pair](Reading& in, const Node& node, SageMaker& target) {
        if (node.is_mapping()) return pair.read(in, node, target);
        return read_choice(in, node, eras()).has_value();  // the laws were set by the era
      });
}

// A log's laws are laid over scenarios whose catalogue lacks the older families: no mistake, but said.
bool is_in_catalogue(Reading& in, const Entry& entry, const std::string& family) {
  if (in.catalogue == nullptr ||
      std::ranges::find(in.catalogue->types, family, &InstanceType::family) !=
          in.catalogue->types.end())
    return true;
  in.warn_path(
      entry.at, in.path(),
      "no instance family named " + in_quotes(family) + " in the catalogue: this law is not used",
      "examples: m5, g5, p4d");
  return false;
}

bool check_family(Reading& in, const Entry& entry, const std::string& family,
                  const std::vector<FamilyLaunch>& known) {
  if (std::ranges::find(known, family, &FamilyLaunch::family) != known.end()) {
    in.fail_at(entry.at, "this family stands here twice");
    return false;
  }
  return true;
}

bool read_launch(Reading& in, const Node& node, FamilyLaunch& target) {
  if (!node.is_scalar() || node.text != "measured")
    return duration_law().read(in, node, target.law);
  const auto measured = launch_of_family(target.family);
  if (!measured) {
    in.fail_at(node.at, "no launches of this family were measured",
               "measured are g5 and p4d; others need a distribution");
    return false;
  }
  target.law = law(*measured);
  return true;
}

// By family a law, or "measured" for the families there are logs of.
Type<std::vector<FamilyLaunch>> family_launches() {
  const ShapeRef shape = any_of(
      {choice_shape({{"measured", "as the family's public job logs since 2022 say: g5, p4d"}}),
       duration_law().shape},
      "measured, or a distribution");
  return {map_shape(shape, "instance family"),
          [](Reading& in, const Node& node, std::vector<FamilyLaunch>& target) {
            return read_entries(in, node, [&](const Entry& entry) {
              FamilyLaunch launch{.family = entry.key};
              if (launch.family.starts_with("ml.")) launch.family.erase(0, 3);
              const bool good = check_family(in, entry, launch.family, target) &
                                read_launch(in, entry.value, launch);
              if (is_in_catalogue(in, entry, launch.family) && good) target.push_back(launch);
              return good;
            });
          }};
}

}  // namespace

const Fields<SageMaker>& sagemaker_fields() {
  static const Fields<SageMaker> fields = [] {
    Fields<SageMaker> f;
    f.custom("kind", choice_shape({{"sagemaker", "Amazon SageMaker"}}), required(), "sagemaker",
             [](Reading&, const Node&, SageMaker&) { return true; });
    f.add("training_quotas", &SageMaker::training_quotas, quotas(), optional("see the default"),
          "Instances of a type that may train at once, warm pools included.");
    f.add(
        "default_training_quota", &SageMaker::default_training_quota, whole(0, kMostInstances),
        otherwise("0", "new accounts start with 0 for most training types (public logs, 2024-26)"),
        "Of every type not listed.");
    f.add("warm_pool_quotas", &SageMaker::warm_pool_quotas, quotas(), optional("see the default"),
          "Instances of a type that warm pools may hold, inside the training quota.");
    f.add("default_warm_pool_quota", &SageMaker::default_warm_pool_quota, whole(0, kMostInstances),
          otherwise("0", "AWS's default for every type"), "Of every type not listed.");
    f.add("create_jobs_per_second", &SageMaker::create_jobs_per_second, number(0.001, 1e6),
          otherwise("5",
                    "AWS publishes no rate; 5 to 16 near-simultaneous calls have been "
                    "throttled in public reports (2019, 2022)"),
          "CreateTrainingJob calls that go through; the rest wait.");
    f.add("create_burst", &SageMaker::create_burst, whole(1, 1'000'000),
          otherwise("10", "between the 5 and 16 calls of those reports"),
          "Calls that go through at once after a pause.");
    add_launch(f);
    f.add("launch_by_family", &SageMaker::launch_families, family_launches(),
          optional("every family launches as its kind, CPU or GPU"),
          "Launch laws of single instance families, capacity errors included.");
    f.group("capacity_errors", capacity_error_fields(), otherwise("{}", "as its fields say"),
            "Attempts that find no instances, and how long until the next one.");
    const std::array data{PlatformLaw::sagemaker_data_overhead_cpu,
                          PlatformLaw::sagemaker_data_overhead_gpu};
    add_either(f, "data_overhead", &SageMaker::data_overhead_cpu, &SageMaker::data_overhead_gpu,
               data, "Of the data step, whatever the size; billed.");
    f.add("warm_start", &SageMaker::warm_start, duration_law(),
          from_table({PlatformLaw::sagemaker_warm_start}),
          "From submission to Downloading on a warm pool.");
    f.add("container_create", &SageMaker::container_create, duration_law(),
          from_table({PlatformLaw::container_create}), "Creating the container.");
    const std::array endpoint{PlatformLaw::sagemaker_endpoint_cpu,
                              PlatformLaw::sagemaker_endpoint_gpu};
    add_either(f, "endpoint_creation", &SageMaker::endpoint_creation_cpu,
               &SageMaker::endpoint_creation_gpu, endpoint,
               "From the wish for an endpoint instance to its service.");
    add_s3_connection(f);
    f.add("soci", &SageMaker::soci,
          choice<SociSupport>({
              {{"nowhere", "not at all"}, SociSupport::nowhere},
              {{"interactive", "notebooks only, as it is"}, SociSupport::interactive},
              {{"everywhere", "training jobs, too: a what-if"}, SociSupport::everywhere},
          }),
          otherwise("interactive", "Lyft (2025): SOCI is not available for training and batch"),
          "Where SageMaker honours a SOCI index.");
    add_image_source(f, otherwise("250ms",
                                  "the upper end of the published 62-290 ms, as Studio's and "
                                  "Fargate's published lazy starts need"));
    f.group("egress", egress_fields<SageMaker>(), otherwise("{}", "as its fields say"),
            "What transfers pass on their way.");
    return f;
  }();
  return fields;
}

SageMaker sagemaker_before(const Node& platform) {
  return measured_sagemaker(era_of(platform).value_or(Era::from_2024));
}

}  // namespace berth
