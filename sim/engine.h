// The little of SimGrid that Berth uses, under one set of names for 3.32 to 4.1: timers, hosts in a
// star, flows between two hosts, the clock. Only sim/*.cpp includes this; no other header shows
// SimGrid. What differs between versions (deprecated zone constructors) is hidden here.
#pragma once

#include <simgrid/s4u.hpp>
#include <simgrid/version.h>

#include <simgrid/kernel/Timer.hpp>
#include <string>

namespace berth::engine {

using Timer = simgrid::kernel::timer::Timer;

inline double clock() { return simgrid::s4u::Engine::get_clock(); }

#if SIMGRID_VERSION >= 40000
inline simgrid::s4u::NetZone* add_star(simgrid::s4u::Engine& engine, const std::string& name) {
  return engine.get_netzone_root()->add_netzone_star(name);
}
inline simgrid::s4u::Host* add_host(simgrid::s4u::NetZone* zone, const std::string& name) {
  return zone->add_host(name, 1e9);
}
inline simgrid::s4u::Link* add_link(simgrid::s4u::NetZone* zone, const std::string& name,
                                    double bytes_per_second) {
  return zone->add_link(name, bytes_per_second);
}
#else
inline simgrid::s4u::NetZone* add_star(simgrid::s4u::Engine&, const std::string& name) {
  return simgrid::s4u::create_star_zone(name);
}
inline simgrid::s4u::Host* add_host(simgrid::s4u::NetZone* zone, const std::string& name) {
  return zone->create_host(name, 1e9);
}
inline simgrid::s4u::Link* add_link(simgrid::s4u::NetZone* zone, const std::string& name,
                                    double bytes_per_second) {
  return zone->create_link(name, bytes_per_second);
}
#endif

}  // namespace berth::engine
