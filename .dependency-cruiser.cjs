// The import rules of docs/architecture.md, executable. A folder may import only what its row names.
const contexts = 'identity|inference|budgets|knowledge|approvals|agents|workflows|governance';

const tests = '\\.(unit|int|e2e|contract)\\.test\\.ts$|/testing/';

module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'schemas-import-nothing-of-ours',
      severity: 'error',
      from: { path: '^schemas/', pathNot: tests },
      to: { path: '^(bounded-contexts|projections|gateway|infra)/' },
    },
    {
      name: 'kernel-imports-schemas-only',
      severity: 'error',
      from: { path: '^bounded-contexts/kernel/', pathNot: tests },
      to: { path: '^(bounded-contexts/(?!kernel/)|projections|gateway|infra)' },
    },
    {
      name: 'contexts-import-no-infrastructure',
      severity: 'error',
      from: { path: '^bounded-contexts/', pathNot: tests },
      to: { path: '^(projections|gateway|infra)/' },
    },
    {
      name: 'contexts-are-pure-of-drivers',
      severity: 'error',
      from: { path: '^bounded-contexts/', pathNot: tests },
      to: { path: 'node_modules/(nats|pg|ioredis|hono|undici)/' },
    },
    {
      name: 'a-context-is-entered-by-its-index',
      severity: 'error',
      from: { path: `^bounded-contexts/(${contexts})/`, pathNot: tests },
      to: { path: `^bounded-contexts/(${contexts})/(?!index\\.ts$)`, pathNot: '^bounded-contexts/$1/' },
    },
    {
      name: 'projections-import-schemas-and-kernel',
      severity: 'error',
      from: { path: '^projections/', pathNot: tests },
      to: { path: `^(gateway|infra)/|^bounded-contexts/(${contexts})/` },
    },
    {
      name: 'gateway-imports-no-infrastructure',
      severity: 'error',
      from: { path: '^gateway/', pathNot: tests },
      to: { path: '^infra/' },
    },
    {
      name: 'gateway-enters-contexts-by-their-index',
      severity: 'error',
      from: { path: '^gateway/', pathNot: tests },
      to: { path: `^bounded-contexts/(${contexts})/(?!index\\.ts$)` },
    },
    {
      name: 'gateway-uses-only-queries-of-projections',
      severity: 'error',
      from: { path: '^gateway/', pathNot: tests },
      to: { path: '^projections/', pathNot: 'queries\\.ts$' },
    },
    {
      name: 'adapters-import-no-one-but-ports',
      severity: 'error',
      from: { path: '^infra/(?!launcher|cli|bench|testing|torture|demo)', pathNot: tests },
      to: {
        // `knowledge/text`: a process that reads one file starts with what it needs and nothing else.
        path: `^gateway/|^projections/(?!ports\\.ts$)|^bounded-contexts/(${contexts})/(?!(ports|index|text/index)\\.ts$)`,
      },
    },
    {
      name: 'nothing-imports-the-composition-root',
      severity: 'error',
      from: {
        path: '^(bounded-contexts|projections|gateway|schemas|infra/(?!launcher|cli|bench|testing|torture|demo))',
        pathNot: tests,
      },
      to: { path: '^infra/(launcher|cli|bench|torture|demo)/' },
    },
    { name: 'not-to-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(node_modules|infra/bench/peers)' },
    tsPreCompilationDeps: true,
    parser: 'swc',
    enhancedResolveOptions: {
      extensions: ['.ts', '.js', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
    },
  },
};
