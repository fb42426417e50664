// The report page in a real browser: node page_test.mjs PAGE.html SCREENSHOTS_FOLDER PAGE_WITH_TURNS.html PAGE_OF_A_PLAN_AND_A_RESULT.html
// Needs node_modules with playwright-core and axe-core beside the working directory, and Chromium.
// Prints a line a check; exit 1 when one failed.
import {createRequire} from 'node:module';
import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';

const require = createRequire(path.join(process.cwd(), 'package.json'));
const {chromium} = require('playwright-core');
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const [page_file, shots, turns_file, planned_file, alone_file] = process.argv.slice(2).map(name => path.resolve(name));
mkdirSync(shots, {recursive: true});

let checks = 0, failed = 0;
const check = (what, good, seen = '') => {
  checks += 1;
  if (!good) failed += 1;
  console.log(`${good ? 'ok    ' : 'FAILED'} ${what}${seen === '' ? '' : ': ' + seen}`);
};

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
const browser = await chromium.launch({executablePath, args: ['--no-sandbox', '--disable-gpu']});

// A page with its console and its requests watched.
const open = async (file, settings = {}) => {
  const context = await browser.newContext({viewport: {width: 1280, height: 900}, ...settings});
  const page = await context.newPage();
  page.complaints = [];
  page.on('console', m => ['error', 'warning'].includes(m.type()) && page.complaints.push(m.text()));
  page.on('pageerror', e => page.complaints.push(String(e)));
  page.on('request', r => /^(file|data|blob):/.test(r.url()) || page.complaints.push('request ' + r.url()));
  const begun = Date.now();
  await page.goto('file://' + file);
  await page.waitForFunction(() => window.berth && window.berth.ready, null, {timeout: 30000});
  page.took = Date.now() - begun;
  return page;
};
const settle = page => page.evaluate(() => window.berth.settled());
const text = (page, selector) => page.locator(selector).innerText();
const chart = (page, id) => page.locator(`#${id} svg`).innerHTML();
const open_tag = '<script type="application/json" id="model">';
const sections = ['choice', 'cost', 'starts', 'time', 'turns', 'numbers', 'basis'];

// ---- As it opens -------------------------------------------------------------------------------
const page = await open(page_file);
check('opens without a complaint', page.complaints.length === 0, page.complaints.join(' | ') || `${page.took} ms`);
const numbers = JSON.parse(readFileSync(new URL('../reports/numbers.json', import.meta.url), 'utf8'));
const said = await page.evaluate(list => list.map(([unit, mean, low, high]) => window.berth.show(unit, mean, low, high)), numbers);
const unlike = numbers.map((row, i) => [row[4], said[i]]).filter(([expected, got]) => expected !== got);
check('figures read as in the terminal', numbers.length > 20 && unlike.length === 0, unlike.map(pair => pair.join(' is shown as ')).join(', ') || `${numbers.length} of them`);
check('says its answer', (await text(page, '#answer')).length > 20, await text(page, '#answer'));
for (const id of ['scatter', 'cost-chart', 'starts-chart', 'waterfall', 'distribution', 'requests', 'replicas', 'latency', 'nodes', 'queue'])
  check(`draws ${id}`, await page.locator(`#${id} svg, #${id} canvas`).count() === 1);
check('does not scroll sideways', await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
await page.screenshot({path: path.join(shots, 'page-light.png'), fullPage: true});
await page.addStyleTag({content: '.bar { position: static !important; }'});  // not over what is photographed
for (const id of sections)
  if (await page.locator('#' + id).isVisible()) await page.locator('#' + id).screenshot({path: path.join(shots, `section-${id}.png`)});

const ledger = await page.evaluate(() => [...document.querySelectorAll('#waterfall svg g.mark-text.role-mark text')].map(n => n.textContent).filter(Boolean));
check('a phase says its seconds and what they cost', ledger.some(t => / s, free$/.test(t)) && ledger.some(t => / s, \$0\.\d/.test(t)), ledger.join(' | '));

// ---- Choosing ----------------------------------------------------------------------------------
const rows = page.locator('#placements tbody tr');
const places = await page.evaluate(() => document.querySelectorAll('#placements tbody tr').length);
check('lists the placements', places >= 2, places);
const pressed = '#placements button[aria-pressed="true"]';
const current = () => page.locator(pressed).innerText();
const before = {name: await current(), cost: await chart(page, 'cost-chart'), water: await chart(page, 'waterfall'), note: await text(page, '#cost-note')};
const other = await rows.evaluateAll(list => list.findIndex(row => !row.classList.contains('is-a') && !row.classList.contains('is-b')));
const target = rows.nth(other < 0 ? 1 : other);
const name = await target.locator('td').first().innerText();
await target.click();
await settle(page);
check('a row chooses its placement', await current() === name, await current());
check('the cost follows', await chart(page, 'cost-chart') !== before.cost && (await text(page, '#cost-note')).includes(name));
check('the picker follows', await page.locator('#pick-a option:checked').innerText() === name);
// A point: the centre of the first symbol that is not the chosen one.
await page.locator('#scatter').scrollIntoViewIfNeeded();
const symbols = page.locator('#scatter svg g.mark-symbol.role-mark path');
const was = await current();
let hit = false;
for (let i = 0; i < await symbols.count() && !hit; ++i) {
  const box = await symbols.nth(i).boundingBox();
  if (!box) continue;
  await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
  await settle(page);
  hit = await current() !== was;
}
check('a click on a point chooses its placement', hit, await current());
// ---- SOCI on and off ---------------------------------------------------------------------------
// Whatever is chosen stands beside the placement that only pulls otherwise, or the page says there is none.
const known = await page.evaluate(() => JSON.parse(document.getElementById('model').textContent).placements.map(p => [p.label, p.twin]));
check('some placements have a twin in pulls and some have none', known.some(([, t]) => t && t.index !== null) && known.some(([, t]) => t && t.index === null), known.map(([n, t]) => n + ': ' + (t ? t.index : '-')).join(', '));
for (const [i, [label, twin]] of known.entries()) {
  if (!twin) continue;
  await page.evaluate(n => window.berth.choose(n), i);
  await settle(page);
  const said = await text(page, '#twin'), shown = await page.locator('#waterfall svg').getAttribute('aria-label');
  if (twin.index === null) check(`${label}: says that no placement is its twin`, said.includes('none of the placements') && said.includes(label) && !(await page.locator('#show-twin').isVisible()));
  else check(`${label}: its twin in pulls stands beside it`, said.includes(known[twin.index][0] + ' has the machines of ' + label) && shown.includes(label + ' beside ' + known[twin.index][0]), said);
}
const paired = known.findIndex(([, t]) => t && t.index !== null), lone = known.findIndex(([, t], i) => i !== paired && (!known[paired][1] || i !== known[paired][1].index));
await page.evaluate(n => window.berth.choose(n), paired);
await page.locator('#pick-b').selectOption(String(lone));
await settle(page);
check('what is picked beside stays', await page.evaluate(() => window.berth.state.b) === lone && await page.locator('#show-twin').isVisible());
await page.locator('#show-twin').click();
await settle(page);
check('a button brings the twin back', await page.evaluate(() => window.berth.state.b) === known[paired][1].index && !(await page.locator('#show-twin').isVisible()));
await page.locator('#class').selectOption({label: await page.locator('#class optgroup option').first().innerText()});
await settle(page);
check("a service's pods have a waterfall too", /^What the wait of pods of /.test(await text(page, '#waterfall-h')) && (await text(page, '#waterfall-note')).includes('_parallel pull'), await text(page, '#waterfall-note'));
await page.locator('#starts').screenshot({path: path.join(shots, 'section-starts-pods.png')});
await page.locator('#class').selectOption({index: 0});
await settle(page);

const b4 = await chart(page, 'distribution');
await page.locator('#pick-b').selectOption({index: 0});
await settle(page);
check('nothing beside it leaves one line', await chart(page, 'distribution') !== b4);
await page.locator('#pick-b').selectOption({index: 1 + (await page.evaluate(() => window.berth.state.a === 0 ? 1 : 0))});
await settle(page);
await page.locator('input[name="split"][value="workload"]').check();
await settle(page);
check('by workload the idle nodes are shown', /idle nodes [1-9]/.test(await text(page, '#cost-note')) && />idle nodes</.test(await chart(page, 'cost-chart')));
await page.locator('#cost').screenshot({path: path.join(shots, 'section-cost-by-workload.png')});
await page.locator('input[name="statistic"][value="p95"]').check();
await settle(page);
check('percentiles of phases are not said to add up', (await text(page, '#waterfall-note')).includes('do not add up'));
const classes = await page.locator('#class option').allInnerTexts();
if (classes.length > 1) {
  const first = await page.locator('#class').inputValue(), w = await chart(page, 'waterfall');
  const another = classes.find(c => c !== first);
  await page.locator('#class').selectOption(another);
  await settle(page);
  check('another class, another waterfall', await chart(page, 'waterfall') !== w && (await text(page, '#waterfall-h')).includes(another), another);
  await page.locator('#class').selectOption(first);
  await settle(page);
  check('and back, the first again', await chart(page, 'waterfall') === w);
}
const axes = await page.locator('#axis option').count();
if (axes > 1) {
  await page.locator('#axis').selectOption({index: axes - 1});
  await settle(page);
  check('another latency has its own axis', (await chart(page, 'scatter')).includes(await page.locator('#axis option:checked').innerText()));
  await page.locator('#axis').selectOption({index: 0});
  await settle(page);
}

// ---- Every number ------------------------------------------------------------------------------
const count = async () => Number((await text(page, '#count-numbers')).match(/of ([\d,]+)/)[1].replaceAll(',', ''));
const all = await count();
await page.locator('#find-number').fill('start_latency_p95');
const some = await count();
check('the table filters', some > 0 && some < all, `${some} of ${all}`);
const cells = column => page.locator(`#number-table tbody td:nth-child(${column})`).allInnerTexts();
await page.locator('#number-table th button', {hasText: 'Whose'}).click();
const up = await cells(3);
check('the table sorts', up.every((v, i) => i === 0 || up[i - 1].localeCompare(v, 'en', {numeric: true}) <= 0));
await page.locator('#number-table th button', {hasText: 'Whose'}).click();
const down = await cells(3);
check('and the other way', down[0] === up[up.length - 1] && await page.locator('#number-table th[aria-sort="descending"]').count() === 1);
const [download] = await Promise.all([page.waitForEvent('download'), page.locator('#export').click()]);
const csv = readFileSync(await download.path(), 'utf8');
check('the table exports what it shows', csv.split('\n').length === some + 2 && csv.startsWith('placement,metric,'), csv.split('\n')[1]);

// ---- People ------------------------------------------------------------------------------------
await page.evaluate(axe);
const violations = async p => (await p.evaluate(() => axe.run(document, {rules: {'color-contrast': {enabled: true}}}).then(r => r.violations.map(v => v.id + ': ' + v.nodes.slice(0, 2).map(n => n.target.join(' ')).join(', ')))));
const light = await violations(page);
check('axe finds nothing in light colours', light.length === 0, light.join(' | '));

// By keyboard alone, from the top of a fresh page: to the second placement, to a heading, to a class.
const keys = await open(page_file);
const focused = () => keys.evaluate(() => { const e = document.activeElement; return {tag: e.tagName, id: e.id, text: e.innerText || '', within: (e.closest('table, section, .bar') || {}).id || ''}; });
const reach = async (wanted) => {
  for (let i = 0; i < 120; ++i) {
    await keys.keyboard.press('Tab');
    if (wanted(await focused())) return true;
  }
  return false;
};
await keys.keyboard.press('Tab');
check('the first stop skips to the content', (await focused()).text === 'Skip to the content');
await keys.keyboard.press('Enter');
check('Tab reaches the axis', await reach(f => f.id === 'axis'));
check('Tab reaches a heading of the table', await reach(f => f.within === 'placements' && f.text.startsWith('Cost a month')));
await keys.keyboard.press('Enter');
check('and stays on it when it has sorted', (await focused()).text.startsWith('Cost a month') && await keys.locator('#placements th[aria-sort="descending"]').count() === 1);
const unchosen = await keys.locator('#placements button[aria-pressed="false"]').first().innerText();
check('Tab reaches a placement', await reach(f => f.within === 'placements' && f.text === unchosen));
await keys.keyboard.press('Enter');
await settle(keys);
const announced = await keys.locator('#chosen').evaluate(node => node.textContent);
check('Enter chooses it and the page says so', await keys.locator(pressed).innerText() === unchosen && announced.startsWith(unchosen + ' is chosen'), announced);
check('the focus is where it was', (await focused()).text === unchosen);
check('Tab reaches the class', await reach(f => f.id === 'class'));
await keys.keyboard.press('ArrowDown');
await settle(keys);
check('an arrow chooses the next', (await text(keys, '#waterfall-h')).includes(await keys.locator('#class').inputValue()));
check('Tab reaches the numbers', await reach(f => f.id === 'export'));
check('and the end of the page', await reach(f => f.tag === 'BODY'));

// What a screen reader is told: Chromium's own tree.
const session = await keys.context().newCDPSession(keys);
await session.send('Accessibility.enable');
const tree = (await session.send('Accessibility.getFullAXTree')).nodes.filter(n => !n.ignored);
const role = n => n.role ? n.role.value : '', title = n => n.name ? String(n.name.value) : '';
const named = ['button', 'link', 'combobox', 'checkbox', 'radio', 'searchbox', 'image', 'img', 'region', 'navigation', 'columnheader', 'heading', 'group'];
const silent = tree.filter(n => named.includes(role(n)) && !title(n).trim());
check('everything that can be used or looked at has a name', tree.length > 300 && silent.length === 0, silent.map(role).join(', ') || `${tree.length} nodes`);
const pictures = tree.filter(n => ['image', 'img'].includes(role(n))).map(title);
check('every chart says what it is of and whom it shows', pictures.length === 10 && pictures.filter(p => p.includes(unchosen)).length === 9, pictures.join(' | '));
check('headings come in order', tree.filter(n => role(n) === 'heading').map(n => n.properties.find(p => p.name === 'level').value.value).every((level, i, all) => i === 0 ? level === 1 : level <= all[i - 1] + 1));
check('one live region tells of the choice', tree.some(n => role(n) === 'status' && n.properties.some(p => p.name === 'live' && p.value.value === 'polite')));
const signs = tree.filter(n => /[▲▼]/.test(title(n)) && role(n) !== 'StaticText' && role(n) !== 'InlineTextBox');
check('signs of sorting are not read aloud', signs.length === 0, signs.map(title).join(', '));
check('nothing was complained about', page.complaints.length === 0, page.complaints.join(' | '));

const night = await open(page_file, {colorScheme: 'dark'});
check('dark when the reader is', await night.evaluate(() => document.documentElement.dataset.theme) === 'dark');
const paper = await night.evaluate(() => getComputedStyle(document.body).backgroundColor);
check('dark paper', paper.match(/\d+/g).slice(0, 3).every(v => Number(v) < 60), paper);
await night.evaluate(axe);
const dark = await violations(night);
check('axe finds nothing in dark colours', dark.length === 0, dark.join(' | '));
await night.screenshot({path: path.join(shots, 'page-dark.png'), fullPage: true});
await night.locator('#theme').click();
await settle(night);
check('the button changes it', await night.evaluate(() => document.documentElement.dataset.theme) === 'light');
check('every chart is drawn again', await night.locator('.chart svg, .chart canvas').count() >= 10);
check('nothing was complained about in the dark', night.complaints.length === 0, night.complaints.join(' | '));

const phone = await open(page_file, {viewport: {width: 420, height: 800}});
check('fits a phone', await phone.evaluate(() => document.documentElement.scrollWidth <= innerWidth), await phone.evaluate(() => document.documentElement.scrollWidth));
await phone.screenshot({path: path.join(shots, 'page-phone.png'), fullPage: true});
const phoneLegend = await phone.evaluate(() => [...document.querySelectorAll('#cost-chart svg .role-legend-label text')].map(n => n.textContent));
check('a phone cuts no two names of the bill alike', phoneLegend.length > 2 && new Set(phoneLegend).size === phoneLegend.length, phoneLegend.join(', '));
const phoneNames = await phone.evaluate(() => [document.querySelectorAll('#scatter svg g.mark-text.role-mark text').length, [...document.querySelectorAll('#scatter .ring span')].map(n => n.textContent)]);
check('a phone names the chosen points and lays no names over each other', phoneNames[0] === 0 && phoneNames[1].length === 2 && phoneNames[1].join() === (await phone.evaluate(() => ['pick-a', 'pick-b'].map(id => document.getElementById(id).selectedOptions[0].textContent))).join(), phoneNames[1].join(', '));
check('nothing was complained about on a phone', phone.complaints.length === 0, phone.complaints.join(' | '));

// ---- Paper, from a dark screen -------------------------------------------------------------------
// Pages are laid out when the promises of beforeprint's listeners are done: then it must all be there.
const printed = await open(page_file, {colorScheme: 'dark'});
await printed.evaluate(() => addEventListener('beforeprint', async () => {
  for (let i = 0; i < 20000; ++i) await null;
  const rgb = (e, what) => getComputedStyle(e)[what].match(/\d+/g).slice(0, 3).map(Number);
  window.paper = {ink: rgb(document.body, 'color'), widths: [...document.querySelectorAll('.chart svg')].map(c => c.getAttribute('width')), inks: [...new Set([...document.querySelectorAll('.chart svg text')].map(t => t.getAttribute('fill')))]};
}));
await printed.locator('#find-number').fill('cost_usd_per_month');
const sheets = await printed.pdf({path: path.join(shots, 'page.pdf'), preferCSSPageSize: true, format: 'A4'});
const paperSeen = await printed.evaluate(() => window.paper);
check('paper has dark ink', paperSeen.ink.every(v => v < 90), paperSeen.ink.join(' '));
check('so have its charts', paperSeen.inks.every(ink => !ink || !/^#(e8eaed|a6adb7)/.test(ink)), paperSeen.inks.join(' '));
check('charts have the width of paper', paperSeen.widths.length === 10 && paperSeen.widths.every(w => Number(w) <= 681), paperSeen.widths.join(' '));
const leaves = (sheets.toString('latin1').match(/\/Type\s*\/Page[^s]/g) || []).length;
check('prints on some pages, not on dozens', leaves > 4 && leaves <= 16, leaves);  // fonts differ
await settle(printed);
check('the screen is dark again', await printed.evaluate(() => document.documentElement.dataset.theme) === 'dark' && (await printed.locator('#cost-chart svg').getAttribute('width')) !== paperSeen.widths[1]);
const layout = await open(page_file);
await layout.emulateMedia({media: 'print'});
const seen = async selector => layout.locator(selector).first().isVisible();
check('print hides what is pressed', !(await seen('.bar')) && !(await seen('#export')) && !(await seen('#find-number')));
check('print keeps the headings and names of tables', await seen('#placements th button') && await seen('#placements td button'));
check('print says of a choice what was chosen', await seen('#class') && !(await layout.locator('.check', {hasText: 'p99'}).isVisible()) && await layout.locator('.check', {hasText: 'mean'}).isVisible());
check('numbers that were not looked for are not printed', !(await seen('#number-table')) && await seen('#numbers .on-paper'));
await layout.evaluate(() => { const find = document.getElementById('find-number'); find.value = 'idle'; find.dispatchEvent(new Event('input')); });
check('those that were are', await seen('#number-table'));

// ---- Where the answer turns ----------------------------------------------------------------------
const turning = await open(turns_file);
const curves = await turning.locator('#turns h3').count() - 1;  // and the table of flips
check('a chart, sentences and a table for each curve of a break-even', curves === 5 && await turning.locator('#turns .chart svg').count() === curves + 1 && await turning.locator('#turns table').count() === curves + 1 && await turning.locator('#turns ul').count() === curves, curves);
// Nothing turns quickstart's answer, so one input is made to: the chart then has its point and its words.
const file = readFileSync(turns_file, 'utf8'), begin = file.indexOf(open_tag) + open_tag.length, end = file.indexOf('</script>', begin);
const turned = JSON.parse(file.slice(begin, end)), which = turned.turns.findIndex(t => t.data.flips);
turned.turns[which].data.flips = [{...turned.turns[which].data.rows[1], factor: 2.5, Turns: '2.5 times'}];
const flipped = path.join(shots, 'flipped.html');
writeFileSync(flipped, file.slice(0, begin) + JSON.stringify(turned).replaceAll('<', '\\u003c') + file.slice(end));
const turn = await open(flipped);
const factors = turned.turns[which].rows.flatMap(row => [row[1], row[2]]).filter(cell => /^\d/.test(cell) && !/[a-z$]/.test(cell));
check('a factor in the table of flips says that it is one', factors.length === 0, factors.join(' | '));
check('where the answer turns is drawn on the range that was searched', (await chart(turn, 'turn-' + which)).includes('2.5 times') && turn.complaints.length === 0, turn.complaints.join(' | '));
await turn.locator('#turn-' + which).screenshot({path: path.join(shots, 'section-flips.png')});
const sentences = await turning.locator('#turns li').allInnerTexts();
check('sentences are short and in plain numbers', sentences.length >= curves && sentences.every(s => s.length < 200 && !/\de[+-]?\d/.test(s)), `${Math.max(...sentences.map(s => s.length))} characters at most`);
check('who always wins is said once', sentences.some(s => s.endsWith('everywhere from 1 to 1,000 nodes at once')));
await turning.addStyleTag({content: '.bar { position: static !important; }'});
await turning.locator('#turns').screenshot({path: path.join(shots, 'section-turns.png')});
await turning.evaluate(axe);
const inTurns = await violations(turning);
check('axe finds nothing where the answer turns', inTurns.length === 0, inTurns.join(' | '));
check('nothing was complained about there', turning.complaints.length === 0, turning.complaints.join(' | '));

// ---- A plan beside a result ----------------------------------------------------------------------
const planned = await open(planned_file);
const chosen = await planned.locator(pressed).innerText();
check('what a plan recommends has the charts of its result', (await planned.locator('#cost-chart svg').getAttribute('aria-label')).includes(': ' + chosen + ' beside ') && (await planned.locator('#waterfall svg').getAttribute('aria-label')).includes(': ' + chosen + ' beside '), await planned.locator('#waterfall svg').getAttribute('aria-label'));
const bare = await planned.evaluate(() => JSON.parse(document.getElementById('model').textContent).placements.findIndex(p => !p.detail && p.detail_of === undefined));
check('there is a candidate that only the plan knows', bare >= 0);
await planned.evaluate(n => window.berth.choose(n), bare);
await settle(planned);
check('and the page says that it has no bill', (await text(planned, '#cost-note')).includes('the plan keeps no bill'));
check('nothing was complained about by a plan', planned.complaints.length === 0, planned.complaints.join(' | '));

// ---- A plan alone --------------------------------------------------------------------------------
const alone = await open(alone_file);
const recommended = await alone.locator(pressed).innerText();
const stories = ['#cost-chart svg', '#waterfall svg', '#distribution svg', '#time svg'];
for (const story of stories) check('a plan alone draws ' + story.split(' ')[0] + ' of what it recommends', await alone.locator(story).count() > 0);
check('and says whose bill it is', (await alone.locator('#cost-chart svg').getAttribute('aria-label')).includes(': ' + recommended), await alone.locator('#cost-chart svg').getAttribute('aria-label'));
const basis = await text(alone, '#basis-body');
check('what the homes leave of the cost stands below them', /\nin all\t/.test(basis), basis.match(/\nin all.*/)?.[0]);
check('the other term of a plan stands instead of the first, and use of 20 % more beside that of less', !basis.includes('Savings Plans') || basis.includes('At 20 % more use'));
check('the answer names what it was chosen for', (await text(alone, '#answer')).includes('chosen for the lowest cost'));
await alone.screenshot({path: path.join(shots, 'plan-alone.png'), fullPage: true});
check('nothing was complained about by a plan alone', alone.complaints.length === 0, alone.complaints.join(' | '));

// ---- Ten thousand candidates, and names from a stranger -----------------------------------------
const html = readFileSync(page_file, 'utf8');
const from = html.indexOf(open_tag) + open_tag.length, to = html.indexOf('</script>', from);
const model = JSON.parse(html.slice(from, to));
const rewritten = (file, m) => {
  writeFileSync(file, html.slice(0, from) + JSON.stringify(m).replaceAll('<', '\\u003c') + html.slice(to));
  return file;
};
const many = structuredClone(model);
const axis = many.axes[0].id;
let seed = 1;
const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
while (many.placements.length < 10000) {
  const cost = 4e4 + 6e4 * random(), latency = 20 + 9e6 / cost * (0.6 + random());
  many.placements.push({name: 'candidate-' + many.placements.length, label: 'candidate-' + many.placements.length, source: 0, note: '', cost: [cost, cost * 0.99, cost * 1.01],
    latency: {[axis]: [latency, latency * 0.95, latency * 1.05]}, goals: 'met', missed: [], state: 'feasible', flags: [], numbers: null, detail: null});
}
const big = await open(rewritten(path.join(shots, 'many.html'), many));
check('ten thousand candidates are all there', (await text(big, '#choice-status')).includes('10,'), `${big.took} ms`);
// What is in sight: the scatter's rings, the table, the charts on the screen. The best of several, since a
// busy machine only ever adds to it.
const times = (list) => big.evaluate(async choices => {
  const took = [];
  for (const i of choices) {
    const t = performance.now();
    window.berth.choose(i);
    await window.berth.shown();
    await new Promise(done => requestAnimationFrame(() => done()));
    took.push(performance.now() - t);
    await window.berth.settled();
  }
  return took;
}, list);
for (const [what, list] of [['a choice among ten thousand', [5000, 9999, 1234, 7777, 42, 6000]], ['one that has details', [0, 1, 2, 0, 1, 2]]]) {
  await big.evaluate(() => scrollTo(0, 0));
  const took = await times(list);
  check(what + ' takes less than 200 ms', Math.min(...took) < 200, took.map(t => Math.round(t)).join(', ') + ' ms');
}
await big.locator('#choice').screenshot({path: path.join(shots, 'section-choice-10000.png')});
check('the chosen of ten thousand are named', (await big.evaluate(() => [...document.querySelectorAll('#scatter .ring span')].map(n => n.textContent))).join() === (await big.evaluate(() => [window.berth.state.a, window.berth.state.b].filter(i => i >= 0).map(i => document.querySelector(`#pick-a option[value="${i}"]`).textContent))).join());
check('nothing was complained about among ten thousand', big.complaints.length === 0, big.complaints.join(' | '));

// ---- Scenarios of another kind: only batch, only serving, two hundred workloads --------------------
const changed = (file, change) => {
  const m = structuredClone(model);
  for (const p of m.placements) change(p);
  return open(rewritten(path.join(shots, file), m));
};
const headings = async p => (await p.locator('#time h3').evaluateAll(list => list.filter(h => h.offsetHeight).map(h => h.textContent))).join(', ');
const batch = await changed('batch.html', p => { p.detail.services = []; p.detail.series.services = []; });
check('without services there is nothing about requests', await headings(batch) === 'Nodes, Jobs that wait to start' && !(await batch.locator('#service').isVisible()), await headings(batch));
const serving = await changed('serving.html', p => { p.detail.training = []; p.detail.series.training = []; });
check('without jobs there is no queue', (await headings(serving)) === 'Requests a second, Replicas, Latency, 99th percentile, Nodes', await headings(serving));
check("and the starts are the pods'", await serving.locator('#starts').isVisible() && (await text(serving, '#starts-hint')).startsWith('From the decision to start a pod') && await serving.locator('#starts-chart svg').count() === 1);
const crowd = await changed('crowd.html', p => { p.detail.training = Array.from({length: 200}, (_, i) => ({...p.detail.training[i % p.detail.training.length], name: 'class-' + i})); });
check('of two hundred classes the slowest are drawn', (await text(crowd, '#starts-hint')).includes('the 30 slowest of 200') && await crowd.locator('#class option').count() >= 200 && await crowd.locator('#starts-chart').evaluate(c => c.offsetHeight) < 2500);
const unsure = await changed('unsure.html', p => { for (const t of Object.values(p.latency)) t[1] = -t[0]; });
const ticks = await unsure.locator('#scatter svg text').allInnerTexts();
check('no interval goes below nothing', ticks.every(t => !/^[−-]|e[+-]?\d/.test(t)), ticks.join(' '));
for (const p of [batch, serving, crowd, unsure]) check('nothing was complained about by ' + p.url().split('/').pop(), p.complaints.length === 0, p.complaints.join(' | '));

const evil = JSON.parse(JSON.stringify(model).replaceAll(JSON.stringify(model.placements[0].name).slice(1, -1), '</script><img src=x onerror=\\"window.hurt=1\\">'));
const stranger = await open(rewritten(path.join(shots, 'evil.html'), evil));
check('a name is text and nothing else', await stranger.evaluate(() => window.hurt === undefined && document.querySelectorAll('img').length === 0));
check('and is shown as it is', (await text(stranger, '#placements')).includes('<img src=x'));
const formula = JSON.parse(JSON.stringify(model).replaceAll(JSON.stringify(model.placements[0].name).slice(1, -1), '=HYPERLINK(1)'));
const sheet = await open(rewritten(path.join(shots, 'formula.html'), formula));
await sheet.locator('#all-placements').check();
const [saved] = await Promise.all([sheet.waitForEvent('download'), sheet.locator('#export').click()]);
const lines = readFileSync(await saved.path(), 'utf8').split('\n');
check('a name that a spreadsheet would run is kept from it', lines.some(l => l.startsWith("'=HYPERLINK(1),")) && !lines.some(l => l.startsWith('=')));

await browser.close();
console.log(`${checks} checks, ${failed} failed; screenshots in ${shots}`);
process.exit(failed ? 1 : 0);
