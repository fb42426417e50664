// When a cluster's autoscalers get no metrics (models/serving/metrics_outage.h):
//
//   metrics_outages:
//     - {from: 17h, lasts: 30min}
//     - {from: 2026-11-27T17:00:00Z, lasts: 30min, of: custom}
//
// Refused is what the simulated time does not see. Tested by tests/scenarios/metrics_test.cpp.
#include "models/scenario.h"
#include "scenarios/platform_parts.h"

namespace berth {
namespace {

enum class Of { both, resource, custom };
struct OutageText {
  Seconds from{}, lasts{};
  Of of = Of::both;
};

const Fields<OutageText>& outage_fields() {
  static const Fields<OutageText> fields = [] {
    Fields<OutageText> f;
    f.add("from", &OutageText::from, moment(), required(), "When it begins.");
    f.add("lasts", &OutageText::lasts, duration(Zero::refused), required(), "How long it lasts.");
    f.add("of", &OutageText::of,
          choice<Of>({
              {{"both", "all of them"}, Of::both},
              {{"resource", "metrics-server: cpu and container_cpu"}, Of::resource},
              {{"custom", "Prometheus and its adapter, KEDA's triggers: all other metrics"}, Of::custom},
          }),
          otherwise("both", "a cluster's monitoring is down"), "Which metrics are missing.");
    return f;
  }();
  return fields;
}

bool read_outage(Reading& in, const Node& node, MetricsOutage& target) {
  OutageText text;
  if (!outage_fields().read(in, node, text)) return false;
  const auto fail = [&](std::string message, std::string hint) {
    const Reading::Scope scope(in, "from", node.find("from")->at);
    in.fail(*node.find("from"), std::move(message), std::move(hint));
    return false;
  };
  if (text.from >= in.horizon)
    return fail("it never begins: the measured window is over after " + write_duration(in.horizon),
                "an earlier time, or a longer horizon");
  if (text.from + text.lasts <= -in.warm_up)
    return fail("it is over before the simulated time begins", "a later time");
  target = {.from = text.from,
            .lasts = text.lasts,
            .resource = text.of != Of::custom,
            .custom = text.of != Of::resource};
  return true;
}

}  // namespace

void add_metrics_outages(Fields<Cluster>& f) {
  constexpr std::size_t kMost = 1000;
  const Type<MetricsOutage> one{object_shape(outage_fields().texts(), "an outage"), read_outage};
  f.add("metrics_outages", &Cluster::metrics_outages, list_of(one, 0, kMost),
        optional("metrics always come"),
        "When HorizontalPodAutoscalers and KEDA get no metrics: HPAs whose metrics all fail change "
        "nothing, KEDA goes by its fallback.");
}

}  // namespace berth
