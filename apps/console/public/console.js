import { createRate, formatRate } from './rate.js';

// All text goes in through textContent: names come from a cluster and are never markup.
const byId = (id) => document.getElementById(id);
const count = (number) => number.toLocaleString('en');

/** No overview for this long although the stream is open: the numbers are old. */
const STALE_AFTER_MS = 5_000;
/** A stream that the server refused is not tried again by the browser itself. */
const REOPEN_AFTER_MS = 5_000;

const rates = new Map();
const tables = { queues: createRows(byId('queue-rows')), groups: createRows(byId('group-rows')) };
let trouble;
let lastSeen;
let source;

/** Rows by key, kept in place so that a selection or a focus inside a row survives the next second. */
function createRows(body) {
  const rows = new Map();
  return (items, keyOf, fill) => {
    const keys = new Set(items.map(keyOf));
    for (const [key, row] of rows) {
      if (keys.has(key)) continue;
      row.remove();
      rows.delete(key);
    }
    items.forEach((item, index) => {
      const row = rows.get(keyOf(item)) ?? document.createElement('tr');
      rows.set(keyOf(item), row);
      if (body.children[index] !== row) body.insertBefore(row, body.children[index] ?? null);
      fill(row, item);
    });
  };
}

/** One cell of a row, made once; `parts` are the texts of its spans, each after its class name. */
function cell(row, index, { tag = 'td', className = '', parts }) {
  const node = row.children[index] ?? row.appendChild(document.createElement(tag));
  if (node.className !== className) node.className = className;
  if (tag === 'th') node.scope = 'row';
  parts.forEach(([name, text], i) => {
    const span = node.children[i] ?? node.appendChild(document.createElement('span'));
    if (span.className !== name) span.className = name;
    if (span.textContent !== text) span.textContent = text;
  });
  while (node.children.length > parts.length) node.lastElementChild.remove();
}

const named = (...parts) => ({ tag: 'th', parts });
const text = (value, className = '') => ({ parts: [[className, value]] });
/** Zeros step back, so that what is not zero can be seen. */
const numeric = (number, tone = '', shown = count) => ({
  className: number > 0 ? `number ${tone}`.trim() : 'number zero',
  parts: [['', shown(number)]],
});

function showQueue(row, queue) {
  const contracts = queue.contracts.join(', ');
  const below = contracts === queue.queue ? [] : [['sub', contracts]];
  for (const { queue: name, state, by, reason } of queue.paused)
    below.push(['sub bad', `${name === queue.queue ? '' : `${name} `}${state === 'paused' ? `paused by ${by}` : `paused by the breaker, ${state}`}: ${reason}`]); // prettier-ignore
  cell(row, 0, named(['name', queue.queue], ...below));
  cell(row, 1, numeric(queue.waiting, 'strong'));
  cell(row, 2, numeric(queue.retrying, 'warn'));
  cell(row, 3, numeric(queue.buried, 'bad'));
  cell(row, 4, numeric(queue.rate, '', formatRate));
  cell(row, 5, numeric(queue.total));
  cell(row, 6, numeric(queue.partitions));
  cell(row, 7, text(queue.kind, 'kind'));
}

function showGroup(row, group) {
  const members = group.members.map((member) => ['member', member]);
  cell(row, 0, named(['name', group.group]));
  cell(row, 1, text(group.queue));
  cell(row, 2, text(group.state, group.state === 'Stable' ? 'state good' : 'state'));
  cell(row, 3, numeric(group.lag, 'strong'));
  cell(row, 4, numeric(group.retrying, 'warn'));
  cell(row, 5, { className: 'members', parts: members.length === 0 ? [['none', 'nobody']] : members });
}

/** @returns the queues with their rates; rates of queues that are gone are forgotten. */
function withRates(overview) {
  const atMs = Date.parse(overview.at);
  const names = new Set(overview.queues.map(({ queue }) => queue));
  for (const name of rates.keys()) if (!names.has(name)) rates.delete(name);
  return overview.queues.map((queue) => {
    const rate = rates.get(queue.queue) ?? createRate();
    rates.set(queue.queue, rate);
    return { ...queue, rate: rate.add(atMs, queue.total) };
  });
}

function showTotals(queues, workers) {
  const sum = (field) => queues.reduce((all, queue) => all + queue[field], 0);
  const set = (name, text, tone) => {
    byId(`total-${name}`).textContent = text;
    byId(`total-${name}`).className = tone ?? '';
  };
  set('waiting', count(sum('waiting')));
  set('retrying', count(sum('retrying')), sum('retrying') > 0 ? 'warn' : '');
  set('buried', count(sum('buried')), sum('buried') > 0 ? 'bad' : '');
  set('workers', count(workers.reduce((all, { processes }) => all + processes, 0)));
  const known = queues.every((queue) => queue.rate !== undefined);
  set('rate', formatRate(known ? sum('rate') : undefined));
}

function show(overview) {
  const queues = withRates(overview);
  const groups = queues.flatMap((queue) => queue.groups.map((group) => ({ ...group, queue: queue.queue })));
  tables.queues(queues, (queue) => queue.queue, showQueue);
  tables.groups(groups, (group) => `${group.queue}\n${group.group}`, showGroup);
  byId('queues-empty').hidden = queues.length > 0;
  byId('groups-empty').hidden = groups.length > 0;
  showTotals(queues, overview.workers);
}

/** The light in the corner and the banner; written only on a change, so that a screen reader hears it once. */
function showLink() {
  const lost = source.readyState !== EventSource.OPEN;
  const stale = lastSeen !== undefined && Date.now() - lastSeen.ms > STALE_AFTER_MS;
  const since = lastSeen === undefined ? '' : ` The numbers below are from ${lastSeen.text}.`;
  let message = '';
  if (lost && (lastSeen !== undefined || source.failed)) message = `The console does not answer; trying again.${since}`;
  else if (trouble !== undefined) message = `${trouble.message} (${trouble.code})${since}`;
  else if (stale) message = `The cluster has not answered for a while.${since}`;
  const state = message === '' ? (lastSeen === undefined ? 'connecting' : 'live') : 'lost';
  const label = { live: 'Live', connecting: 'Connecting', lost: 'Not up to date' }[state];
  if (byId('banner').textContent !== message) byId('banner').textContent = message;
  byId('banner').hidden = message === '';
  document.body.classList.toggle('old', message !== '' && lastSeen !== undefined);
  if (byId('link').dataset.state !== state) byId('link').dataset.state = state;
  if (byId('link-text').textContent !== label) byId('link-text').textContent = label;
}

function open() {
  source = new EventSource('/api/overview/stream');
  source.addEventListener('overview', ({ data }) => {
    const overview = JSON.parse(data);
    trouble = undefined;
    lastSeen = { ms: Date.now(), text: new Date(overview.at).toLocaleTimeString() };
    show(overview);
    showLink();
  });
  source.addEventListener('trouble', ({ data }) => {
    trouble = JSON.parse(data);
    showLink();
  });
  source.addEventListener('error', () => {
    source.failed = true;
    if (source.readyState === EventSource.CLOSED) setTimeout(open, REOPEN_AFTER_MS);
    showLink();
  });
}

open();
setInterval(showLink, 1_000);
