// What the learner's realm finds in its global object: the page, timers of a clock of its own, a console that is kept.
const MOST_LINES = 200, MOST_OUTPUT = 32768, MOST_TIMERS = 5000;
const clock = { now: 0, start: 0, timers: new Map(), next: 1, level: 0 };
const output = { lines: [], size: 0, cut: false };
const faults = [];
const isLimit = (error) => error?.message === 'out of memory';

page.call = (fn, self, ...args) => Reflect.apply(fn, self === page.window ? page.learner.globalThis : self, args);

function print(level, text) {
  const line = text.length > 4000 ? text.slice(0, 4000) + '…' : text;
  if (output.lines.length >= MOST_LINES || output.size + line.length > MOST_OUTPUT) { output.cut = true; return; }
  output.size += line.length;
  output.lines.push({ level, text: line });
}

const kindOf = (value) => Object.prototype.toString.call(value).slice(8, -1);
const isError = (value) => typeof value === 'object' && value !== null && (value instanceof Error || kindOf(value) === 'Error');
function say(error) {
  if (isError(error)) { try { return `${String(error.name)}: ${String(error.message)}`; } catch { return 'Error'; } }
  return 'Thrown: ' + show(error);
}

/** A value as a console shows it. */
function show(value, depth = 0, seen = []) {
  switch (typeof value) {
    case 'string': return depth === 0 ? value : JSON.stringify(value.length > 500 ? value.slice(0, 500) + '…' : value);
    case 'number': return Object.is(value, -0) ? '-0' : String(value);
    case 'bigint': return value + 'n';
    case 'symbol': return value.toString();
    case 'function': return `[Function${value.name ? ': ' + String(value.name).slice(0, 100) : ''}]`;
    case 'undefined': case 'boolean': return String(value);
  }
  if (value === null) return 'null';
  if (value instanceof Element) return `<${value._tag}${value.id ? '#' + value.id : ''}>`;
  if (value instanceof Node) return value.nodeName;
  if (isError(value)) return say(value);
  if (seen.includes(value)) return '[Circular]';
  const kind = kindOf(value), inner = (one) => show(one, depth + 1, [...seen, value]);
  if (depth > 3) return Array.isArray(value) ? '[Array]' : '[Object]';
  const cut = (parts, total) => (total > parts.length ? [...parts, `… ${total - parts.length} more`] : parts).join(', ');
  if (Array.isArray(value) || value instanceof NodeList) { const length = Math.min(value.length, 100), parts = []; for (let i = 0; i < length; i++) parts.push(inner(value[i])); return `[${cut(parts, value.length)}]`; }
  if (kind === 'Map') { const parts = []; Reflect.apply(Map.prototype.forEach, value, [(v, k) => { if (parts.length < 100) parts.push(`${inner(k)} => ${inner(v)}`); }]); return `Map {${parts.join(', ')}}`; }
  if (kind === 'Set') { const parts = []; Reflect.apply(Set.prototype.forEach, value, [(v) => { if (parts.length < 100) parts.push(inner(v)); }]); return `Set {${parts.join(', ')}}`; }
  if (kind === 'Date') { const time = Reflect.apply(Date.prototype.getTime, value, []); return Number.isNaN(time) ? 'Invalid Date' : Reflect.apply(Date.prototype.toISOString, value, []); }
  if (kind === 'RegExp') return String(value);
  if (kind === 'Promise') return 'Promise';
  const keys = Object.keys(value), shown = keys.slice(0, 50);
  const name = Object.getPrototypeOf(value)?.constructor?.name;
  return `${name && name !== 'Object' ? String(name).slice(0, 100) + ' ' : ''}{${cut(shown.map((key) => `${/^[\w$]+$/.test(key) ? key : JSON.stringify(key)}: ${inner(value[key])}`), keys.length)}}`;
}

function format(args) {
  let [first, ...rest] = args;
  if (typeof first === 'string' && first.includes('%')) first = first.replace(/%[sdifoOc%]/g, (mark) => { if (mark === '%%') return '%'; if (rest.length === 0) return mark; const value = rest.shift(); return mark === '%c' ? '' : mark === '%d' || mark === '%i' ? String(Math.trunc(Number(value))) : mark === '%f' ? String(Number(value)) : show(value, mark === '%s' ? 0 : 1); });
  return [first, ...rest].map((one) => show(one)).join(' ');
}

function timer(callback, delay, every, args) {
  if (typeof callback !== 'function') return 0;
  if (clock.timers.size >= MOST_TIMERS) throw new RangeError('Too many timers.');
  const wait = Math.max(every ? 1 : clock.level > 4 ? 4 : 0, Math.min(Number(delay) || 0, 2 ** 31));
  const id = clock.next++;
  clock.timers.set(id, { id, callback, at: clock.now + wait, every: every ? wait : null, args, level: clock.level + 1 });
  return id;
}

/** Lets virtual time pass; what becomes due runs in its order. */
function pass(ms) {
  const until = clock.now + ms;
  host.drain();
  for (;;) {
    let due = null;
    for (const one of clock.timers.values()) if (one.at <= until && (!due || one.at < due.at || (one.at === due.at && one.id < due.id))) due = one;
    if (!due) break;
    clock.now = Math.max(clock.now, due.at);
    if (due.every === null) clock.timers.delete(due.id);
    else due.at += due.every;
    clock.level = due.level;
    attempt(() => page.call(due.callback, page.learner.globalThis, ...due.args));
    clock.level = 0;
    host.drain();
  }
  clock.now = until;
}

page.fault = (error) => { const text = say(error); if (faults.length < 50) faults.push(text); print('error', 'Uncaught ' + text); };
// compiled when it is first wanted: the page is read before the learner's realm is furnished
page.handler = (code) => {
  let made = null;
  return function (event) {
    made ??= page.learner.eval(`(function (event) {\n${code}\n})`);
    return page.call(made, this, event);
  };
};
page.inserted = (node) => {
  if (node._tag === 'script' && !node._ran && page.ready !== 'loading') runScript(node);
};

function runScript(element) {
  hidden(element, { _ran: true });
  const type = element._attributes.get('type') ?? '';
  if (element._attributes.has('src') || !['', 'text/javascript', 'module', 'application/javascript'].includes(type)) return;
  script(textOf(element), 'script');
}
function script(code, name) {
  const error = host.script(code, name);
  if (error.thrown) page.fault(error.value);
  host.drain();
}

const REALM_CLOCK = `(function (now, random) {
  const Native = Date;
  const Date2 = { Date: function (...args) { return new.target ? Reflect.construct(Native, args.length ? args : [now()], new.target) : new Native(now()).toString(); } }.Date;
  Object.defineProperty(Date2, 'prototype', { value: Native.prototype, writable: false });
  Object.defineProperty(Native.prototype, 'constructor', { value: Date2, writable: true, configurable: true });
  for (const [name, value] of [['now', function now2() { return now(); }], ['parse', Native.parse], ['UTC', Native.UTC]]) Object.defineProperty(Date2, name, { value, writable: true, configurable: true });
  Object.defineProperty(Date2, 'length', { value: 7 });
  Object.defineProperty(globalThis, 'Date', { value: Date2, writable: true, configurable: true });
  Object.defineProperty(Math, 'random', { value: random, writable: true, configurable: true });
})`;

function seeded(seed) {
  let state = seed >>> 0;
  return () => { state = (state + 0x6d2b79f5) >>> 0; let t = state; t = Math.imul(t ^ (t >>> 15), t | 1); t ^= t + Math.imul(t ^ (t >>> 7), t | 61); return ((t ^ (t >>> 14)) >>> 0) / 4294967296; };
}

function storage() {
  const kept = new Map();
  let size = 0;
  const api = {
    getItem: (key) => kept.get(String(key)) ?? null,
    setItem: (key, value) => { const k = String(key), v = String(value); size += k.length + v.length; if (size > 1 << 20) throw new DOMException('The quota has been exceeded.', 'QuotaExceededError'); kept.set(k, v); },
    removeItem: (key) => { kept.delete(String(key)); }, clear: () => { kept.clear(); size = 0; }, key: (i) => [...kept.keys()][i] ?? null,
  };
  return new Proxy({}, {
    get: (_, name) => (typeof name !== 'string' ? undefined : name === 'length' ? kept.size : Object.hasOwn(api, name) ? api[name] : kept.get(name)),
    set: (_, name, value) => { api.setItem(name, value); return true; }, has: (_, name) => kept.has(name), deleteProperty: (_, name) => { kept.delete(name); return true; },
    ownKeys: () => [...kept.keys()], getOwnPropertyDescriptor: (_, name) => (kept.has(name) ? { value: kept.get(name), writable: true, enumerable: true, configurable: true } : undefined),
  });
}

function computedStyle(element, pseudo) {
  const which = pseudo ? String(pseudo).replace(/^:+/, '') : null;
  const get = (name) => styleValue(element, name, which);
  return new Proxy({}, { get: (_, name) => (typeof name !== 'string' ? undefined : name === 'getPropertyValue' ? (one) => get(String(one)) : get(kebab(name))), set: () => true });
}

function setUp(realm, given) {
  const G = realm.globalThis;
  page.learner = { globalThis: G, eval: G.eval, TypeError: G.TypeError, Promise: G.Promise, resolve: G.Promise.resolve, then: G.Promise.prototype.then, parse: G.JSON.parse };
  page.window = new EventTarget();
  clock.start = given.now ?? Date.UTC(2026, 0, 15, 9, 0, 0);
  const now = () => clock.start + Math.floor(clock.now), random = seeded(given.seed ?? 1);
  page.learner.eval(REALM_CLOCK)(now, random);
  (0, eval)(REALM_CLOCK)(now, seeded(2));
  const define = (values) => { for (const name of Object.keys(values)) Object.defineProperty(G, name, { value: values[name], writable: true, configurable: true, enumerable: false }); };
  const levels = {};
  for (const level of ['log', 'info', 'warn', 'error', 'debug']) levels[level] = (...args) => print(level, format(args));
  const counts = new Map();
  const groups = { table: levels.log, dir: levels.log, trace: levels.log, group: (...args) => print('log', format(args)), groupCollapsed: (...args) => print('log', format(args)), groupEnd: () => { }, assert: (ok, ...args) => { if (!ok) print('error', 'Assertion failed' + (args.length ? ': ' + format(args) : '')); }, clear: () => { }, time: () => { }, timeEnd: (name = 'default') => print('log', name + ': 0ms'), count: (name = 'default') => { counts.set(name, (counts.get(name) ?? 0) + 1); print('log', `${name}: ${counts.get(name)}`); } };
  const dialogs = given.dialogs ?? {};
  const location = { href: 'https://challenge.example/', origin: 'https://challenge.example', protocol: 'https:', host: 'challenge.example', hostname: 'challenge.example', pathname: '/', search: '', hash: '', reload() { }, assign() { }, replace() { } };
  define({
    window: G, self: G, document: page.document, console: { ...levels, ...groups }, navigator: { userAgent: 'Podium', language: 'en', languages: ['en'], onLine: true }, location, history: { length: 1, state: null, pushState() { }, replaceState() { }, back() { }, forward() { } },
    setTimeout: (callback, delay, ...args) => timer(callback, delay, false, args), setInterval: (callback, delay, ...args) => timer(callback, delay, true, args), clearTimeout: (id) => { clock.timers.delete(Number(id)); }, clearInterval: (id) => { clock.timers.delete(Number(id)); },
    requestAnimationFrame: (callback) => timer(typeof callback === 'function' ? () => page.call(callback, undefined, clock.now) : null, 16, false, []), cancelAnimationFrame: (id) => { clock.timers.delete(Number(id)); },
    queueMicrotask: (callback) => { Reflect.apply(page.learner.then, Reflect.apply(page.learner.resolve, page.learner.Promise, []), [() => attempt(() => page.call(callback, undefined))]); },
    performance: { now: () => clock.now, mark() { }, measure() { } }, localStorage: storage(), sessionStorage: storage(), getComputedStyle: computedStyle,
    matchMedia: (query) => { const list = new EventTarget(); Object.defineProperty(list, 'matches', { get: () => mediaMatches(String(query), page.view) }); list.media = String(query); list.addListener = (one) => list.addEventListener('change', one); return list; },
    addEventListener: (...args) => page.window.addEventListener(...args), removeEventListener: (...args) => page.window.removeEventListener(...args), dispatchEvent: (event) => page.window.dispatchEvent(event),
    alert: (text) => { print('alert', show(text)); }, confirm: (text) => { print('confirm', show(text)); return dialogs.confirm ?? true; }, prompt: (text) => { print('prompt', show(text)); return dialogs.prompt ?? null; },
    scrollTo() { }, scroll() { }, scrollBy() { }, innerWidth: page.view.width, innerHeight: page.view.height, devicePixelRatio: 1, getSelection: () => null,
    CSS: { escape: cssEscape, supports: () => true }, Image: function () { return createElement('img'); }, Option: function (text = '', value) { const made = createElement('option'); setText(made, text); if (value !== undefined) made.setAttribute('value', value); return made; },
    Node, Text, Comment, Element, HTMLElement, Document, DocumentFragment, NodeList, HTMLCollection, Event, CustomEvent, UIEvent, MouseEvent, PointerEvent, WheelEvent, KeyboardEvent, InputEvent, FocusEvent, SubmitEvent, EventTarget, DOMException, FormData, ...ELEMENT_CLASSES,
  });
  Object.defineProperty(G, 'onload', { get: () => page.window.onload, set: (value) => { page.window.onload = value; }, configurable: true });
  if (given.fetch) define({ fetch: (address) => answer(String(address), given.fetch) });
}

/** Answers a fetch from what the test gives; there is no network. */
function answer(address, answers) {
  const P = page.learner.Promise, done = (value) => Reflect.apply(page.learner.resolve, P, [value]);
  const known = Object.hasOwn(answers, address) ? answers[address] : null;
  return new P((resolve, reject) => timer(() => {
    if (known === null || known.error) { reject(new page.learner.TypeError('Failed to fetch')); return; }
    const status = known.status ?? 200, text = typeof known.text === 'string' ? known.text : JSON.stringify(known.json ?? null);
    resolve({ ok: status >= 200 && status < 300, status, statusText: '', url: address, headers: { get: () => null }, text: () => done(text), json: () => new P((ok, no) => { try { ok(page.learner.parse(text)); } catch (error) { no(error); } }) });
  }, known?.delay ?? 10, false, []));
}

/** Nobody changes what the judge stands on: the learner reaches this realm's intrinsics through any node. */
function lockDown() {
  const seen = new Set(), queue = [globalThis, (function* () { }).constructor, (async function () { }).constructor, (async function* () { }).constructor, Object.getPrototypeOf([].values()), Object.getPrototypeOf(new Map().values()), Object.getPrototypeOf(new Set().values()),
    Object.getPrototypeOf(''[Symbol.iterator]()), Object.getPrototypeOf((function* () { })()), Object.getPrototypeOf((async function* () { })()), Object.getPrototypeOf('a'.matchAll(/a/g)),
    Node, Text, Comment, Element, HTMLElement, Document, DocumentFragment, NodeList, HTMLCollection, Event, CustomEvent, UIEvent, MouseEvent, PointerEvent, WheelEvent, KeyboardEvent, InputEvent, FocusEvent, SubmitEvent, EventTarget, DOMException, FormData, TokenList, CharacterData, SelectorError, ...Object.values(ELEMENT_CLASSES)];
  while (queue.length > 0) {
    const one = queue.pop();
    if (one === null || (typeof one !== 'object' && typeof one !== 'function') || seen.has(one)) continue;
    seen.add(one);
    for (const key of Reflect.ownKeys(one)) {
      const it = Reflect.getOwnPropertyDescriptor(one, key);
      queue.push(it.value, it.get, it.set);
    }
    queue.push(Reflect.getPrototypeOf(one));
    Object.freeze(one);
  }
}
