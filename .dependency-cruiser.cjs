/** The directions of docs/architecture.md: cli, workers, local → wiring → adapters → domain; activities → projections → lake → ports (types) + domain. */
const rule = (name, from, to, comment) => ({ name, severity: 'error', comment, from: { path: from }, to });
const types = ['type-only'];
module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    rule('domain-is-pure', '^src/domain/', { pathNot: '^src/domain/' }, 'domain/ imports nothing but domain/'),
    rule(
      'workflows-import-types-only',
      '^src/workflows/',
      { path: '^src/(?!workflows/|domain/)', dependencyTypesNot: types },
      'workflows/ may only take types from activities/',
    ),
    rule('workflows-know-only-activities', '^src/workflows/', { path: '^src/(?!workflows/|domain/|activities/)' }),
    // put.ts is part of the port: the ways of writing, over the interface alone.
    rule(
      'activities-know-ports',
      '^src/activities/',
      { path: '^src/(adapters|observe)/', pathNot: '^src/adapters/object-store/put\\.ts$', dependencyTypesNot: types },
      'activities/ take ports as types; wiring/ hands them the adapters',
    ),
    rule('activities-look-down', '^src/activities/', {
      path: '^src/(wiring|inspect|workers|cli|local|workflows|gateway|dashboard)/',
    }),
    rule('projections-look-down', '^src/projections/', {
      path: '^src/(?!projections/|lake/|adapters/|domain/|observe/)',
    }),
    rule('lake-looks-down', '^src/lake/', { path: '^src/(?!lake/|adapters/|domain/|observe/)' }),
    rule(
      'lake-and-projections-know-ports',
      '^src/(lake|projections)/',
      { path: '^src/(adapters|observe)/', pathNot: '^src/adapters/object-store/put\\.ts$', dependencyTypesNot: types },
      'they take ports as types, as activities do',
    ),
    rule('adapters-look-down', '^src/adapters/', { path: '^src/(?!adapters/|domain/|observe/)' }),
    rule('observe-looks-down', '^src/observe/', { path: '^src/(?!observe/|adapters/|domain/)' }),
    rule(
      'adapters-tell-events',
      '^src/adapters/',
      { path: '^src/observe/', dependencyTypesNot: types },
      'who watches is put around an adapter in wiring/',
    ),
    rule('wiring-looks-down', '^src/wiring/', {
      path: '^src/(inspect|reporting|workers|cli|local|gateway|dashboard)/',
    }),
    rule('reporting-looks-down', '^src/reporting/', {
      path: '^src/(inspect|workers|cli|local|gateway|activities|workflows)/',
    }),
    rule('inspect-looks-down', '^src/inspect/', { path: '^src/(workers|cli|local|gateway|dashboard)/' }),
    rule('dashboard-looks-down', '^src/dashboard/', {
      path: '^src/(reporting|workers|cli|local|gateway|activities|workflows)/',
    }),
    rule(
      'only-wiring-constructs',
      '^src/(inspect|reporting|workers|cli|gateway|dashboard)/',
      { path: '^src/(adapters|observe)/', pathNot: '^src/adapters/object-store/put\\.ts$', dependencyTypesNot: types },
      'clients are built in wiring/',
    ),
    rule('nothing-ships-local', '^src/(?!local/)', { path: '^src/local/' }, 'local/ is not in the shipped image'),
    rule(
      'pages-know-the-contract',
      '^src/dashboard/page/',
      { path: '^src/(?!dashboard/page/|dashboard/api\\.ts$|domain/)' },
      'the browser’s half knows its own files, the contract with its server, and domain/',
    ),
    rule('product-knows-no-tests', '^src/', { path: '^test/' }),
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.js', '.mjs', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types'],
    },
  },
};
