// When EC2 has none of an instance type (models/shortage.h):
//
//   shortages:
//     - {instance_type: g5.xlarge, offering: spot, random_every: 12h, lasts: 40min}
//     - {instance_types: [m5.xlarge, m5a.xlarge], cron: "0 17 * * 5", lasts: 3h}
//     - {instance_type: m5.xlarge, from: 2026-11-27T17:00:00Z, lasts: 3h}
//
// Refused is what would do nothing: types that no pool has, ways to buy them that no pool uses,
// times that the simulated time does not see; and what contradicts itself, as shortages that begin
// before they have ended. Tested by tests/scenarios/shortage_test.cpp.
#include <fmt/format.h>

#include <algorithm>

#include "models/overloaded.h"
#include "scenarios/platform_parts.h"

namespace berth {
namespace {

struct ShortageText {
  std::vector<TypeId> types;
  std::optional<Offering> offering;
  std::optional<Seconds> from, random_every;
  std::optional<std::string> cron;
  Seconds lasts{};
};

const Fields<ShortageText>& shortage_fields() {
  static const Fields<ShortageText> fields = [] {
    Fields<ShortageText> f;
    add_instance_types(f, &ShortageText::types, "Of which there is none.",
                       "Types of which there is none, all at the same time.");
    f.add("offering", &ShortageText::offering,
          choice<Offering>({
              {{"on_demand", "kept until given back"}, Offering::on_demand},
              {{"spot", "cheaper, and AWS may take it back"}, Offering::spot},
          }),
          optional("however they are bought"), "Only of nodes bought like this.");
    const Absent no = optional("another one says when");
    f.add("from", &ShortageText::from, moment(), no, "Once, from then on.");
    f.add("cron", &ShortageText::cron, text("five fields of cron"), no,
          "At each of its times: minute hour day-of-month month day-of-week, UTC.");
    f.add("random_every", &ShortageText::random_every, duration(Zero::refused), no,
          "At random: from the begin of one to the begin of the next, on average. Each replication "
          "has its own.");
    f.add("lasts", &ShortageText::lasts, duration(Zero::refused), required(),
          "How long one lasts; at random on average.");
    return f;
  }();
  return fields;
}

// What one entry says must make sense by itself and in the simulated time.
class ShortageReader {
 public:
  ShortageReader(Reading& in, const Node& node) : in_(in), node_(node) {}

  bool read(Shortage& target) {
    ShortageText text;
    if (!shortage_fields().read(in_, node_, text) || !says_types_once(in_, node_)) return false;
    const int ways = int{text.from.has_value()} + int{text.cron.has_value()} +
                     int{text.random_every.has_value()};
    if (ways != 1) {
      in_.fail(node_,
               ways == 0 ? "when there is none is missing: from, cron or random_every"
                         : "a shortage has one of from, cron and random_every, not several",
               "examples: {from: 17h, lasts: 3h}, {cron: \"0 17 * * 5\", lasts: 3h}, "
               "{random_every: 12h, lasts: 40min}");
      return false;
    }
    target = {.types = text.types, .offering = text.offering, .lasts = text.lasts};
    if (text.from) return at_a_time(*text.from, target);
    if (text.cron) return by_cron(*text.cron, target);
    return at_random(*text.random_every, target);
  }

 private:
  bool fail(std::string_view field, std::string message, std::string hint) {
    const Reading::Scope scope(in_, field, node_.find(field)->at);
    in_.fail(*node_.find(field), std::move(message), std::move(hint));
    return false;
  }

  bool at_a_time(Seconds from, Shortage& target) {
    if (from >= in_.horizon)
      return fail(
          "from",
          "it never begins: the measured window is over after " + write_duration(in_.horizon),
          "an earlier time, or a longer horizon");
    if (from + target.lasts <= -in_.warm_up)
      return fail("from", "it is over before the simulated time begins", "a later time");
    target.when = from;
    return true;
  }

  bool by_cron(const std::string& text, Shortage& target) {
    std::string why;
    const auto cron = parse_cron(text, &why);
    if (!cron) return fail("cron", why, "example: \"0 17 * * 5\" is 17:00 UTC on Fridays");
    // One that began earlier may reach into the simulated time.
    const auto begin =
        in_.starts_at - static_cast<std::int64_t>((in_.warm_up + target.lasts).count());
    const auto end = in_.starts_at + static_cast<std::int64_t>(in_.horizon.count());
    const auto first = next_cron_time(*cron, begin);
    if (!first || *first >= end)
      return fail("cron", in_quotes(text) + " never comes in the simulated time",
                  "another time, or a longer horizon");
    for (auto at = first; at && *at < end;) {
      const auto next = next_cron_time(*cron, *at);
      if (next && Seconds{double(*next - *at)} <= target.lasts)
        return fail("lasts",
                    fmt::format("it begins again before it is over: {} lies {} after the last time",
                                in_quotes(text), write_duration(Seconds{double(*next - *at)})),
                    "a shorter time, or a rarer cron");
      at = next;
    }
    target.when = *cron;
    return true;
  }

  bool at_random(Seconds every, Shortage& target) {
    if (target.lasts >= every)
      return fail("lasts",
                  fmt::format("shortages of {} that begin every {} on average never end",
                              write_duration(target.lasts), write_duration(every)),
                  "less than random_every, which is from begin to begin");
    target.when = AtRandom{every};
    return true;
  }

  Reading& in_;
  const Node& node_;
};

// Against the pools: something must be launched that can be short.
bool is_of_pools(Reading& in, const Node& node, const Shortage& one, const Cluster& cluster) {
  const auto has = [](const NodePool& pool, TypeId type) {
    return std::ranges::find(pool.types, type) != pool.types.end();
  };
  std::vector<std::string> known;
  for (const NodePool& pool : cluster.pools)
    for (const TypeId type : pool.types) known.push_back(in.catalogue->types[type.index()].name);
  bool good = true;
  for (const TypeId type : one.types) {
    const std::string& name = in.catalogue->types[type.index()].name;
    if (std::ranges::find(known, name) == known.end()) {
      in.fail(node, "no node pool has " + in_quotes(name), nearest_hint(name, known));
      good = false;
    } else if (std::ranges::none_of(cluster.pools, [&](const NodePool& pool) {
                 return has(pool, type) && one.concerns(type, pool.offering);
               })) {
      const Entry& said = *node.find_entry("offering");
      in.fail_at(said.at,
                 fmt::format("no node pool buys {} {}", in_quotes(name),
                             one.offering == Offering::spot ? "as spot" : "on demand"),
                 "leave offering out, or name the pools' own");
      good = false;
    } else if (cluster.autoscaler == NodeAutoscaler::none &&
               std::ranges::none_of(cluster.pools, [&](const NodePool& pool) {
                 return has(pool, type) && pool.offering == Offering::spot &&
                        one.concerns(type, Offering::spot);
               })) {
      in.fail(
          node,
          fmt::format("nodes of {} are never launched: without an autoscaler only spot nodes that "
                      "AWS took back are replaced",
                      in_quotes(name)),
          "set autoscaler of the platform, or leave the shortage out");
      good = false;
    }
  }
  return good;
}

// Two entries that say of one type at one time the same thing, or of its chance two things.
bool overlap(const Shortage& a, const Shortage& b) {
  const bool bought_alike = !a.offering || !b.offering || *a.offering == *b.offering;
  const bool same_type = std::ranges::any_of(
      a.types, [&](TypeId type) { return std::ranges::find(b.types, type) != b.types.end(); });
  if (!bought_alike || !same_type) return false;
  const auto* x = std::get_if<Seconds>(&a.when);
  const auto* y = std::get_if<Seconds>(&b.when);
  if (x && y) return *x < *y + b.lasts && *y < *x + a.lasts;
  return std::holds_alternative<AtRandom>(a.when) && std::holds_alternative<AtRandom>(b.when);
}

bool read_shortages(Reading& in, const Node& node, Cluster& target) {
  if (!expect_list(in, node)) return false;
  const std::string platform = in.path().substr(0, in.path().rfind('/'));
  const bool pools_are_known = in.clean(platform + "/node_pools");
  bool good = true;
  std::vector<Shortage> read;
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const Node& item = node.items[i];
    const Reading::Scope scope(in, std::to_string(i), item.at);
    Shortage one;
    if (!ShortageReader(in, item).read(one) ||
        (pools_are_known && !is_of_pools(in, item, one, target))) {
      good = false;
      continue;
    }
    const auto other =
        std::ranges::find_if(read, [&](const Shortage& o) { return overlap(o, one); });
    if (other != read.end()) {
      const bool random = std::holds_alternative<AtRandom>(one.when);
      in.fail(item,
              random ? "shortages at random of one type twice: how often they come is open"
                     : "it overlaps with another shortage of the same type",
              random ? "one entry with how often there is none in all" : "one entry for both");
      good = false;
      continue;
    }
    read.push_back(std::move(one));
  }
  if (good) target.shortages = std::move(read);
  return good;
}

}  // namespace

void add_shortages(Fields<Cluster>& f) {
  constexpr std::size_t kMost = 1000;
  f.custom(
      "shortages", list_shape(object_shape(shortage_fields().texts(), "a shortage"), 0, kMost),
      optional("EC2 has whatever is asked for"),
      "When EC2 has none of an instance type: a launch of it fails, and the node autoscaler goes "
      "about it in its way. Nodes that run stay.",
      read_shortages);
}

}  // namespace berth
