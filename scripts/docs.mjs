// Writes the generated parts of the docs; with --check it only says whether they are current.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, install, root } from './ready.mjs';

install();
build();
const { describeContract, describeLedger } = await import('../dist/domain/sources/describe.js');
const { CONTRACTS } = await import('../dist/domain/sources/index.js');
const { FIGURES } = await import('../dist/domain/kpi/figures/index.js');
const { describeFigures } = await import('../dist/domain/kpi/figures/describe.js');
const { namedQueries } = await import('../dist/cli/queries.js');
const { currentView, seedView } = await import('../dist/domain/sources/telegram/seed-view.js');

/** Folder-level imports, as dependency-cruiser sees them. */
function importGraph() {
  const { stdout } = spawnSync(
    'npx',
    ['depcruise', '--config', '.dependency-cruiser.cjs', 'src', '--include-only', '^src', '--output-type', 'json'],
    { cwd: root, encoding: 'utf8', maxBuffer: 1e8 },
  );
  const folder = (path) => path.split('/')[1];
  const edges = new Set();
  for (const module of JSON.parse(stdout).modules) {
    for (const { resolved, dependencyTypes } of module.dependencies) {
      const [from, to] = [folder(module.source), folder(resolved)];
      if (from !== to) edges.add(`${from} ${dependencyTypes.includes('type-only') ? '-.->' : '-->'} ${to}`);
    }
  }
  const solid = new Set([...edges].filter((edge) => edge.includes('-->')));
  const lines = [...edges].filter((edge) => edge.includes('-->') || !solid.has(edge.replace('-.->', '-->'))).sort();
  return ['```mermaid', 'flowchart LR', ...lines.map((line) => `  ${line}`), '```'].join('\n');
}

/** The views of Telegram's first table. */
function seedSql() {
  const views = [currentView('telegram_messages'), seedView(true).replace(/\n\s+/g, '\n  ').trim()];
  return ['```sql', ...views.map((sql) => `${sql};`), '```'].join('\n');
}

/** The named queries and what each answers. */
function queryTable() {
  const rows = [...namedQueries()].map(([name, { about }]) => `| [\`@${name}\`](../queries/${name}.sql) | ${about} |`);
  return ['| query | answers |', '| --- | --- |', ...rows].join('\n');
}

const parts = {
  'docs/data-model.md': [
    'contracts',
    [...[...CONTRACTS.values()].map(describeContract), describeLedger()].join('\n\n'),
  ],
  'docs/kpi.md': ['figures', describeFigures(FIGURES.values())],
  'docs/telegram.md': ['seed-view', seedSql()],
  'docs/query.md': ['queries', queryTable()],
  'docs/architecture.md': ['imports', importGraph()],
};
let stale = 0;
for (const [file, [mark, text]] of Object.entries(parts)) {
  const path = join(root, file);
  const before = readFileSync(path, 'utf8');
  const after = before.replace(
    new RegExp(`(<!-- ${mark} -->\n)[^]*?(\n<!-- /${mark} -->)`),
    (_, open, close) => `${open}${text}${close}`,
  );
  if (after === before) continue;
  stale += 1;
  if (process.argv.includes('--check')) console.error(`${file} is not current: run npm run docs`);
  else writeFileSync(path, after);
}
if (process.argv.includes('--check') && stale > 0) process.exit(1);
