#include "scenarios/commitment_fields.h"

#include <algorithm>
#include <functional>
#include <vector>

namespace berth {
namespace {

Type<Commitment> commitment() {
  static const Fields<Commitment> fields = [] {
    Fields<Commitment> f;
    f.add("hourly", &Commitment::commit, dollars_per_hour(), required(),
          "Committed per hour, at plan rates.");
    f.add("term", &Commitment::term, savings_plan_term(), required(), "How long it runs.");
    return f;
  }();
  return object(fields, "a Savings Plan");
}

// One plan, or a list of plans.
Type<std::vector<Commitment>> plans() {
  const Type<Commitment> one = commitment();
  const Type<std::vector<Commitment>> several = list_of(one);
  return {any_of({one.shape, several.shape}, "a Savings Plan, or a list of them"),
          [one, several](Reading& in, const Node& node, std::vector<Commitment>& target) {
            return node.is_sequence() ? several.read(in, node, target)
                                      : one.read(in, node, target.emplace_back());
          }};
}

// Reads plans of one kind into the list of all.
std::function<bool(Reading&, const Node&, Commitments&)> plans_of(Commitment::Plan plan) {
  return [plan](Reading& in, const Node& node, Commitments& target) {
    std::vector<Commitment> list;
    const bool good = plans().read(in, node, list);
    for (Commitment& one : list) {
      one.plan = plan;
      target.plans.push_back(one);
    }
    return good;
  };
}

bool read_family_plans(Reading& in, const Node& node, Commitments& target) {
  Named<std::vector<Commitment>> families;
  bool good = map_of(plans(), "family").read(in, node, families);
  for (auto& [family, list] : families) {
    const bool known = in.catalogue == nullptr ||
                       std::ranges::find(in.catalogue->types, family, &InstanceType::family) !=
                           in.catalogue->types.end();
    if (!known) {
      const Entry& entry = *node.find_entry(family);
      in.fail_at(entry.at, "no instance family named " + in_quotes(family),
                 "examples: m5, g5, p4d");
      good = false;
    }
    for (Commitment& one : list) {
      one.plan = Commitment::Plan::ec2_instance;
      one.family = family;
      target.plans.push_back(one);
    }
  }
  return good;
}

Fields<Commitments> commitment_fields() {
  Fields<Commitments> f;
  const Absent none = optional("none is held");
  f.custom("compute_sp", plans().shape, none, "Compute Savings Plans: any EC2 usage.",
           plans_of(Commitment::Plan::compute));
  f.custom("ec2_instance_sp", map_shape(plans().shape, "instance family"), none,
           "EC2 Instance Savings Plans, by instance family.", read_family_plans);
  f.custom("sagemaker_sp", plans().shape, none, "SageMaker Savings Plans: any SageMaker usage.",
           plans_of(Commitment::Plan::sagemaker));
  return f;
}

}  // namespace

Type<Commitment::Term> savings_plan_term() {
  return choice<Commitment::Term>({
      {{"1y", "one year"},    Commitment::Term::one_year   },
      {{"3y", "three years"}, Commitment::Term::three_years},
  });
}

Type<Commitments> commitments() { return object(commitment_fields(), "Savings Plans"); }

}  // namespace berth
