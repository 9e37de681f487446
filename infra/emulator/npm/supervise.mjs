// Runs the emulator's servers and makes sure that they end with the app, however it ends: told to on standard input, or when that closes.
// In: one JSON line { children: [{ name, command, args, env, stop: [signals] }] }, then the word stop.
// Out: JSON lines { name, line } of what the children print, { name, pid } when started, { name, exit } when ended.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const patience = 5000;
const children = [];
let stopping = false;

const say = (message) => process.stdout.write(JSON.stringify(message) + '\n');
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {}); // the app decides when
process.stdout.on('error', () => stop()); // nobody listens any more

const input = createInterface({ input: process.stdin });
input.on('line', (line) => {
  if (line === 'stop') stop();
  else if (!stopping) for (const child of JSON.parse(line).children) start(child);
});
input.on('close', () => stop());

function start({ name, command, args, env, stop: signals }) {
  // detached: Ctrl+C in the app's terminal is for the app alone
  const child = spawn(command, args, { env: { ...process.env, ...env }, detached: true, windowsHide: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise((resolve) => {
    child.on('error', (error) => {
      say({ name, line: error.message });
      say({ name, exit: -1 });
      resolve();
    });
    // not 'exit': what it printed last tells why
    child.on('close', (code, signal) => {
      say({ name, exit: code ?? signal });
      resolve();
    });
  });
  children.push({ child, ended, signals });
  if (child.pid) say({ name, pid: child.pid });
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', (line) => say({ name, line }));
}

async function stop() {
  if (stopping) return;
  stopping = true;
  await Promise.all(children.map(end));
  process.exit(0);
}

async function end({ child, ended, signals }) {
  for (const signal of signals) {
    if (child.exitCode !== null || child.signalCode !== null || !child.pid) return;
    child.kill(signal);
    let timer;
    await Promise.race([ended, new Promise((resolve) => (timer = setTimeout(resolve, patience)))]);
    clearTimeout(timer);
  }
}
