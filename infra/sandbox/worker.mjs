// One attempt after the other: a line of JSON in, a line of JSON out. Each runs in an engine instance made for it alone, which is thrown away.
// The parent watches over the time that native code in the engine takes, and kills what does not come back.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { newQuickJSWASMModuleFromVariant, newVariant } from 'quickjs-emscripten-core';
import variant from '@jitl/quickjs-wasmfile-release-sync';

const require = createRequire(import.meta.url);
const wasmModule = new WebAssembly.Module(readFileSync(require.resolve('@jitl/quickjs-wasmfile-release-sync/wasm')));
const parts = ['1-html', '2-css', '3-dom', '4-window', '5-judge'];
const prelude = "(function (host) { 'use strict';\n" + parts.map((name) => readFileSync(fileURLToPath(new URL(`page/${name}.js`, import.meta.url)), 'utf8')).join('\n') + '\nreturn { judge, flush };\n})';

const ahead = { engine: null };
const newEngine = () => newQuickJSWASMModuleFromVariant(newVariant(variant, { wasmModule }));

class Limit extends Error { constructor(verdict) { super(verdict); this.verdict = verdict; } }

// only a text of its own: a getter or a proxy would run code again
const messageOf = (context, error) => { try { const text = context.getProp(error, 'message').consume((m) => context.dump(m)); return typeof text === 'string' ? text : ''; } catch { return ''; } };

async function runPage(input, tests, limits, outcome) {
  const engine = await (ahead.engine ?? newEngine());
  ahead.engine = null;
  // QuickJS counts only part of what it allocates when compiled to WebAssembly, so the memory itself refuses to grow
  const memory = engine.getWasmMemory();
  Object.defineProperty(memory, 'grow', {
    value(pages) {
      if (memory.buffer.byteLength + pages * 65536 > limits.memoryBytes) throw new RangeError('The attempt has used its memory.');
      return WebAssembly.Memory.prototype.grow.call(memory, pages);
    },
  });
  const isFull = () => memory.buffer.byteLength > limits.memoryBytes * 0.75;
  const runtime = engine.newRuntime();
  runtime.setMemoryLimit(limits.memoryBytes);
  runtime.setMaxStackSize(256 * 1024);
  const spent = () => { const now = process.cpuUsage(limits.started); return (now.user + now.system) / 1000; };
  let verdict = null;
  runtime.setInterruptHandler(() => {
    if (verdict === null && spent() > limits.cpuMs) verdict = 'time';
    return verdict !== null;
  });
  const judge = runtime.newContext();
  const learner = runtime.newContext();
  // a handle is never given back one by one: the whole instance goes
  const hostFunction = (name, action) => judge.newFunction(name, action);
  const host = judge.newObject();
  const check = () => { if (verdict === null && spent() > limits.cpuMs) verdict = 'time'; if (verdict) throw new Limit(verdict); };
  judge.setProp(host, 'drain', hostFunction('drain', () => {
    for (;;) {
      check();
      const done = runtime.executePendingJobs(200);
      if (done.error) { if (messageOf(judge, done.error) === 'out of memory') throw new Limit(verdict = 'memory'); continue; }
      if (done.value === 0) break;
    }
    return judge.undefined;
  }));
  judge.setProp(host, 'script', hostFunction('script', (code, name) => {
    const result = learner.evalCode(judge.getString(code), judge.getString(name), { type: 'global' });
    // where there is no memory left even for an error, null is thrown
    if (result.error && verdict === null && (messageOf(learner, result.error) === 'out of memory' || (isFull() && learner.typeof(result.error) === 'object' && learner.dump(result.error) === null))) verdict = 'memory';
    const answer = judge.newObject();
    judge.setProp(answer, 'thrown', result.error ? judge.true : judge.false);
    judge.setProp(answer, 'value', result.error ?? judge.undefined);
    return answer;
  }));
  judge.setProp(host, 'begin', hostFunction('begin', (index) => { outcome.at = judge.getNumber(index); }));
  judge.setProp(host, 'report', hostFunction('report', (text) => {
    const one = JSON.parse(judge.getString(text));
    if (one.loaded) outcome.faults.push(...one.faults);
    else { outcome.tests[one.index] = { passed: one.passed, message: one.message }; outcome.at = null; }
  }));
  let flush = null;
  try {
    const make = judge.unwrapResult(judge.evalCode(prelude, 'page.js'));
    const made = judge.unwrapResult(judge.callFunction(make, judge.undefined, host));
    flush = judge.getProp(made, 'flush');
    const realm = judge.newObject();
    judge.setProp(realm, 'globalThis', learner.global);
    const text = judge.newString(JSON.stringify({ ...input, tests }));
    const result = judge.callFunction(judge.getProp(made, 'judge'), judge.undefined, realm, text);
    if (result.error) {
      const message = messageOf(judge, result.error);
      verdict ??= message === 'out of memory' || (message === '' && isFull()) ? 'memory' : message === 'interrupted' ? 'time' : 'engine';
      if (verdict === 'engine') outcome.broken = String(message) + ' ' + String(judge.getProp(result.error, 'stack').consume((m) => judge.dump(m))).slice(0, 500);
    }
  } catch (error) {
    verdict ??= error instanceof Limit ? error.verdict : /out of memory/.test(error.message) || isFull() ? 'memory' : 'engine';
    if (verdict === 'engine') outcome.broken = String(error.message).slice(0, 500);
  }
  if (flush !== null && verdict !== 'engine' && verdict !== 'memory') {
    try {
      const until = performance.now() + 250;
      runtime.setMemoryLimit(-1);
      limits.memoryBytes += 8 << 20;
      runtime.setInterruptHandler(() => performance.now() > until);
      const told = judge.callFunction(flush, judge.undefined);
      if (!told.error) {
        const { console: lines, cut, faults } = JSON.parse(judge.getString(told.value));
        for (const line of lines) if (outcome.console.length < 200) outcome.console.push(line); else outcome.cut = true;
        outcome.cut ||= cut;
        outcome.faults = faults;
      }
    } catch { /* what the engine printed is lost with it */ }
  }
  outcome.memoryBytes = Math.max(outcome.memoryBytes, memory.buffer.byteLength);
  return verdict;
}

async function attempt(request) {
  const limits = { cpuMs: request.cpuMs ?? 2000, memoryBytes: request.memoryBytes ?? 64 << 20, started: process.cpuUsage() };
  const began = performance.now();
  const tests = request.tests.map((test, index) => ({ ...test.check, fresh: test.fresh, code: test.code, index }));
  const outcome = { id: request.id, verdict: 'done', tests: tests.map(() => null), console: [], cut: false, faults: [], memoryBytes: 0, at: null };
  const groups = [];
  for (const test of tests) if (groups.length === 0 || test.fresh || JSON.stringify(test.given) !== JSON.stringify(groups.at(-1)[0].given) || JSON.stringify(test.viewport) !== JSON.stringify(groups.at(-1)[0].viewport)) groups.push([test]); else groups.at(-1).push(test);
  if (groups.length === 0) groups.push([]);
  for (const group of groups) {
    const verdict = await runPage({ html: request.html, css: request.css, js: request.js, given: group[0]?.given, viewport: group[0]?.viewport }, group, limits, outcome);
    if (verdict) { outcome.verdict = verdict; break; }
  }
  const used = process.cpuUsage(limits.started);
  return { ...outcome, cpuMs: Math.round((used.user + used.system) / 1000), wallMs: Math.round(performance.now() - began) };
}

export { attempt, newEngine, prelude };

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await attempt({ html: '<p>', css: 'p{color:red}', js: '1', tests: [{ check: { expect: [{ selector: 'p', style: { color: 'red' } }] } }] });
  process.stdout.write('{"ready":true}\n');
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
    if (line === '') continue;
    let answer;
    try { answer = await attempt(JSON.parse(line)); } catch (error) { answer = { verdict: 'engine', broken: String(error?.message ?? error).slice(0, 500), tests: [], console: [], faults: [] }; }
    process.stdout.write(JSON.stringify(answer) + '\n');
    // an instance that broke may have hurt more than itself
    if (answer.verdict === 'engine') process.exit(1);
    ahead.engine = newEngine();
  }
}
