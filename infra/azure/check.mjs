// Reads every Bicep file with the tree-sitter grammar and says where one does not parse. For machines without the Bicep compiler, which CI has:
//   npm install --prefix /tmp/bicep-check --no-save --ignore-scripts tree-sitter-bicep@1.1.0 web-tree-sitter@0.27.1
//   node infra/azure/check.mjs /tmp/bicep-check
import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const packages = createRequire(join(resolve(process.argv[2] ?? '.'), 'package.json'));
const { Parser, Language } = packages('web-tree-sitter');
await Parser.init();
const parser = new Parser();
parser.setLanguage(await Language.load(join(dirname(packages.resolve('tree-sitter-bicep/package.json')), 'tree-sitter-bicep.wasm')));

// the grammar knows no assignment of a parameter without a type, which is what parameter files are made of; a variable has the same form
const read = path => path.endsWith('.bicepparam') ? readFileSync(path, 'utf8').replace(/^param (?=\w+ =)/gm, 'var   ') : readFileSync(path, 'utf8');
const faults = node => node.isError || node.isMissing ? [node] : node.hasError ? node.children.flatMap(faults) : [];

let bad = 0;
const files = readdirSync(here, { recursive: true }).filter(name => /\.bicep(param)?$/.test(name)).map(name => join(here, name)).sort();
for (const path of files) {
  for (const fault of faults(parser.parse(read(path)).rootNode)) {
    console.error(`${relative(process.cwd(), path)}:${fault.startPosition.row + 1}:${fault.startPosition.column + 1}: ${fault.isMissing ? `'${fault.type}' is missing` : 'this does not parse'}`);
    bad++;
  }
}
console.log(`${files.length} files, ${bad} faults`);
process.exitCode = bad === 0 && files.length > 0 ? 0 : 1;
