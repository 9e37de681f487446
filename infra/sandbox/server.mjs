// What a session's container listens with: each attempt in a worker of its own, which is killed when it does not come back.
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('.', import.meta.url));
const permission = Number(process.versions.node.split('.')[0]) >= 23 ? '--permission' : '--experimental-permission';
const flags = ['--no-warnings', permission, `--allow-fs-read=${folder}*`, '--no-addons', '--disable-proto=delete', '--disallow-code-generation-from-strings', '--max-old-space-size=128', '--stack-size=3900'];
const MOST_BODY = 2 << 20;
const MOST_ANSWER = 1 << 20;

function run(request) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [...flags, `${folder}worker.mjs`], { env: {}, stdio: ['pipe', 'pipe', 'ignore'] });
    const over = (verdict) => { clearTimeout(limit); child.kill('SIGKILL'); resolve({ verdict, tests: [], console: [], faults: [] }); };
    const limit = setTimeout(() => over('time'), 3 * (request.cpuMs ?? 2000) + 5000);
    let text = '';
    let ready = false;
    child.on('error', () => over('engine'));
    child.on('exit', () => over('engine'));
    child.stdout.setEncoding('utf8').on('data', (part) => {
      text += part;
      if (text.length > MOST_ANSWER) { over('engine'); return; }
      for (let end; (end = text.indexOf('\n')) >= 0;) {
        const line = text.slice(0, end);
        text = text.slice(end + 1);
        if (!ready) { ready = true; child.stdin.write(JSON.stringify(request) + '\n'); continue; }
        clearTimeout(limit);
        resolve(JSON.parse(line));
        child.kill('SIGKILL');
      }
    });
  });
}

createServer(async (request, response) => {
  const answer = (status, body) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  if (request.method !== 'POST' || !request.url.startsWith('/attempts')) { answer(404, {}); return; }
  try {
    let text = '';
    for await (const part of request.setEncoding('utf8')) if ((text += part).length > MOST_BODY) { answer(413, {}); return; }
    answer(200, await run(JSON.parse(text)));
  } catch { answer(400, {}); }
}).listen(Number(process.env.PORT ?? 8080));
