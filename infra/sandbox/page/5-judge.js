// Runs tests against the page: what is expected as data, or the author's code. Lives in a realm that the learner cannot change.
class Failure extends Error { }
const fail = (message) => { throw new Failure(message); };
const brief = (value) => { const text = show(value, 1); return text.length > 300 ? text.slice(0, 300) + '…' : text; };
const squash = (text) => String(text).replace(/\s+/g, ' ').trim();
/** An expected value: plain JSON, or { "$": "an expression" } for what JSON cannot say. */
const wantedOf = (value) => (value !== null && typeof value === 'object' && Object.keys(value).length === 1 && typeof value.$ === 'string' ? (0, eval)(`(${value.$})`) : value);

function same(actual, expected, tolerance = 0, depth = 0) {
  if (depth > 50) return false;
  expected = wantedOf(expected);
  if (typeof expected === 'number' && typeof actual === 'number') return Object.is(actual, expected) || actual === expected || Math.abs(actual - expected) <= tolerance;
  if (Object.is(actual, expected)) return true;
  if (actual === null || expected === null || typeof actual !== 'object' || typeof expected !== 'object') return false;
  const kind = kindOf(actual);
  const next = (a, b) => same(a, b, tolerance, depth + 1);
  if (Array.isArray(expected)) { if (!Array.isArray(actual) && !(actual instanceof NodeList)) return false; if (actual.length !== expected.length) return false; for (let i = 0; i < expected.length; i++) if (!next(actual[i], expected[i])) return false; return true; }
  if (Array.isArray(actual) || kind !== kindOf(expected)) return false;
  if (kind === 'Date') return Reflect.apply(Date.prototype.getTime, actual, []) === expected.getTime();
  if (kind === 'RegExp') return String(actual) === String(expected);
  if (kind === 'Map' || kind === 'Set') {
    const list = (one) => { const all = []; Reflect.apply(kind === 'Map' ? Map.prototype.forEach : Set.prototype.forEach, one, [(value, key) => { if (all.length < 10000) all.push(kind === 'Map' ? [key, value] : key); }]); return all; };
    const left = list(actual), right = list(expected);
    return left.length === right.length && left.every((one, i) => next(one, right[i]) || right.some((other) => next(one, other)));
  }
  const keys = Object.keys(actual), wanted = Object.keys(expected);
  return keys.length === wanted.length && wanted.every((key) => keys.includes(key) && next(actual[key], expected[key]));
}

/** Whether a value is as a matcher wants it; the fault, or null. Texts are compared with their spaces made one. */
function differs(actual, matcher, what) {
  if (matcher === null || typeof matcher !== 'object' || Array.isArray(matcher) || typeof matcher.$ === 'string') {
    const equal = typeof matcher === 'string' && typeof actual === 'string' ? squash(actual) === squash(matcher) : same(actual, matcher);
    return equal ? null : `${what} should be ${brief(wantedOf(matcher))}, but is ${brief(actual)}.`;
  }
  const text = () => (typeof actual === 'string' ? actual : show(actual));
  if ('equals' in matcher && !same(actual, matcher.equals, matcher.tolerance ?? 0)) return `${what} should be ${brief(wantedOf(matcher.equals))}, but is ${brief(actual)}.`;
  if ('contains' in matcher && !(Array.isArray(actual) ? actual.some((one) => same(one, matcher.contains)) : squash(text()).toLowerCase().includes(squash(matcher.contains).toLowerCase()))) return `${what} should contain ${brief(matcher.contains)}, but is ${brief(actual)}.`;
  if ('matches' in matcher && !new RegExp(matcher.matches, matcher.flags ?? '').test(text())) return `${what} should match /${matcher.matches}/, but is ${brief(actual)}.`;
  if ('oneOf' in matcher && !matcher.oneOf.some((one) => differs(actual, one, what) === null)) return `${what} should be one of ${brief(matcher.oneOf)}, but is ${brief(actual)}.`;
  if ('min' in matcher && !(parseFloat(actual) >= matcher.min)) return `${what} should be at least ${matcher.min}, but is ${brief(actual)}.`;
  if ('max' in matcher && !(parseFloat(actual) <= matcher.max)) return `${what} should be at most ${matcher.max}, but is ${brief(actual)}.`;
  if ('type' in matcher && (actual === null ? 'null' : Array.isArray(actual) ? 'array' : typeof actual) !== matcher.type) return `${what} should be of type ${matcher.type}, but is ${brief(actual)}.`;
  if ('not' in matcher && differs(actual, matcher.not, what) === null) return `${what} should not be ${brief(actual)}.`;
  return null;
}
const want = (actual, matcher, what) => { const fault = differs(actual, matcher, what); if (fault) fail(fault); };

/** Waits, in virtual time, for a promise; other values are there already. */
function settled(value) {
  if (value === null || typeof value !== 'object' || typeof value.then !== 'function') return { value };
  let result = null;
  const promise = Reflect.apply(page.learner.resolve, page.learner.Promise, [value]);
  Reflect.apply(page.learner.then, promise, [(done) => { result = { value: done }; }, (error) => { result = { error }; }]);
  host.drain();
  for (let waited = 0; !result && clock.timers.size > 0 && waited < 60000;) {
    const next = Math.max(1, Math.min(...[...clock.timers.values()].map((one) => one.at)) - clock.now);
    waited += next;
    pass(next);
  }
  return result ?? fail('The promise was never settled.');
}

const find = (selector) => select(page.document, selector, true) ?? fail(`There is no element ${selector}.`);
const evaluate = (code) => page.learner.eval(code);

function act(step) {
  if (step.click !== undefined) find(step.click).click();
  else if (step.input !== undefined) { const field = find(step.input); field.focus(); if (checkable(field)) { if (field._checkedNow !== !!step.value) field.click(); } else { setFieldValue(field, String(step.value ?? '')); fire(field, 'input', { bubbles: true, data: step.value }, InputEvent); fire(field, 'change', { bubbles: true }); } }
  else if (step.key !== undefined) { const target = step.on ? find(step.on) : page.focused ?? page.document.body, options = { bubbles: true, cancelable: true, key: step.key, code: step.key.length === 1 ? 'Key' + step.key.toUpperCase() : step.key }; if (fire(target, 'keydown', options, KeyboardEvent) && step.key === 'Enter' && target._tag === 'input' && formOf(target)) submit(formOf(target), null); fire(target, 'keyup', options, KeyboardEvent); }
  else if (step.submit !== undefined) submit(find(step.submit), null);
  else if (step.focus !== undefined) find(step.focus).focus();
  else if (step.hover !== undefined) { const target = find(step.hover); page.hovered = target; fire(target, 'mouseenter', {}, MouseEvent); fire(target, 'mouseover', { bubbles: true }, MouseEvent); }
  else if (step.fire !== undefined) fire(step.on === 'window' ? page.window : step.on ? find(step.on) : page.document, step.fire, { bubbles: true, cancelable: true, ...(step.detail ?? {}) }, CustomEvent);
  else if (step.viewport !== undefined) { page.view = { ...page.view, ...step.viewport }; page.learner.globalThis.innerWidth = page.view.width; fire(page.window, 'resize', {}); }
  else if (step.run !== undefined) settled(evaluate(step.run));
  else if (step.wait !== undefined) pass(step.wait);
  else fail('This step does nothing.');
  host.drain();
}

function expectation(one, input) {
  const label = one.message;
  const check = () => {
    if (one.selector !== undefined) {
      const all = select(page.document, one.selector, false);
      if (one.count !== undefined) { want(all.length, one.count, `The number of elements ${one.selector}`); if (all.length === 0) return; }
      else if (one.exists === false) { if (all.length > 0) fail(`There should be no element ${one.selector}.`); return; }
      else if (all.length === 0) fail(`There is no element ${one.selector}.`);
      for (const element of one.every ? all : [all[0]]) {
        if (one.text !== undefined) want(element._tag === 'input' || element._tag === 'textarea' ? fieldValue(element) : squash(textOf(element)), one.text, `The text of ${one.selector}`);
        for (const [name, matcher] of Object.entries(one.attributes ?? {})) want(element.getAttribute(name), matcher, `The attribute ${name} of ${one.selector}`);
        for (const [name, matcher] of Object.entries(one.properties ?? {})) want(element[name], matcher, `The property ${name} of ${one.selector}`);
        for (const [name, matcher] of Object.entries(one.style ?? {})) { const value = styleValue(element, kebab(name), one.pseudo ?? null); const wanted = typeof matcher === 'string' && !name.startsWith('--') ? colorOf(matcher) ?? matcher : matcher; want(value, wanted, `The style ${name} of ${one.selector}`); }
        if (one.class !== undefined && !classesOf(element).includes(one.class)) fail(`${one.selector} should have the class ${one.class}.`);
        if (one.noClass !== undefined && classesOf(element).includes(one.noClass)) fail(`${one.selector} should not have the class ${one.noClass}.`);
      }
      return;
    }
    if (one.console !== undefined) {
      const lines = output.lines.filter((line) => one.level === undefined || line.level === one.level).map((line) => line.text);
      if (Array.isArray(one.console)) { if (!same(lines, one.console)) fail(`The console should show ${brief(one.console)}, but shows ${brief(lines)}.`); }
      else if (!lines.some((line) => differs(line, one.console, '') === null)) fail(`The console should show ${brief(one.console)}, but shows ${brief(lines)}.`);
      return;
    }
    if (one.call !== undefined || one.value !== undefined) {
      let what = one.value;
      let result;
      try {
        if (one.call !== undefined) {
          what = `${one.call}(${(one.args ?? []).map((arg) => arg?.$ ?? brief(arg)).join(', ')})`;
          const target = evaluate(one.call);
          const args = (one.args ?? []).map((arg) => { const code = arg !== null && typeof arg === 'object' && typeof arg.$ === 'string' && Object.keys(arg).length === 1 ? arg.$ : null; return code ? evaluate(`(${code})`) : page.learner.parse(JSON.stringify(arg)); });
          if (typeof target !== 'function') fail(`${one.call} should be a function, but is ${brief(target)}.`);
          result = settled(Reflect.apply(target, undefined, args));
        } else result = settled(evaluate(one.value));
      } catch (error) { if (error instanceof Failure || isLimit(error)) throw error; result = { error }; }
      if (one.throws !== undefined) { if (!('error' in result)) fail(`${what} should throw, but gives ${brief(result.value)}.`); if (one.throws !== true) want(say(result.error), typeof one.throws === 'string' ? { contains: one.throws } : one.throws, `What ${what} throws`); return; }
      if ('error' in result) fail(`${what} throws ${say(result.error)}.`);
      if ('result' in one) { if (!same(result.value, one.result, one.tolerance ?? 0)) fail(`${what} should be ${brief(wantedOf(one.result))}, but is ${brief(result.value)}.`); }
      if (one.is !== undefined) want(result.value, one.is, what);
      return;
    }
    if (one.source !== undefined) { const source = input[one.source] ?? ''; if (one.matches !== undefined && !new RegExp(one.matches, one.flags ?? '').test(source)) fail(`The ${one.source.toUpperCase()} should match /${one.matches}/.`); if (one.lacks !== undefined && new RegExp(one.lacks, one.flags ?? '').test(source)) fail(`The ${one.source.toUpperCase()} should not match /${one.lacks}/.`); return; }
    if (one.faults !== undefined) { if (faults.length > one.faults) fail(`The page has thrown: ${faults.slice(0, 3).join('; ')}`); return; }
    fail('This expectation expects nothing.');
  };
  try { check(); } catch (error) { if (error instanceof Failure && label) throw new Failure(`${label} (${error.message})`); throw error; }
}

const assert = Object.assign((ok, message) => { if (!ok) fail(message ?? 'The assertion does not hold.'); }, {
  equal: (actual, expected, message) => { if (!same(actual, expected)) fail(message ?? `Expected ${brief(expected)}, but got ${brief(actual)}.`); },
  notEqual: (actual, expected, message) => { if (same(actual, expected)) fail(message ?? `Expected something other than ${brief(expected)}.`); },
  near: (actual, expected, tolerance = 1e-9, message) => { if (!same(actual, expected, tolerance)) fail(message ?? `Expected about ${brief(expected)}, but got ${brief(actual)}.`); },
  match: (text, pattern, message) => { if (!pattern.test(String(text))) fail(message ?? `Expected ${brief(text)} to match ${pattern}.`); },
  throws: (action, pattern, message) => { try { action(); } catch (error) { if (isLimit(error) || error instanceof Failure) throw error; if (pattern && !pattern.test(say(error))) fail(message ?? `It should throw ${pattern}, but throws ${say(error)}.`); return; } fail(message ?? 'It should throw.'); },
});
const tools = { assert, run: (code) => evaluate(String(code)), settle: (value) => { const result = settled(value); if ('error' in result) throw result.error; return result.value; }, pass: (ms) => pass(Number(ms)), find: (selector) => find(String(selector)), all: (selector) => select(page.document, String(selector), false),
  style: (selector, name, pseudo) => styleValue(typeof selector === 'string' ? find(selector) : selector, kebab(name), pseudo ?? null), act: (step) => act(step), log: () => output.lines.map((line) => line.text) };

function runTest(test, input) {
  if (!test.code && !(test.expect?.length > 0)) fail('This test expects nothing.');
  for (const step of test.steps ?? []) act(step);
  pass(0);
  for (const one of test.expect ?? []) expectation(one, input);
  if (test.code) {
    const names = Object.keys(tools);
    (0, eval)(`(function (${names.join(', ')}) { 'use strict';\n${test.code}\n})`)(...names.map((name) => tools[name]));
  }
}

function judge(realm, text) {
  const input = JSON.parse(text);
  page.css = input.css ?? '';
  if (input.viewport) page.view = { ...page.view, ...input.viewport };
  let broken = null;
  try { loadDocument(input.html ?? ''); } catch (error) { if (isLimit(error)) throw error; broken = say(error); made = 0; loadDocument(''); }
  setUp(realm, input.given ?? {});
  lockDown();
  if (broken) { faults.push(broken); print('error', broken); }
  for (const element of descendantElements(page.document)) if (element._tag === 'script') runScript(element);
  if (input.js) script(input.js, 'script.js');
  page.ready = 'interactive';
  fire(page.document, 'DOMContentLoaded', { bubbles: true });
  page.ready = 'complete';
  fire(page.window, 'load', {});
  pass(0);
  host.report(JSON.stringify({ loaded: true, faults }));
  for (const test of input.tests) {
    if (broken) { host.report(JSON.stringify({ index: test.index, passed: false, message: broken })); continue; }
    let message = null;
    host.begin(test.index);
    try { runTest(test, input); } catch (error) {
      if (isLimit(error)) throw error;
      message = error instanceof Failure ? error.message : 'It throws ' + say(error) + '.';
    }
    host.report(JSON.stringify({ index: test.index, passed: message === null, message: message === null ? undefined : message.slice(0, 1000) }));
  }
}
const flush = () => JSON.stringify({ console: output.lines, cut: output.cut, faults });
