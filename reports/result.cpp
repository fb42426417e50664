#include "reports/result.h"

#include <fmt/format.h>

#include <chrono>

#include "models/model_version.h"

namespace berth {

std::string replications_text(int count) {
  return fmt::format("{} replication{}", count, count == 1 ? "" : "s");
}

std::string iso_date(std::int64_t seconds_since_1970) {
  using namespace std::chrono;
  const year_month_day day{floor<days>(sys_seconds{seconds{seconds_since_1970}})};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(day.year()),
                     static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()));
}

Provenance provenance_of(const Scenario& scenario,
                         std::vector<std::pair<std::string, std::string>> engine) {
  return {.tool_version = std::string{tool_version()},
          .model_version = std::string{model_version()},
          .engine = std::move(engine),
          .scenario = scenario.name,
          .description = scenario.description,
          .starts_on = iso_date(scenario.starts_at),
          .catalogue = scenario.catalogue.name,
          .region = scenario.catalogue.region,
          .price_date = scenario.catalogue.date,
          .seed = scenario.seed,
          .replications = scenario.replications,
          .warm_up_s = scenario.warm_up.count(),
          .horizon_s = scenario.horizon.count(),
          .assumptions = scenario.assumptions};
}

}  // namespace berth
