'use strict';
// The page's glue: what is chosen (placement a beside placement b), and charts that follow. Chart
// specifications and every figure come ready-made in the model; here rows are picked, never computed
// anew. Nothing is loaded from anywhere. window.berth is what tests look at.
(() => {
  const model = JSON.parse(document.getElementById('model').textContent);
  const byId = id => document.getElementById(id);
  const state = {a: 0, b: -1, axis: 0, split: 'line', statistic: 'mean', cls: '', service: '', onlyFront: false,
    follow: true, findPlacement: '', findNumber: '', allPlacements: false, shown: 200,
    sortPlacements: ['cost', 1], sortNumbers: [null, 1]};
  const views = {};
  const places = model.placements;
  // A plan's candidate has the details of the result it is a placement of.
  const detail = i => (i >= 0 && places[i] && (places[i].detail || (places[i].detail_of !== undefined && places[places[i].detail_of].detail))) || null;

  // ---- Numbers as people read them; the same rules as reports/numbers.h --------------------------
  const digits = v => {
    const size = Math.abs(v);
    return size === 0 ? 0 : Math.min(6, Math.max(0, 2 - Math.floor(Math.log10(size * 1.0005))));
  };
  const fixed = (v, d) => {
    const size = Math.abs(v), low = Math.floor(size * 10 ** d);
    if (size < 0.5 * 10 ** -d) v = 0;  // no "-0.0"
    // A tie goes to the even digit, as in the tables of the terminal.
    const tie = size * 10 ** d - low === 0.5 && (low + 0.5) / 10 ** d === size && low % 2 === 0;
    const [whole, rest] = (v === 0 ? 0 : tie ? low / 10 ** d : size).toFixed(d).split('.');
    return (v < 0 ? '-' : '') + whole.replace(/\B(?=(\d{3})+$)/g, ',') + (rest ? '.' + rest : '');
  };
  const units = {
    'USD/month': s => s >= 999500 ? [1e6, 'M$'] : s >= 999.5 ? [1e3, 'k$'] : [1, '$'],
    's': s => s >= 7200 ? [3600, 'h'] : s >= 120 ? [60, 'min'] : s >= 0.9995 || s < 1e-7 ? [1, 's'] : [1e-3, 'ms'],
    'share': () => [0.01, '%'],
  };
  const show = (unit, mean, low, high) => {
    if (mean === null || mean === undefined) return '–';
    let half = low === null || low === undefined ? 0 : (high - low) / 2;
    // What is left of sums of doubles is nothing.
    if (unit === 'USD/month') {
      if (Math.abs(mean) < 1e-9) mean = 0;
      if (half < Math.max(1e-9, 1e-10 * Math.abs(mean))) half = 0;
    }
    if (unit === 'share' && Math.min(Math.abs(mean), Math.abs(1 - mean)) < 1e-12) mean = Math.round(mean);
    const largest = Math.max(Math.abs(mean), half);
    if (unit === 's' && largest < 1e-7) return '0 s';
    const [size, name] = (units[unit] || (() => [1, '']))(largest);
    const value = mean / size;
    let d = digits(value), text = '';
    if (unit === 'share') {
      const end = Math.min(mean, 1 - mean) * 100;  // from nothing or from all
      if (half === 0 && (mean === 0 || mean === 1)) d = 0;
      else d = end > 0 && end < 1 ? Math.min(4, Math.max(1, digits(end) - 2)) : 1;
      if (end > 0 && end < 0.5 * 10 ** -d) text = mean < 0.5 ? '<' + fixed(10 ** -d, d) : '>' + fixed(100 - 10 ** -d, d);
    } else if (half === 0 && Number.isInteger(value) && !name.endsWith('$')) {
      d = 0;
    } else if (half === 0 && value > 0 && value < 0.5e-6) {
      text = '<0.000001';
    }
    text = (text || fixed(unit === 'share' ? mean * 100 : value, d)) + (name ? ' ' + name : '');
    if (half > 0) text += ' ±' + (half / size < 0.5 * 10 ** -d ? '<' + fixed(10 ** -d, d) : fixed(half / size, d));
    return text;
  };
  const showTriple = (unit, t) => t ? show(unit, t[0], t[1], t[2]) : '–';

  // ---- Elements ---------------------------------------------------------------------------------
  const el = (tag, attributes = {}, ...children) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name === 'class') node.className = value;
      else if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
      else if (value !== false && value !== null) node.setAttribute(name, value === true ? '' : value);
    }
    for (const child of children) node.append(child);
    return node;
  };
  const options = (select, list, chosen) => {
    select.replaceChildren(...list.map(([value, text]) => el('option', {value, selected: value === chosen}, text)));
  };

  // ---- Charts -----------------------------------------------------------------------------------
  const css = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  // On paper charts have its width: A4 and Letter less the margins of page.css.
  const paperWidth = 680;
  let onPaper = false;
  const config = width => ({
    background: 'transparent', font: 'system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif',
    view: {stroke: null}, padding: 4,
    axis: {labelColor: css('--soft'), titleColor: css('--soft'), gridColor: css('--grid'), domainColor: css('--line'),
      tickColor: css('--line'), titleFontWeight: 500, titleFontSize: 12, labelFontSize: 11.5, labelLimit: 220, titlePadding: 8},
    legend: {labelColor: css('--ink'), titleColor: css('--soft'), labelFontSize: 12, titleFontSize: 12, titleFontWeight: 500,
      symbolType: 'square', labelLimit: 280, orient: 'bottom', columns: width >= 960 ? 3 : width >= 640 ? 2 : 1, columnPadding: 18, rowPadding: 3},
    header: {labelColor: css('--ink'), titleColor: css('--soft'), labelFontSize: 12.5, labelFontWeight: 600, labelAnchor: 'start'},
    range: {category: document.documentElement.dataset.theme === 'dark'
      ? ['#8ab0ff', '#ffab70', '#6fd39a', '#d4a5ff', '#ffd166', '#7fd8e6', '#ff9eb5', '#c3d98b', '#9fb3ff', '#d9b38c', '#8fd6c4', '#8d95a1']
      : ['#2f5fd0', '#d9772b', '#2f8f63', '#8354c4', '#c9a227', '#2b93a8', '#c94f74', '#7c9a3a', '#5b6fb8', '#a0693c', '#3f9c8a', '#9aa1ab']},
    text: {color: css('--ink')}, rule: {color: css('--soft')},
  });
  // Named colours of a specification become those of the theme.
  const themed = spec => JSON.parse(JSON.stringify(spec).replace(/"theme:([a-z]+)"/g, (all, name) => JSON.stringify(css('--' + name))));

  const narrow = 600;
  // Legends of long names stand in as many columns as there is room for.
  const fitted = (spec, width) => {
    if (onPaper) spec.width = paperWidth;
    for (const {encoding} of spec.layer || []) {
      const legend = encoding && encoding.color && encoding.color.legend;
      if (!legend || !legend.labelLimit) continue;
      if (width < narrow) legend.columns = 1;
      legend.labelLimit = Math.min(legend.labelLimit, (width - 120) / legend.columns - 30);  // they begin where the bars do
      // Cut short, "Amazon EC2: m5..." and "Amazon EC2: p4..." would read alike.
      if (legend.labelLimit < 300) legend.labelExpr = "replace(datum.label, /^(Amazon|AWS) [^:]*: /, '')";
    }
    return spec;
  };

  let queue = Promise.resolve();
  const later = work => (queue = queue.then(work).catch(error => console.error(String(error && error.stack || error))));

  // A chart in sight follows a choice at once, the others when there is nothing else to do: a choice among
  // ten thousand candidates must not wait for pictures nobody looks at.
  const inSight = box => {
    const {top, bottom} = (box.hidden ? box.parentElement : box).getBoundingClientRect();
    return bottom > -200 && top < innerHeight + 200;
  };
  const waiting = new Map();
  const whenIdle = window.requestIdleCallback || (work => setTimeout(work, 50));
  const flush = () => {
    const [first] = waiting;
    if (!first) return;
    waiting.delete(first[0]);
    first[1]();
    later(() => whenIdle(flush));
  };
  const draw = (id, spec, data, onClick) => {
    const now = () => drawNow(id, spec, data, onClick);
    waiting.delete(id);
    if (!views[id] || inSight(byId(id))) return now();
    waiting.set(id, now);
    if (waiting.size === 1) whenIdle(flush);
    return queue;
  };
  const settled = async () => {
    while (waiting.size) {
      const all = [...waiting.values()];
      waiting.clear();
      all.forEach(work => work());
      await queue;
    }
    await queue;
    return 1;
  };
  const drawNow = (id, spec, data, onClick) => later(async () => {
    const box = byId(id);
    // A chart without rows makes room for a sentence; its view stays for the next choice.
    const empty = !spec || !Object.values(data).some(rows => rows.length);
    box.hidden = empty;
    if (!box.nextElementSibling || !box.nextElementSibling.classList.contains('empty'))
      box.after(el('p', {class: 'empty', hidden: true}, 'Nothing was recorded for this choice.'));
    box.nextElementSibling.hidden = !empty;
    if (empty) return;
    if (views[id] && views[id].spec === spec) {
      for (const [set, rows] of Object.entries(data)) views[id].view.data(set, rows);
      await views[id].view.runAsync();
      name(box, spec.description, data);
      return;
    }
    if (views[id]) views[id].finalize();
    const width = onPaper ? paperWidth : box.clientWidth;
    const filled = fitted(themed(spec), width);
    filled.datasets = data;
    const points = Object.values(data).reduce((n, rows) => n + rows.length, 0);
    const result = await vegaEmbed(box, filled, {ast: true, actions: false, renderer: id === 'scatter' && points > 1000 ? 'canvas' : 'svg',
      config: config(width), logLevel: vega.Error, tooltip: {theme: 'custom'}});
    views[id] = {view: result.view, spec, finalize: () => result.finalize()};
    if (onClick) result.view.addEventListener('click', (event, item) => item && item.datum && onClick(item.datum));
    name(box, spec.description, data);
  });
  // The picture is one image to a screen reader: what it is of, and whom it shows. Its numbers stand in
  // the sentences and tables beside it.
  const name = (box, description, data) => {
    const whom = [...new Set(Object.values(data).flat().map(row => row.placement).filter(Boolean))];
    for (const chart of box.querySelectorAll('svg, canvas')) {
      chart.setAttribute('role', 'img');
      chart.setAttribute('aria-label', description + (whom.length ? ': ' + whom.join(' beside ') : ''));
      for (const part of chart.children) part.setAttribute('aria-hidden', 'true');
    }
  };

  // ---- Cost against latency ---------------------------------------------------------------------
  const axis = () => model.axes[state.axis];
  const latencyOf = p => axis() ? p.latency[axis().id] || null : null;

  // Not dominated by the means shown; a plan's own front is used for the axis it was made for.
  const frontOf = () => {
    const list = places.map((p, i) => ({i, cost: p.cost && p.cost[0], y: latencyOf(p) && latencyOf(p)[0], ok: p.state !== 'missed'}))
      .filter(p => p.cost !== null && p.y !== null && p.y !== undefined && p.ok);
    list.sort((x, y) => x.cost - y.cost || x.y - y.y || x.i - y.i);
    const front = [];
    for (const p of list) if (!front.length || p.y < front[front.length - 1].y) front.push(p);
    return front;
  };
  let front = [], onFront = new Set();
  const word = p => p.state === 'recommended' ? 'recommended' : p.state === 'missed' ? 'misses a goal' : p.state === 'front' || onFront.has(p.index) ? 'on the front' : 'off the front';
  const pointOf = p => {
    const y = latencyOf(p);
    if (!p.cost || !y || y[0] === null) return null;
    return {index: p.index, name: p.label, state: word(p), cost: p.cost[0], cost_low: Math.max(0, p.cost[1] ?? p.cost[0]), cost_high: p.cost[2] ?? p.cost[0],
      y: y[0], y_low: Math.max(0, y[1] ?? y[0]), y_high: y[2] ?? y[0], Cost: showTriple('USD/month', p.cost), Latency: showTriple(axis().unit, y)};
  };
  let crowded = false;
  // What is chosen is ringed by elements over the chart: the chart of ten thousand points stays as it is.
  const placeRings = () => later(() => {
    const box = byId('scatter');
    for (const ring of box.querySelectorAll('.ring')) ring.remove();
    if (!views.scatter || box.hidden) return;
    const {view} = views.scatter, [left, top] = view.origin(), pad = view.padding();
    for (const [key, i] of [['a', state.a], ['b', state.b]]) {
      const p = i >= 0 && pointOf(places[i]);
      if (!p) continue;
      const ring = el('span', {class: 'ring ' + key, 'aria-hidden': 'true'}, crowded ? el('span', {}, p.name) : '');
      ring.style.left = left + pad.left + view.scale('x')(p.cost) + 'px';
      ring.style.top = top + pad.top + view.scale('y')(p.y) + 'px';
      box.append(ring);
    }
  });
  const drawScatter = () => {
    front = frontOf();
    onFront = new Set(front.map(p => p.i));
    const many = places.length > 500, good = state => state === 'on the front' || state === 'recommended';
    const points = places.map(pointOf).filter(Boolean).map(p => ({...p, size: good(p.state) ? 90 : many ? 14 : 90, opacity: good(p.state) || !many ? 0.9 : 0.35})).filter(p => !state.onlyFront || p.state === 'on the front' || p.state === 'recommended');
    points.sort((x, y) => good(x.state) - good(y.state) || x.index - y.index);  // the front is drawn last
    // Labels of many points, or on a phone, would hide them and each other: then the chosen ones are named.
    crowded = points.length > 12 || byId('scatter').clientWidth < narrow;
    const labels = crowded ? [] : [...points].sort((x, y) => x.cost - y.cost || x.index - y.index);
    byId('choice-hint').hidden = !points.length;
    draw('scatter', axis() && axis().spec, {points, front: front.map(p => ({cost: p.cost, y: p.y})), intervals: points.length <= 200 ? points : [], above: labels.filter((p, i) => i % 2 === 0), below: labels.filter((p, i) => i % 2 === 1)},
      datum => datum.index !== undefined && choose(datum.index));
    placeRings();
    byId('choice-status').textContent = `${points.length.toLocaleString('en-US')} placements, ${front.length} on the front`;
  };

  const table = (node, columns, rows, sort, onSort, rowOf) => {
    // The table is made anew when it is sorted: who pressed a heading stays on it.
    const kept = [...node.querySelectorAll('thead button')].indexOf(document.activeElement);
    const arrow = c => sort[0] === c.id ? [el('span', {'aria-hidden': 'true'}, sort[1] > 0 ? ' ▲' : ' ▼')] : [];
    const head = el('tr', {}, ...columns.map(c => el('th', {scope: 'col', class: c.number ? 'number' : '', 'aria-sort': sort[0] === c.id ? (sort[1] > 0 ? 'ascending' : 'descending') : null},
      el('button', {type: 'button', onclick: () => onSort(c.id)}, c.title, ...arrow(c)))));
    node.replaceChildren(el('thead', {}, head), el('tbody', {}, ...rows.map(rowOf)));
    if (kept >= 0) node.querySelectorAll('thead button')[kept].focus();
  };
  // One that stays as it is: texts under headings.
  const plainTable = (label, columns, rows, tall) => el('div', {class: tall ? 'scroll tall' : 'scroll', tabindex: 0, role: 'region', 'aria-label': label},
    el('table', {}, el('thead', {}, el('tr', {}, ...columns.map(title => el('th', {scope: 'col'}, title)))),
      el('tbody', {}, ...rows.map(row => el('tr', {}, ...row.map(value => el('td', {class: 'wrap'}, value === null ? '–' : String(value))))))));
  const compare = (x, y) => {
    if (x === y) return 0;
    if (x === null || x === undefined) return 1;
    if (y === null || y === undefined) return -1;
    return typeof x === 'number' && typeof y === 'number' ? x - y : String(x).localeCompare(String(y), 'en', {numeric: true});
  };
  const placementColumns = () => [{id: 'name', title: 'Placement', key: p => p.label}, {id: 'cost', title: 'Cost a month', number: true, key: p => p.cost && p.cost[0]},
    {id: 'latency', title: axis() ? axis().label : 'Latency', number: true, key: p => latencyOf(p) && latencyOf(p)[0]},
    {id: 'goals', title: 'Goals', key: p => p.goals}, {id: 'state', title: 'State', key: word}, {id: 'note', title: 'Note', key: p => p.note}];
  const drawPlacements = () => {
    const find = state.findPlacement.toLowerCase();
    const [by, way] = state.sortPlacements;
    const column = placementColumns().find(c => c.id === by);
    const list = places.filter(p => (!find || (p.label + ' ' + p.note).toLowerCase().includes(find)) && (!state.onlyFront || onFront.has(p.index) || p.state === 'recommended'));
    list.sort((x, y) => way * compare(column.key(x), column.key(y)) || x.index - y.index);
    const shown = list.slice(0, 200);
    for (const i of [state.a, state.b]) if (i >= 0 && list.includes(places[i]) && !shown.includes(places[i])) shown.unshift(places[i]);
    table(byId('placements'), placementColumns(), shown, state.sortPlacements, id => {
      state.sortPlacements = [id, state.sortPlacements[0] === id ? -state.sortPlacements[1] : 1];
      drawPlacements();
    }, p => el('tr', {class: 'choosable', 'data-index': p.index, onclick: () => choose(p.index)},
      el('td', {}, el('button', {type: 'button', class: 'name'}, p.label)), el('td', {class: 'number'}, showTriple('USD/month', p.cost)), el('td', {class: 'number'}, axis() ? showTriple(axis().unit, latencyOf(p)) : '–'),
      el('td', {class: p.state === 'missed' ? 'bad' : ''}, p.goals), el('td', {}, word(p)), el('td', {class: 'wrap'}, p.note)));
    byId('count-placements').textContent = shown.length < list.length ? `${shown.length} of ${list.length.toLocaleString('en-US')} shown` : '';
    markRows();
  };
  const markRows = () => {
    for (const row of byId('placements').querySelectorAll('tbody tr')) {
      const i = Number(row.dataset.index);
      row.classList.toggle('is-a', i === state.a);
      row.classList.toggle('is-b', i === state.b);
      row.querySelector('button').setAttribute('aria-pressed', String(i === state.a));
    }
  };

  // ---- What follows the choice ------------------------------------------------------------------
  const sides = () => [['a', state.a], ['b', state.b]].filter(([, i]) => detail(i)).map(([key, i]) => ({key, index: i, name: places[i].label, d: detail(i)}));
  const mean = figure => figure ? figure.mean : null;

  const costRows = () => {
    const rows = [], totals = [], order = new Map();
    const all = sides().map(s => ({...s, parts: state.split === 'line'
      ? s.d.cost_lines.map(l => [l.service + ': ' + l.item, mean(l.usd_per_month)])
      : [...s.d.cost_workloads.map(w => [w.name, mean(w.usd_per_month)]), ['idle nodes', mean(s.d.cost_idle_usd_per_month)],
        ['shared', mean(s.d.cost_shared_usd_per_month)], ['people', mean(s.d.cost_people_usd_per_month)]]}));
    for (const s of all) for (const [name, usd] of s.parts) order.set(name, (order.get(name) || 0) + (usd || 0));
    const keep = state.split === 'workload' ? ['idle nodes', 'shared', 'people'] : [];
    const top = [...order].filter(([name]) => !keep.includes(name)).sort((x, y) => y[1] - x[1] || (x[0] < y[0] ? -1 : 1)).slice(0, 11 - keep.length).map(([name]) => name);
    for (const s of all) {
      let rest = 0, from = 0;
      const put = (part, usd) => usd > 0 && rows.push({placement: s.name, key: s.key, part, order: [...top, ...keep, 'everything else'].indexOf(part), usd, Cost: show('USD/month', usd), Share: show('share', usd / mean(s.d.cost_usd_per_month))});
      for (const [name, usd] of s.parts) top.includes(name) || keep.includes(name) ? put(name, usd) : rest += usd || 0;
      put('everything else', rest);
      const c = s.d.cost_usd_per_month;
      totals.push({placement: s.name, key: s.key, usd: c.mean, low: c.low ?? c.mean, high: c.high ?? c.mean, label: show('USD/month', c.mean, c.low, c.high)});
    }
    return {rows, totals};
  };
  const drawCost = () => {
    draw('cost-chart', model.specs.cost, costRows());
    byId('cost-note').textContent = sides().map(s => {
      const idle = mean(s.d.cost_idle_usd_per_month), total = mean(s.d.cost_usd_per_month);
      return `${s.name}: ${show('USD/month', total)}, of it idle nodes ${show('USD/month', idle)} (${show('share', idle / total)}), people ${show('USD/month', mean(s.d.cost_people_usd_per_month))}.`;
    }).join(' ') + [state.a, state.b].filter(i => i >= 0 && !detail(i)).map(i => ` Of ${places[i].label} the plan keeps no bill, starts or series: it has those of its front and of the scenario's own placements.`).join('');
  };

  // Who starts: the jobs of a class, or the pods of a service.
  const podsName = 'pods of ';
  const podStarts = d => d.services.filter(x => x.pod_starts.ready_s.p50).map(x => ({name: podsName + x.name, home: x.home,
    start_latency_s: x.pod_starts.ready_s, phases_s: x.pod_starts.phases_s, start_distribution: {share: [], start_latency_s: []}}));
  const starters = d => [...d.training, ...podStarts(d)];
  const classOf = s => starters(s.d).find(t => t.name === state.cls);
  const drawTwin = () => {
    const p = places[state.a], twin = p && p.twin, there = twin && twin.index !== null;
    byId('twin').hidden = !twin;
    byId('twin').textContent = twin ? twin.words : '';
    byId('twin-offer').hidden = !there || twin.index === state.b;
    byId('show-twin').textContent = there ? `Show ${places[twin.index].label} beside ${p.label}` : '';
  };
  const drawStarts = () => {
    const rows = [], jobs = sides().some(s => s.d.training.length);
    byId('starts-hint').textContent = jobs ? 'From submission to user code, every class: median, 95th and 99th percentile. Choose a class for its parts.'
      : 'From the decision to start a pod until it is ready: median, 95th and 99th percentile. Choose a service for the parts.';
    for (const s of sides()) for (const t of jobs ? s.d.training : podStarts(s.d)) {
      const q = t.start_latency_s;
      if (q.p50) rows.push({placement: s.name, key: s.key, name: t.name, p50: q.p50.mean, p95: q.p95.mean, p99: q.p99.mean,
        goal: t.start_slo_s, P50: show('s', q.p50.mean, q.p50.low, q.p50.high), P95: show('s', q.p95.mean, q.p95.low, q.p95.high), P99: show('s', q.p99.mean, q.p99.low, q.p99.high)});
    }
    // Of many classes the slowest: a chart of hundreds is longer than any screen.
    const names = [...new Set(rows.map(r => r.name))];
    if (names.length > 30) {
      const slowest = name => Math.max(...rows.filter(r => r.name === name).map(r => r.p95));
      const kept = new Set([...names].sort((x, y) => slowest(y) - slowest(x) || compare(x, y)).slice(0, 30));
      rows.splice(0, rows.length, ...rows.filter(r => kept.has(r.name)));
      byId('starts-hint').textContent += ` Drawn are the 30 slowest of ${names.length}; the list has all.`;
    }
    draw('starts-chart', model.specs.starts, {rows}, datum => datum.name && pickClass(datum.name));
  };
  const dollars = usd => usd > 0 ? '$' + Number(usd.toPrecision(2)) : 'free';  // as in the terminal
  const drawWaterfall = () => {
    const rows = [], marks = [], words = [];
    const mean = state.statistic === 'mean';  // dollars are known as means
    for (const s of sides()) {
      const t = classOf(s);
      if (!t || !t.start_latency_s.mean) continue;
      let at = 0;
      const used = model.phases.filter(name => t.phases_s[name].p99 && t.phases_s[name].p99.mean > 0);
      for (const name of used) {
        const seconds = t.phases_s[name][state.statistic].mean;
        const from = mean ? at : 0;
        const paid = mean && t.phases_usd_per_start ? ', ' + dollars(t.phases_usd_per_start[name].mean) : '';
        rows.push({placement: s.name, key: s.key, phase: name.replace('_', ' '), order: model.phases.indexOf(name), from, to: from + seconds, Time: show('s', seconds) + paid,
          p50: t.phases_s[name].p50.mean, p95: t.phases_s[name].p95.mean, p99: t.phases_s[name].p99.mean});
        at += seconds;
      }
      const total = t.start_latency_s[state.statistic];
      rows.push({placement: s.name, key: s.key, phase: 'start', order: 99, from: 0, to: total.mean, Time: ''});
      words.push(`${s.name}: ${state.statistic} ${show('s', total.mean, total.low, total.high)}, p50 ${show('s', t.start_latency_s.p50.mean)}, p95 ${show('s', t.start_latency_s.p95.mean)}, p99 ${show('s', t.start_latency_s.p99.mean)} (${t.home.platform}${t.home.pool ? '/' + t.home.pool : ''}, ${t.home.instance_type}${t.home.offering === 'spot' ? ' spot' : ''}${t.home.pull ? ', ' + t.home.pull + ' pull' : ''}).`);
      for (const q of ['p50', 'p95', 'p99']) marks.push({placement: s.name, key: s.key, phase: 'start', quantile: q, at: t.start_latency_s[q].mean, Time: show('s', t.start_latency_s[q].mean)});
    }
    byId('waterfall-h').textContent = `What the wait of ${state.cls || 'a class'} is made of`;
    byId('waterfall-note').textContent = (mean ? 'Means of the phases add up to the mean start; dollars are what one start pays for its machine.'
      : 'Percentiles of phases do not add up: the slow image and the slow launch rarely meet in one job.') + ' Ticks: p50, p95, p99 of the start. ' + words.join(' ');
    draw('waterfall', model.specs.waterfall, {rows, marks});
  };
  const drawDistribution = () => {
    const rows = [], goals = [];
    for (const s of sides()) {
      const t = classOf(s);
      if (!t) continue;
      t.start_distribution.share.forEach((share, i) => rows.push({placement: s.name, key: s.key, share, seconds: Math.max(t.start_distribution.start_latency_s[i], 0.1), Start: show('s', t.start_distribution.start_latency_s[i])}));
      if (t.start_slo_s && !goals.length) goals.push({seconds: t.start_slo_s, label: 'goal ' + show('s', t.start_slo_s)});
    }
    draw('distribution', model.specs.distribution, {rows, goals});
    byId('distribution-note').textContent = (rows.length ? 'Share of jobs started within; jobs of all replications together.' : 'Of pods, the percentiles above are kept.') + sides().map(s => [s, classOf(s)]).filter(([, t]) => t && t.start_slo_met_share)
      .map(([s, t]) => ` ${s.name}: ${show('share', t.start_slo_met_share.mean, t.start_slo_met_share.low, t.start_slo_met_share.high)} within the goal.`).join('');
  };

  const drawTime = () => {
    const requests = [], replicas = [], latency = [], nodes = [], waiting = [], events = [], reclaims = [], limits = [];
    const hours = (series, i) => i * series.step_s / 3600;
    for (const s of sides()) {
      const {series} = s.d, base = {placement: s.name, key: s.key};
      const one = series.services.find(x => x.name === state.service), info = s.d.services.find(x => x.name === state.service);
      if (one) {
        one.requests_per_s.forEach((v, i) => requests.push({...base, hour: hours(series, i), value: v}));
        one.ready.forEach((v, i) => replicas.push({...base, hour: hours(series, i), value: v, what: 'ready'}));
        one.desired.forEach((v, i) => replicas.push({...base, hour: hours(series, i), value: v, what: 'desired'}));
        one.latency_p99_s.forEach((v, i) => v > 0 && latency.push({...base, hour: hours(series, i), value: v, Latency: show('s', v)}));
        one.desired.forEach((v, i) => {
          const step = i > 0 ? v - one.desired[i - 1] : 0;
          if (Math.abs(step) >= 0.5) events.push({...base, hour: hours(series, i), value: v, what: step > 0 ? 'scale up' : 'scale down', By: fixed(step, 1)});
          if (one.overloaded_share[i] > 0) events.push({...base, hour: hours(series, i), value: one.ready[i], what: 'overloaded', By: fixed(100 * one.overloaded_share[i], 0) + ' % of looks'});
        });
        if (info && !limits.length) limits.push({value: info.slo_latency_s, label: 'limit ' + show('s', info.slo_latency_s)});
      }
      for (const p of series.pools) {
        const pool = p.platform + '/' + p.pool;
        p.nodes.forEach((v, i) => nodes.push({...base, hour: hours(series, i), value: v, pool}));
        p.reclaims.forEach((v, i) => v > 0 && reclaims.push({...base, hour: hours(series, i), value: p.nodes[i], pool, what: 'reclaim', Taken: fixed(v, 1)}));
      }
      const longest = Math.max(0, ...series.training.map(t => t.waiting.length));
      for (let i = 0; i < longest; ++i) waiting.push({...base, hour: hours(series, i), value: series.training.reduce((sum, t) => sum + (t.waiting[i] || 0), 0)});
    }
    const used = new Set(nodes.filter(r => r.value > 0).map(r => r.pool));
    // What nobody has is left out: a batch scenario has no requests, serving no queue of jobs.
    const jobs = sides().some(s => s.d.training.length);
    for (const [id, there] of [['requests', state.service], ['replicas', state.service], ['latency', state.service], ['nodes', used.size], ['queue', jobs]]) byId(id + '-part').hidden = !there;
    byId('service-controls').hidden = !state.service;
    draw('requests', model.specs.lines.requests, {rows: requests});
    draw('replicas', model.specs.lines.replicas, {rows: replicas, events});
    draw('latency', model.specs.lines.latency, {rows: latency, limits});
    draw('nodes', model.specs.lines.nodes, {rows: nodes.filter(r => used.has(r.pool)), reclaims});
    draw('queue', model.specs.lines.queue, {rows: waiting});
    const count = what => events.filter(e => e.key === 'a' && e.what === what).length;
    byId('time-status').textContent = sides().length && state.service ? `${count('scale up')} steps up, ${count('scale down')} down, ${count('overloaded')} overloaded` : '';
    const first = sides()[0];
    byId('time-note').textContent = first ? `Means over replications in steps of ${show('s', first.d.series.step_s)}, hours after the measured window opens at ${model.provenance[places[state.a].source].starts_on} 00:00. Latency is that of the step's worst slice. Marks: scaling by half a replica or more, overload, spot reclaims.` : '';
  };

  // ---- Every number -----------------------------------------------------------------------------
  const numberColumns = ['Placement', 'Metric', 'Whose', 'Unit', 'Mean', 'Low', 'High', 'n'];
  const numberRows = () => {
    const find = state.findNumber.toLowerCase().split(/\s+/).filter(Boolean);
    const list = [];
    places.forEach((p, i) => {
      if (!p.numbers || !(state.allPlacements || i === state.a || i === state.b)) return;
      for (const [name, values] of p.numbers.map(row => [model.figures[row[0]], row])) {
        const row = [p.label, name[0], name[1], name[2], values[1], values[2], values[3], values[4]];
        const text = (row[0] + ' ' + row[1] + ' ' + row[2]).toLowerCase();
        if (find.every(word => text.includes(word))) list.push(row);
      }
    });
    const [by, way] = state.sortNumbers;
    if (by !== null) list.sort((x, y) => way * compare(x[by], y[by]));
    return list;
  };
  const drawNumbers = () => {
    const list = numberRows();
    table(byId('number-table'), numberColumns.map((title, id) => ({id, title, number: id >= 4})), list.slice(0, state.shown), state.sortNumbers, id => {
      state.sortNumbers = [id, state.sortNumbers[0] === id ? -state.sortNumbers[1] : 1];
      drawNumbers();
    }, row => el('tr', {}, ...row.map((value, i) => el('td', {class: i >= 4 ? 'number' : i === 2 ? 'wrap' : ''}, value === null ? '–'
      : i >= 4 && i < 7 ? show(row[3], value) : String(value)))));
    document.documentElement.classList.toggle('numbers-found', state.findNumber.trim() !== '');
    byId('count-numbers').textContent = `${Math.min(state.shown, list.length).toLocaleString('en-US')} of ${list.length.toLocaleString('en-US')} numbers`;
    byId('more').hidden = state.shown >= list.length;
  };
  // As reports/csv.h: what a spreadsheet would run stands behind an apostrophe.
  const csvField = value => {
    if (value === null) return '';
    const text = (typeof value === 'string' && /^[=@\t\r].|^[-+][^\d]|^[-+].*[^\w. %/]/.test(value) ? "'" : '') + value;
    return /[",\n\r]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text;
  };
  const exportCsv = () => {
    const text = ['placement,metric,whose,unit,mean,low,high,n', ...numberRows().map(row => row.map(csvField).join(','))].join('\n') + '\n';
    const link = el('a', {href: URL.createObjectURL(new Blob([text], {type: 'text/csv'})), download: 'berth-numbers.csv'});
    link.click();
    URL.revokeObjectURL(link.href);
  };

  // ---- Choosing ---------------------------------------------------------------------------------
  const fillWorkloads = () => {
    const classes = [], pods = [], services = [];
    for (const s of sides()) {
      for (const t of s.d.training) if (!classes.includes(t.name)) classes.push(t.name);
      for (const t of podStarts(s.d)) if (!pods.includes(t.name)) pods.push(t.name);
      for (const t of s.d.services) if (!services.includes(t.name)) services.push(t.name);
    }
    if (!classes.includes(state.cls) && !pods.includes(state.cls)) {
      // The class whose start differs most between the two, else the slowest, says most.
      const median = (s, name) => { const t = s && starters(s.d).find(x => x.name === name); return t && t.start_latency_s.p50 ? t.start_latency_s.p50.mean : 0; };
      const [x, y] = sides();
      const weight = name => y && y.d !== x.d ? Math.abs(Math.log((median(x, name) || 1) / (median(y, name) || 1))) : median(x, name);
      state.cls = [...(classes.length ? classes : pods)].sort((m, n) => weight(n) - weight(m) || compare(m, n))[0] || '';
    }
    if (!services.includes(state.service)) {
      const rate = name => { const s = sides()[0].d.services.find(x => x.name === name); return s && s.requests_per_s ? s.requests_per_s.mean : 0; };
      state.service = [...services].sort((m, n) => rate(n) - rate(m) || compare(m, n))[0] || '';
    }
    options(byId('class'), classes.map(name => [name, name]), state.cls);
    const group = el('optgroup', {label: 'Pods'}, ...pods.map(name => el('option', {value: name, selected: name === state.cls}, name)));
    if (pods.length) byId('class').append(group);
    options(byId('service'), services.map(name => [name, name]), state.service);
    // A plan in which nothing could be simulated has no details: what would be empty is left out.
    const none = !places.some(p => p.detail);
    for (const id of ['cost', 'time']) byId(id).hidden = none;
    byId('time').hidden = none || (sides().length > 0 && !services.length && !classes.length);
    byId('starts').hidden = none || (sides().length > 0 && !classes.length && !pods.length);
  };
  const drawDetails = () => {
    fillWorkloads();
    drawCost();
    drawTwin();
    drawStarts();
    drawWaterfall();
    drawDistribution();
    drawTime();
    if (inSight(byId('numbers'))) drawNumbers();
    else {
      waiting.set('numbers', drawNumbers);
      if (waiting.size === 1) whenIdle(flush);
    }
  };
  const pickClass = name => {
    state.cls = name;
    byId('class').value = name;
    drawWaterfall();
    drawDistribution();
  };
  const setPicks = () => {
    if (places.length > 400) {
      // A list of ten thousand is no help: those with details, the front, and what is chosen.
      const some = places.filter(p => p.detail || onFront.has(p.index) || p.index === state.a || p.index === state.b);
      options(byId('pick-a'), some.map(p => [String(p.index), p.label]), String(state.a));
      options(byId('pick-b'), [['-1', '(nothing)'], ...some.map(p => [String(p.index), p.label])], String(state.b));
    } else {
      byId('pick-a').value = String(state.a);
      byId('pick-b').value = String(state.b);
    }
  };
  // Beside a placement stands its twin in pulls, where it has one, until the reader picks another.
  const besideOf = a => state.follow && places[a].twin && places[a].twin.index !== null ? places[a].twin.index : state.b;
  const choose = (a, b = besideOf(a)) => {
    if (a === state.a && b === state.b) return;
    // The placement beside comes to the front: the two change places.
    const beside = b === a ? (b === state.b ? state.a : -1) : b;
    state.a = a;
    state.b = beside;
    setPicks();
    placeRings();
    markRows();
    drawDetails();
    drawFacts();
    say();
  };
  // What a choice changed, for those who do not see it change.
  const say = () => {
    const p = places[state.a], latency = axis() && latencyOf(p), beside = state.b >= 0 ? `, ${places[state.b].label} beside it` : '';
    byId('chosen').textContent = `${p.label} is chosen${beside}. ${showTriple('USD/month', p.cost)} a month${latency ? `, ${axis().label} ${showTriple(axis().unit, latency)}` : ''}, goals ${p.goals}.`;
  };

  // ---- Words ------------------------------------------------------------------------------------
  const drawFacts = () => {
    const p = places[state.a];
    byId('facts').replaceChildren(...model.facts.map(text => el('li', {}, text)), ...((p && p.flags) || []).map(text => el('li', {class: 'bad'}, p.label + ': ' + text)));
  };
  const list = items => el('ul', {}, ...items.map(text => el('li', {}, text)));
  const drawBasis = () => {
    const body = byId('basis-body');
    body.replaceChildren();
    for (const from of model.provenance) {
      body.append(el('h3', {}, from.title), el('dl', {}, ...from.rows.flatMap(([name, value]) => [el('dt', {}, name), el('dd', {}, value)])));
      if (from.assumptions.length) body.append(el('h3', {}, 'Assumptions'), list(from.assumptions));
    }
    for (const block of model.blocks) {
      body.append(el('h3', {}, block.title));
      if (block.sentences && block.sentences.length) body.append(list(block.sentences));
      if (block.text) body.append(el('p', {class: 'hint'}, block.text));
      if (block.rows.length) {
        body.append(plainTable(block.title, block.columns, block.rows, block.tall));
      }
    }
  };
  const drawTurns = () => {
    if (!model.turns.length) return;
    byId('turns').hidden = false;
    const body = byId('turns-body');
    model.turns.forEach((turn, i) => {
      body.append(el('h3', {}, turn.title));
      if (turn.text) body.append(el('p', {class: 'hint'}, turn.text));
      if (turn.sentences) body.append(list(turn.sentences));
      if (turn.spec) {
        body.append(el('div', {class: 'chart', id: 'turn-' + i}));
        draw('turn-' + i, turn.spec, turn.data);
      }
      if (turn.rows && turn.rows.length) {
        body.append(plainTable(turn.title, turn.columns, turn.rows));
      }
    });
  };

  // ---- Theme ------------------------------------------------------------------------------------
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const setTheme = (theme, redraw) => {
    document.documentElement.dataset.theme = theme;
    byId('theme').textContent = theme === 'dark' ? 'Light' : 'Dark';
    byId('theme').setAttribute('aria-label', 'Switch to ' + (theme === 'dark' ? 'light' : 'dark') + ' colours');
    if (!redraw) return;
    later(() => { for (const id of Object.keys(views)) { views[id].finalize(); delete views[id]; } });
    drawAll();
  };
  const drawAll = () => {
    drawScatter();
    drawPlacements();
    drawDetails();
    byId('turns-body').replaceChildren();
    drawTurns();
  };

  // ---- Begin ------------------------------------------------------------------------------------
  places.forEach((p, i) => { p.index = i; });
  state.a = model.chosen[0];
  state.b = model.chosen[1];
  document.title = model.title;
  byId('eyebrow').textContent = model.eyebrow;
  byId('question').textContent = model.question;
  byId('answer').textContent = model.answer;
  byId('foot').textContent = model.foot;
  byId('sections').append(...[...document.querySelectorAll('main section')].filter(s => s.id === 'turns' ? model.turns.length : places.some(p => p.detail) || !['cost', 'starts', 'time'].includes(s.id)).map(s => el('a', {href: '#' + s.id}, s.querySelector('h2').textContent)));
  options(byId('axis'), model.axes.map((a, i) => [String(i), a.label]), '0');
  if (places.length <= 400) {
    options(byId('pick-a'), places.map((p, i) => [String(i), p.label]), String(state.a));
    options(byId('pick-b'), [['-1', '(nothing)'], ...places.map((p, i) => [String(i), p.label])], String(state.b));
  }
  byId('pick-a').addEventListener('change', e => choose(Number(e.target.value)));
  byId('pick-b').addEventListener('change', e => { state.follow = false; choose(state.a, Number(e.target.value)); });
  byId('show-twin').addEventListener('click', () => {
    state.follow = true;
    choose(state.a);
    byId('class').focus();  // the button is gone
  });
  byId('axis').addEventListener('change', e => { state.axis = Number(e.target.value); drawScatter(); drawPlacements(); });
  byId('only-front').addEventListener('change', e => { state.onlyFront = e.target.checked; drawScatter(); drawPlacements(); });
  byId('find-placement').addEventListener('input', e => { state.findPlacement = e.target.value; drawPlacements(); });
  byId('find-number').addEventListener('input', e => { state.findNumber = e.target.value; state.shown = 200; drawNumbers(); });
  byId('all-placements').addEventListener('change', e => { state.allPlacements = e.target.checked; drawNumbers(); });
  byId('export').addEventListener('click', exportCsv);
  byId('more').addEventListener('click', () => { state.shown += 1000; drawNumbers(); });
  byId('class').addEventListener('change', e => pickClass(e.target.value));
  byId('service').addEventListener('change', e => { state.service = e.target.value; drawTime(); });
  for (const input of document.querySelectorAll('input[name="split"]')) input.addEventListener('change', e => { state.split = e.target.value; drawCost(); });
  for (const input of document.querySelectorAll('input[name="statistic"]')) input.addEventListener('change', e => { state.statistic = e.target.value; drawWaterfall(); });
  byId('theme').addEventListener('click', () => setTheme(document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark', true));
  let resized = 0;
  addEventListener('resize', () => { clearTimeout(resized); resized = setTimeout(placeRings, 200); });
  dark.addEventListener('change', e => setTheme(e.matches ? 'dark' : 'light', true));
  setTheme(dark.matches ? 'dark' : 'light', false);
  drawFacts();
  drawBasis();
  drawAll();
  drawNumbers();
  if (places.length > 400) setPicks();
  later(() => { window.berth.ready = true; });
  window.berth = {ready: false, state, choose, settled, show, shown: () => queue.then(() => 1)};

  // ---- Paper ------------------------------------------------------------------------------------
  // Charts are drawn anew: in the width of paper, and in dark ink whatever the screen's colours. Drawing waits
  // for nothing but promises that are already kept, so all of it is done before the pages are laid out.
  let screen = '';
  addEventListener('beforeprint', () => {
    if (onPaper) return;
    onPaper = true;
    screen = document.documentElement.dataset.theme;
    setTheme('light', true);
    settled();
  });
  addEventListener('afterprint', () => {
    onPaper = false;
    setTheme(screen, true);
  });
})();
