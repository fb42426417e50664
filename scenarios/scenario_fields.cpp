#include "scenarios/scenario_fields.h"

#include <fmt/format.h>

#include <algorithm>

#include "scenarios/plan_fields.h"
#include "scenarios/platform_fields.h"
#include "scenarios/read_catalogue.h"
#include "scenarios/resolve_placements.h"
#include "scenarios/workload_fields.h"

namespace berth {
namespace {

// ---- Catalogue and prices -----------------------------------------------------------------------

// A built-in name, or a file in the format of scenarios/read_catalogue.h.
bool read_catalogue_field(Reading& in, const Node& node, ScenarioText& target) {
  target.scenario.catalogue = builtin_catalogue();
  in.catalogue = &target.scenario.catalogue;
  const std::string* name = expect_scalar(in, node, "the name of a catalogue or of its file");
  if (name == nullptr) return false;
  if (*name == builtin_catalogue().name) return true;
  if (name->find('.') == std::string::npos && name->find('/') == std::string::npos) {
    in.fail(node, "no catalogue named " + in_quotes(*name),
            fmt::format("the built-in one is \"{}\"; a file is named like ./prices.csv",
                        builtin_catalogue().name));
    return false;
  }
  const std::string* content = in.read_file(*name, node);
  if (content == nullptr) return false;
  std::vector<Issue> issues;
  Catalogue read = read_catalogue(*content, in.folder_of(node.at) + *name, issues);
  for (const Issue& issue : issues)
    in.fail_in(issue.file, issue.line, issue.column, issue.message, issue.hint);
  if (!has_errors(issues)) target.scenario.catalogue = std::move(read);
  return !has_errors(issues);
}

struct PricesText {
  Catalogue* catalogue = nullptr;
  std::string as_of;
  PriceTag tag(double usd) const { return {usd, as_of, "set in the scenario", PriceStatus::user}; }
};

// Prices of instance types in one column of the catalogue.
std::function<bool(Reading&, const Node&, PricesText&)> read_column(const PriceColumn& column) {
  return [tag = column.tag](Reading& in, const Node& node, PricesText& target) {
    return read_entries(in, node, [&](const Entry& entry) {
      std::string name;
      double usd = 0;
      const bool known = type_name().read(in, key_of(entry), name);
      if (!dollars_per("h").read(in, entry.value, usd) || !known) return false;
      target.catalogue->find(name)->*tag = target.tag(usd);
      return true;
    });
  };
}

bool is_fraction(SimplePrice price) {
  return price == SimplePrice::eks_auto_fee_cpu || price == SimplePrice::eks_auto_fee_g ||
         price == SimplePrice::eks_auto_fee_p_trn;
}

const Fields<PricesText>& other_price_fields() {
  static const Fields<PricesText> fields = [] {
    Fields<PricesText> f;
    for (int i = 0; i < kSimplePrices; ++i) {
      const auto price = static_cast<SimplePrice>(i);
      const Type<double> type =
          is_fraction(price) ? share() : dollars_per(std::string(unit_of(price)));
      f.custom(std::string(name_of(price)), type.shape, optional("the catalogue's"),
               fmt::format("Per {}.", unit_of(price)),
               [type, price](Reading& in, const Node& node, PricesText& target) {
                 double usd = 0;
                 if (!type.read(in, node, usd)) return false;
                 target.catalogue->price(price) = target.tag(usd);
                 return true;
               });
    }
    return f;
  }();
  return fields;
}

const Fields<PricesText>& price_fields() {
  static const Fields<PricesText> fields = [] {
    Fields<PricesText> f;
    f.custom("as_of", date().shape, required(), "The day these prices were true.",
             [](Reading& in, const Node& node, PricesText& target) {
               Date day;
               if (!date().read(in, node, day)) return false;
               target.as_of = node.text;
               return true;
             });
    for (const PriceColumn& column : price_columns())
      f.custom(std::string(column.name), map_shape(dollars_per("h").shape, "instance type"),
               optional("the catalogue's"), "Dollars per hour, by instance type.",
               read_column(column));
    f.group("other", other_price_fields(), optional("the catalogue's"),
            "Prices that do not belong to an instance type.");
    return f;
  }();
  return fields;
}

bool read_prices(Reading& in, const Node& node, ScenarioText& target) {
  PricesText prices{&target.scenario.catalogue, ""};
  return price_fields().read(in, node, prices);
}

// ---- People -------------------------------------------------------------------------------------

struct ActivityText {
  std::optional<double> hours_per_month, incidents_per_month, hours_per_incident;
  std::optional<ToilActivity::Per> per;
};

const Fields<ActivityText>& activity_fields() {
  static const Fields<ActivityText> fields = [] {
    using Per = ToilActivity::Per;
    Fields<ActivityText> f;
    f.add("hours_per_month", &ActivityText::hours_per_month, number(0, 1e6),
          optional("incidents say it"), "Hours of work a month, for each of what `per` names.");
    f.add("incidents_per_month", &ActivityText::incidents_per_month, number(0, 1e6),
          optional("hours say it"), "Incidents a month, for each of what `per` names.");
    f.add("hours_per_incident", &ActivityText::hours_per_incident, number(0, 1e6),
          optional("hours say it"), "Hours one incident takes.");
    f.add("per", &ActivityText::per,
          choice<Per>({
              {{"fixed", "once, whatever is used"}, Per::fixed},
              {{"cluster", "each cluster in use"}, Per::cluster},
              {{"node_pool", "each node pool in use"}, Per::node_pool},
              {{"sagemaker_account", "once when SageMaker is used"}, Per::sagemaker_account},
              {{"training_class", "each training class"}, Per::training_class},
              {{"service", "each service"}, Per::service},
          }),
          optional("fixed: once, whatever is used"), "What the hours multiply with.");
    return f;
  }();
  return fields;
}

bool read_activity(Reading& in, const Node& node, ToilActivity& target) {
  ActivityText text;
  if (!activity_fields().read(in, node, text)) return false;
  const bool incidents = text.incidents_per_month && text.hours_per_incident;
  const bool partly = text.incidents_per_month || text.hours_per_incident;
  if (incidents == text.hours_per_month.has_value() || (partly && !incidents)) {
    in.fail(node, "an activity has hours_per_month, or incidents_per_month and hours_per_incident");
    return false;
  }
  target.per = text.per.value_or(ToilActivity::Per::fixed);
  target.hours_per_month = text.hours_per_month.value_or(0);
  if (!incidents) return true;
  // Without `per` the incidents are listed as such; with it only their hours multiply.
  if (!text.per) target.per = ToilActivity::Per::incident;
  target.hours_per_month =
      text.per ? *text.incidents_per_month * *text.hours_per_incident : *text.hours_per_incident;
  target.incidents_per_month = text.per ? 0 : *text.incidents_per_month;
  return true;
}

const Fields<People>& people_fields() {
  static const Fields<People> fields = [] {
    const Type<Named<ToilActivity>> activities = map_of(
        Type<ToilActivity>{object_shape(activity_fields().texts(), "an activity"), read_activity},
        "name of the activity");
    Fields<People> f;
    f.add("hour", &People::hour, dollars_per_hour(), required(), "What an hour of work costs.");
    f.custom("activities", activities.shape, required(), "What takes people's time.",
             [activities](Reading& in, const Node& node, People& target) {
               Named<ToilActivity> named;
               const bool good = activities.read(in, node, named);
               for (auto& [name, activity] : named) {
                 activity.name = name;
                 target.activities.push_back(activity);
               }
               return good;
             });
    return f;
  }();
  return fields;
}

// ---- Lists with names ---------------------------------------------------------------------------

// The names of a mapping's entries, for whoever refers to them.
std::vector<std::string> names_in(const Node& node) {
  std::vector<std::string> names;
  if (node.is_mapping())
    for (const Entry& entry : node.entries)
      if (!is_note(entry.key)) names.push_back(entry.key);
  return names;
}

bool read_images(Reading& in, const Node& node, ScenarioText& target) {
  static const Type<Named<ImageText>> type = map_of(object(image_fields()), "name of the image");
  in.images = names_in(node);
  Named<ImageText> texts;
  const bool good = type.read(in, node, texts);
  Scenario& scenario = target.scenario;
  return lay_images(in, node, texts, scenario.images, scenario.layer_count) && good;
}

template <class T>
bool read_named(Reading& in, const Node& node, const Type<Named<T>>& type, std::vector<T>& list) {
  Named<T> named;
  const bool good = type.read(in, node, named);
  for (auto& [name, one] : named) {
    one.name = name;
    list.push_back(std::move(one));
  }
  return good;
}

bool read_training(Reading& in, const Node& node, ScenarioText& target) {
  static const Type<Named<TrainingClass>> type =
      map_of(object(training_fields(), "a training class"), "name of the class");
  in.training = names_in(node);
  return read_named(in, node, type, target.scenario.training);
}

bool read_services(Reading& in, const Node& node, ScenarioText& target) {
  static const Type<Named<Service>> type =
      map_of(object(service_fields(), "a service"), "name of the service");
  return read_named(in, node, type, target.scenario.services);
}

bool read_platforms(Reading& in, const Node& node, ScenarioText& target) {
  static const Type<Named<Platform>> type = map_of(platform(), "name of the platform");
  Named<Platform> named;
  bool good = type.read(in, node, named);
  for (auto& [name, one] : named) {
    std::visit([&name = name](auto& p) { p.name = name; }, one);
    target.scenario.platforms.push_back(std::move(one));
  }
  return good;
}

bool read_placements(Reading& in, const Node& node, ScenarioText& target) {
  static const Type<Named<PlacementText>> type = placement_texts();
  Named<PlacementText> texts;
  const bool good = type.read(in, node, texts);
  if (!node.is_mapping()) return false;
  if (texts.empty()) in.fail(node, "no placement is named");
  target.scenario.placements = resolve_placements(in, target.scenario, texts, node);
  return good;
}

// ---- Top level ----------------------------------------------------------------------------------

template <class M>
std::function<bool(Reading&, const Node&, ScenarioText&)> into(M Scenario::*member,
                                                               const Type<M>& type) {
  return [member, type](Reading& in, const Node& node, ScenarioText& target) {
    return type.read(in, node, target.scenario.*member);
  };
}

bool read_schema(Reading& in, const Node& node, ScenarioText&) {
  const std::string* found = expect_scalar(in, node, in_quotes(kScenarioSchema));
  if (found == nullptr || *found == kScenarioSchema) return found != nullptr;
  const bool other_version = found->starts_with("berth/scenario/");
  in.fail(node, fmt::format("expected {}, got {}", in_quotes(kScenarioSchema), in_quotes(*found)),
          other_version ? "this berth reads version 1; a newer one may read it" : "");
  return false;
}

void add_frame(Fields<ScenarioText>& f) {
  const auto add = [&f]<class M>(const char* name, M Scenario::*member, const Type<M>& type,
                                 Absent absent, const char* doc) {
    f.custom(name, type.shape, std::move(absent), doc, into(member, type));
  };
  f.custom("schema", choice_shape({{std::string(kScenarioSchema), "this language"}}), required(),
           "The language and its version.", read_schema);
  add("name", &Scenario::name, name_text("a name"),
      computed("the file's name", "not taken over by files that extend it"),
      "In titles and tables.");
  add("description", &Scenario::description, text("a sentence"),
      otherwise("", "not taken over by files that extend it"), "What is described here.");
  f.custom(
      "extends",
      any_of({text("a file").shape, list_shape(text("a file").shape, 1, 0)},
             "a file, or a list of files"),
      optional("it stands alone"),
      "Files this one is laid upon, in order, relative to it: mappings merge, null removes, "
      "everything else replaces (RFC 7386). A file met again is not laid again.",
      [](Reading&, const Node&, ScenarioText&) { return true; });  // done when files are merged
  f.custom("starts_on", date().shape,
           otherwise("2026-01-05", "a Monday, so that weekly weights begin with their first"),
           "The day the measured window begins, at midnight UTC: what weekday it is, cron's clock.",
           [](Reading& in, const Node& node, ScenarioText& target) {
             if (!date().read(in, node, target.starts_on)) return false;
             target.scenario.starts_at = in.starts_at = target.starts_on.days * 86'400;
             return true;
           });
  f.custom(
      "warm_up", duration().shape,
      otherwise("1h", "the longest keep-alive of a SageMaker warm pool: pools and caches fill"),
      "Simulated before the measured window, measured not.",
      [](Reading& in, const Node& node, ScenarioText& target) {
        const bool good = duration().read(in, node, target.scenario.warm_up);
        in.warm_up = target.scenario.warm_up;
        return good;
      });
  f.custom("horizon", duration().shape, required(),
           "The measured window. Costs are scaled from it to a month.",
           [](Reading& in, const Node& node, ScenarioText& target) {
             const bool good = duration(Zero::refused).read(in, node, target.scenario.horizon);
             in.horizon = target.scenario.horizon;
             return good;
           });
  add("slice", &Scenario::slice, duration(Zero::refused),
      otherwise("5min", "HorizontalPodAutoscaler: downscale stabilisation 300 s"),
      "What a service did is recorded in steps of this length; scaling looks every 15 s.");
  add("fidelity", &Scenario::fidelity,
      choice<Fidelity>({
          {{"auto", "formulas where they are good, else windows or every request"},
           Fidelity::automatic},
          {{"request", "every request"}, Fidelity::request},
          {{"sampled", "windows where that is safe"}, Fidelity::sampled},
          {{"fluid", "formulas only"}, Fidelity::fluid},
      }),
      otherwise("fluid", "a plan simulates hundreds of days; a day by formulas is under a second"),
      "How closely serving is looked at; the result states the error.");
  add("replications", &Scenario::replications, whole(1, 100'000),
      otherwise("10", "a 95 % interval of 10 is 1.15 times as wide as with the variance known"),
      "Independent histories that are simulated.");
  add("seed", &Scenario::seed, seed_number(),
      otherwise("1", "any: the same seed, the same history"), "Where all chance comes from.");
}

}  // namespace

const Fields<ScenarioText>& scenario_fields() {
  static const Fields<ScenarioText> fields = [] {
    Fields<ScenarioText> f;
    add_frame(f);
    f.custom("catalogue", text("a catalogue").shape,
             otherwise("aws-us-east-1", "the one Berth brings along"),
             "Instance types and prices: a built-in name, or a CSV file.", read_catalogue_field);
    f.custom("prices", object_shape(price_fields().texts(), "prices"), optional("the catalogue's"),
             "Single prices that replace the catalogue's.", read_prices);
    f.custom("images",
             map_shape(object_shape(image_fields().texts(), "an image"), "name of the image"),
             required(), "Container images.", read_images);
    f.custom("platforms", map_shape(platform().shape, "name of the platform"), required(),
             "Where workloads can run.", read_platforms);
    f.custom(
        "training",
        map_shape(object_shape(training_fields().texts(), "a training class"), "name of the class"),
        optional("nothing is trained"), "Jobs that arrive, run and end.", read_training);
    f.custom("services",
             map_shape(object_shape(service_fields().texts(), "a service"), "name of the service"),
             optional("nothing is served"), "Requests that arrive at pods.", read_services);
    f.custom("people", object_shape(people_fields().texts(), "people"),
             optional("nobody's time is counted"), "What people's hours cost.",
             [](Reading& in, const Node& node, ScenarioText& target) {
               return people_fields().read(in, node, target.scenario.people);
             });
    f.custom("placements", placement_texts().shape, required(), "Named answers to who runs where.",
             read_placements);
    f.custom("plan", plan_shape(), optional("`berth plan` derives levers and limits"),
             "What `berth plan` may choose and must keep.",
             [](Reading& in, const Node& node, ScenarioText& target) {
               return read_plan(in, node, target.scenario, target.plan);
             });
    return f;
  }();
  return fields;
}

}  // namespace berth
