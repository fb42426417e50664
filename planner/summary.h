// What a study says about one Placement: every random number as a Figure, money scaled to a month
// of 730 h, counts to a day. Reports print it; comparisons pair it. Units are in the field names.
//
// Start latency is submitted -> user code runs; the phases' means add up to its mean, their
// quantiles do not (the slow image and the slow launch rarely meet in one job).
// Made by planner/summarise.h. Tested by tests/planner/summarise_test.cpp.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "models/histogram.h"
#include "models/startup_ledger.h"
#include "models/units.h"
#include "planner/figure.h"

namespace berth {

// One number a step of the window (Summary::series_step_s), the mean over replications.
using Series = std::vector<double>;

struct Quantiles {
  Figure mean, p50, p95, p99;
};

// Where a Workload runs and how, in words. `pull` is what is simulated, whatever the placement wished.
struct HomeSummary {
  std::string platform, pool, instance_type, offering, pull;  // pool "" on SageMaker, pull of endpoints too
  std::string endpoint;                                        // its kind; "" where there is none
  Seconds keep_alive{0};
};

// Of a class whose jobs come after others' jobs.
struct ChainSummary {
  Figure skipped_per_day;  // never submitted: a job they waited for has failed
  Quantiles turnaround_s;  // first submission of the chain -> done
};

struct TrainingSummary {
  std::string name, team;
  HomeSummary home;
  Figure submitted_per_day, started_per_day, completed_per_day, failed_per_day;
  Figure waiting_at_end, running_at_end;
  Figure interruptions_per_day, capacity_errors_per_day;
  Figure warm_start_share;  // of the jobs started
  Quantiles start_latency_s;
  std::array<Quantiles, kPhaseCount> phases_s;
  Quantiles container_started_s;                       // from submission; before reads and init
  std::array<Figure, kPhaseCount> phases_usd_per_start;  // mean, of the billed part
  Figure start_usd_per_month;                          // of all starts; part of the class's cost
  Quantiles turnaround_s;
  std::optional<ChainSummary> chain;
  std::optional<double> start_slo_s;
  Figure start_slo_share;  // of the start goals that fell due, met; silent without one
  std::optional<double> deadline_s;
  Figure deadline_missed_share;  // of the deadlines that fell due; silent without one
  Figure backlog_at_begin, backlog_at_end;
  bool backlog_grows = false;
  Series waiting;                            // jobs that wait for their first start
  std::vector<CdfPoint> start_distribution;  // start latency of all replications' jobs together
};

// The 99th percentile is that of the step's worst slice; `overloaded` is a share of slices.
struct ServiceSeries {
  Series requests_per_s, ready, desired, utilisation, latency_p99_s, overloaded;
};

// Pods of a Service (or instances of its endpoint) from being asked for to serving.
struct PodStartSummary {
  Figure per_day;
  Quantiles container_started_s, ready_s;
  std::array<Quantiles, kPhaseCount> phases_s;
  std::array<Figure, kPhaseCount> phases_usd_per_start;
  Figure usd_per_month;
};

// As models/outcome.h's OverloadSpan: after the measured window opens.
struct Overload {
  double from_s = 0, to_s = 0, queue_gone_s = 0;
  bool operator==(const Overload&) const = default;
};

struct ServiceSummary {
  std::string name, team, fidelity;
  HomeSummary home;
  Figure requests_per_s;
  Figure latency_mean_s, latency_p50_s, latency_p95_s, latency_p99_s, latency_p999_s;
  double slo_latency_s = 0, slo_target = 0;
  Figure slo_share;      // of all requests, answered within slo_latency
  Figure utilisation;    // of the ready slots
  Figure overloaded_s;
  Figure short_share, missing, asked_for;  // of slices that lack a replica: their share, and means of theirs
  Figure waiting_at_begin;  // requests, who came before and are in its latencies
  Figure waiting_at_end;  // requests; of their latency nothing is known where each request is looked at
  Figure rejected_share, timed_out_share, cut_off_share;  // of all requests
  Figure cold_start_share;  // of all requests; 0 where nothing is serverless
  Figure whole_share, window_share, formula_share;  // of the time, by how it was looked at
  Figure error_share;    // stated, of the 99th percentile of latency
  Figure doubtful_s;     // outside the range in which the latency model is known to be right
  std::vector<Overload> overloads;  // when it was overloaded in any replication
  Figure replicas_mean, replicas_peak_slice;  // time-weighted, of the window and its fullest slice
  ServiceSeries series;
  PodStartSummary pod_starts;
};

struct PoolSummary {
  std::string platform, pool, instance_type;
  Figure nodes_mean, nodes_peak_slice;  // time-weighted, of the window and its fullest slice
  Figure launched_per_day, removed_per_day, reclaimed_per_day;
  Figure launches_failed_per_day;  // nodes that EC2 had not and that nothing came for
  Figure unregistered_per_day;     // nodes given back because they did not register in time
  Series nodes, reclaims;  // reclaims: how many in the step
};

// A holder's part of a CostLine. Kinds: "training" and "service" with the workload's name, "idle",
// "shared" and "people" with none.
struct LineShare {
  std::string kind, workload;
  Figure quantity_per_month, usd_per_month;
  Figure list_usd_per_month;  // the same usage on demand, without plan or spot
};

// The same service, item and charge, over all holders; `shares` add up to it.
struct CostLine {
  std::string service, item, charge, unit;
  Figure quantity_per_month, usd_per_month;
  std::string price_as_of, price_source, price_status;
  std::optional<double> usd_per_unit;
  std::vector<LineShare> shares;
};

struct WorkloadCost {
  std::string kind;  // "training" or "service"
  std::string name;
  Figure usd_per_month;
};

// total = sum of lines = sum of workloads + idle + shared + people.
struct CostSummary {
  Figure total_usd_per_month;
  std::vector<CostLine> lines;           // largest first
  std::vector<WorkloadCost> workloads;   // in scenario order
  Figure idle_usd_per_month;             // nodes nobody used
  Figure shared_usd_per_month;           // clusters, gateways and commitments that serve everybody
  Figure people_usd_per_month;
  Figure list_usd_per_month;             // the same usage on demand, without plans or spot
  std::vector<std::string> missing;      // prices needed and unknown: then the total is no answer
};

struct Summary {
  std::string placement, description;
  std::size_t replications = 0;  // that came back
  double series_step_s = 0;
  CostSummary cost;
  std::vector<TrainingSummary> training;
  std::vector<ServiceSummary> services;
  std::vector<PoolSummary> pools;
  Figure events;                   // of the Journal, and resumptions of lives
  std::vector<std::string> flags;  // what a reader must know before believing the numbers
};

}  // namespace berth
