#include "sim/network.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <stdexcept>
#include <utility>

#include "models/processor_sharing.h"
#include "sim/engine.h"

namespace berth {
namespace {

namespace s4u = simgrid::s4u;

constexpr double kRungRatio = 1.02;
constexpr double kLowestRung = 1e5;   // bytes per second
constexpr double kHighestRung = 5e10; // 400 Gbit/s

std::size_t rung_at_or_above(double rate) {
  if (rate <= kLowestRung) return 0;
  return static_cast<std::size_t>(
      std::ceil(std::log(rate / kLowestRung) / std::log(kRungRatio) - 1e-9));
}

double rung_rate(std::size_t rung) {
  return kLowestRung * std::pow(kRungRatio, static_cast<double>(rung));
}

std::string numbered(const char* kind, std::size_t number) {
  return std::string(kind) + std::to_string(number);
}

}  // namespace

struct Network::Platform {
  std::vector<s4u::Host*> rungs;      // where a flow of at most that rate comes from
  std::vector<s4u::Host*> machines;   // by machine
  std::vector<s4u::CommPtr> ended;    // kept until SimGrid is out of its callback
};

// Transfers of machines that meet on one shared link only.
struct Network::Gateway {
  std::size_t number = 0;
  SharedLink link;
  std::map<SharedLink::Transfer, Transfer*> waiting;
  std::optional<Seconds> watched;  // when somebody looks next
};

Network::Network(Agenda& agenda_in) : agenda(agenda_in) {}
Network::~Network() = default;

std::size_t Network::add_shared_link(BytesPerSecond capacity) {
  gateways_.push_back(
      std::make_unique<Gateway>(Gateway{.number = shared_links_.size(), .link = SharedLink(capacity)}));
  shared_links_.push_back(capacity);
  return shared_links_.size() - 1;
}

std::size_t Network::add_machine(BytesPerSecond card, std::optional<std::size_t> behind) {
  machines_.push_back({card, behind});
  return machines_.size() - 1;
}

void Network::seal() {
  platform_ = std::make_shared<Platform>();
  auto* zone = engine::add_star(*s4u::Engine::get_instance(), "berth");
  const auto connect = [zone](s4u::Host* host, const std::vector<s4u::LinkInRoute>& links) {
    zone->add_route(host->get_netpoint(), nullptr, nullptr, nullptr, links, true);
  };
  engine::add_host(zone, "idle");  // SimGrid needs a platform even when nothing moves
  std::vector<s4u::Link*> shared;
  shared.reserve(shared_links_.size());
  for (std::size_t i = 0; i < shared_links_.size(); ++i) {
    shared.push_back(engine::add_link(zone, numbered("shared", i), shared_links_[i].rate));
  }
  for (std::size_t i = 0; i < machines_.size(); ++i) {
    auto* card = engine::add_link(zone, numbered("card", i), machines_[i].card.rate);
    std::vector<s4u::LinkInRoute> route{s4u::LinkInRoute(card)};
    if (machines_[i].behind) route.emplace_back(shared[*machines_[i].behind]);
    platform_->machines.push_back(engine::add_host(zone, numbered("machine", i)));
    connect(platform_->machines.back(), route);
  }
  if (!machines_.empty()) {
    for (std::size_t rung = 0; rung <= rung_at_or_above(kHighestRung); ++rung) {
      auto* pipe = engine::add_link(zone, numbered("cap", rung), rung_rate(rung));
      pipe->set_sharing_policy(s4u::Link::SharingPolicy::FATPIPE);
      platform_->rungs.push_back(engine::add_host(zone, numbered("source", rung)));
      connect(platform_->rungs.back(), {s4u::LinkInRoute(pipe)});
    }
  }
  zone->seal();
  // SimGrid keeps its callbacks for ever; this one does nothing once the network is gone.
  s4u::Activity::on_completion_cb([this, alive = std::weak_ptr(platform_)](const s4u::Activity& activity) {
    if (alive.expired()) return;
    const auto* comm = dynamic_cast<const s4u::Comm*>(&activity);
    if (comm == nullptr || comm->get_data<Transfer>() == nullptr) return;
    constexpr bool kAddReference = false;  // takes over the one of start_flow
    platform_->ended.emplace_back(const_cast<s4u::Comm*>(comm), kAddReference);
    flow_ended(*comm->get_data<Transfer>());
  });
}

void Network::Transfer::await_suspend(std::coroutine_handle<> waiting) {
  life = waiting;
  begin();
}

void Network::Transfer::begin() {
  started = network.agenda.now();
  begun = true;
  if (!(cap.rate > 0)) throw std::logic_error("a transfer needs a positive rate");
  if (to.machine)
    network.start_flow(*this);
  else if (to.shared)
    network.pass_gateway(*this);
  else if (life)
    place.make(network.agenda, started + bytes / cap, Instant::release, life);
}

double Network::Transfer::share_passed() const {
  if (!begun) return 0;
  const double all = static_cast<double>(bytes.count);
  if (done || all <= 0) return 1;
  if (flow != nullptr) return 1 - static_cast<s4u::Comm*>(flow)->get_remaining() / all;
  const Seconds now = network.agenda.now();
  if (passing) return 1 - network.gateways_[*to.shared]->link.left(now, *passing) / all;
  return to.alone() ? std::min((now - started) * cap.rate / bytes.count / 1s, 1.0) : 1;
}

void Network::give_up(Transfer& transfer) {
  if (transfer.flow != nullptr) {
    auto* flow = static_cast<s4u::Comm*>(std::exchange(transfer.flow, nullptr));
    flow->set_data(nullptr);
    if (agenda.over()) return;
    flow->cancel();
    constexpr bool kAddReference = false;  // takes over the one of start_flow
    platform_->ended.emplace_back(flow, kAddReference);
  } else if (transfer.passing) {
    Gateway& gateway = *gateways_[*transfer.to.shared];
    if (!agenda.over()) let_through(gateway);  // whoever ends at this very instant is through before
    if (!transfer.passing) return;
    gateway.waiting.erase(*transfer.passing);
    if (agenda.over()) return;
    gateway.link.cancel(agenda.now(), *transfer.passing);
    let_through(gateway);
  }
}

// Looks at a gateway when its next transfer should be through. One that is stale finds nothing.
Life watch_gateway(Network& network, std::size_t gateway, Seconds date) {
  auto next = sleep_until(network.agenda, date);
  co_await next;
  if (network.gateways_[gateway]->watched == date) network.let_through(*network.gateways_[gateway]);
}

void Network::pass_gateway(Transfer& transfer) {
  Gateway& gateway = *gateways_[*transfer.to.shared];
  let_through(gateway);  // whoever ends at this very instant is through before
  transfer.passing = gateway.link.begin(agenda.now(), transfer.bytes, transfer.cap);
  gateway.waiting.emplace(*transfer.passing, &transfer);
  let_through(gateway);
}

void Network::let_through(Gateway& gateway) {
  while (gateway.link.next_end() && *gateway.link.next_end() <= agenda.now()) {
    const auto through = gateway.waiting.extract(gateway.link.end_next());
    Transfer& transfer = *through.mapped();
    transfer.passing.reset();
    if (transfer.life) transfer.place.make(agenda, agenda.now(), Instant::release, transfer.life);
  }
  const auto next = gateway.link.next_end();
  if (!next) gateway.watched.reset();
  // Somebody who looks too early looks again.
  if (!next || (gateway.watched && *gateway.watched > agenda.now() && *gateway.watched <= *next))
    return;
  gateway.watched = next;
  watch_gateway(*this, gateway.number, *next);
}

Seconds Network::Transfer::await_resume() {
  place.keep();
  done = true;
  return bytes.count <= 0 ? Seconds{0} : network.agenda.now() - started;
}

void Network::start_flow(Transfer& transfer) {
  platform_->ended.clear();
  const std::size_t rung = std::min(rung_at_or_above(transfer.cap.rate), platform_->rungs.size() - 1);
  s4u::Host* to = platform_->machines[*transfer.to.machine];
  const s4u::CommPtr flow = s4u::Comm::sendto_init(platform_->rungs[rung], to);
  flow->set_payload_size(static_cast<std::uint64_t>(transfer.bytes.count));
  flow->set_data(&transfer);
  flow->add_ref();  // SimGrid drops its own reference while it still uses the flow
  transfer.flow = flow.get();
  flow->start();
}

void Network::flow_ended(Transfer& transfer) {
  transfer.flow = nullptr;
  if (transfer.life)
    transfer.place.make(agenda, transfer.started + transfer.bytes / transfer.cap, Instant::release,
                        transfer.life);
}

}  // namespace berth
