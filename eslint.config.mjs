// The structure of the house as rules, each with its reason as the message.
// `test/house/imports.spec.ts` checks the same directions over the resolved graph, and finds cycles.
import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';

const SPECS = ['**/*.{spec,fake}.ts', 'test/**/*.ts', 'bench/**/*.{ts,mjs}'];

const readonly = (names) => Object.fromEntries(names.map((name) => [name, 'readonly']));
const NODE = readonly(Object.getOwnPropertyNames(globalThis)); // we run in the Node that the project runs in
const BROWSER = readonly([
  'document',
  'window',
  'location',
  'history',
  'localStorage',
  'EventSource',
  'HTMLElement',
  'customElements',
]);

/* ---- Imports ---- */

const forbid = (regex, message) => ({ regex, message });
const kafkajs = forbid(
  '^kafkajs(/|$)',
  'Only libs/kafka/src/driver.ts and driver/ know kafkajs, so that another client can take its place.',
);
const testing = forbid(
  '^@sunbeon/testing(/|$)',
  'Nothing in production imports testing: it would ship fakes and test tools.',
);
const embedded = forbid(
  '^@sunbeon/embedded(/|$)',
  'Only the CLI, testing and bench start an embedded Kafka: services run against a cluster.',
);
const apps = forbid(
  '^(sunbeon|@sunbeon/(producer|consumer|console))(/|$)',
  'Apps are never imported: what two of them need belongs in a lib.',
);
const inside = forbid(
  '^(\\.\\./)+[^.].*/(src|dist)/',
  'Import another room by its package name, through its index: its files are its own.',
);
const siblings = (allowed) =>
  forbid(`^@sunbeon/(?!(${allowed})(/|$))`, 'Siblings never import each other, only @sunbeon/core; they meet in apps.');

const imports = (...patterns) => ({ 'no-restricted-imports': ['error', { patterns: [inside, apps, ...patterns] }] });

const IMPORTS = [
  { files: ['libs/**/*.ts', 'apps/**/*.ts'], rules: imports(kafkajs, testing, embedded) },
  { files: ['libs/*/src/**/*.{spec,fake}.ts', 'apps/*/src/**/*.{spec,fake}.ts'], rules: imports(kafkajs) },
  {
    files: ['libs/core/src/**/*.ts'],
    ignores: SPECS,
    rules: imports(
      forbid(
        '^(?!\\./|node:crypto$)',
        'core imports nothing but itself and node:crypto: no I/O, no clock, no library.',
      ),
    ),
  },
  {
    files: ['libs/{kafka,schema,store,nest,notify,embedded}/src/**/*.ts'],
    ignores: SPECS,
    rules: imports(siblings('core'), kafkajs),
  },
  {
    files: ['libs/{kafka,schema,store,nest,notify,embedded}/src/**/*.{spec,fake}.ts'],
    rules: imports(siblings('core|testing'), kafkajs),
  },
  {
    files: ['libs/kafka/src/driver.ts', 'libs/kafka/src/driver/**/*.ts'],
    ignores: SPECS,
    rules: imports(siblings('core')),
  },
  {
    files: ['libs/contracts/src/**/*.ts'],
    ignores: SPECS,
    rules: imports(
      forbid('^(?!\\./|@sunbeon/core(/|$))', 'Producers import contracts alone: core is all that may come with them.'),
    ),
  },
  { files: ['libs/testing/src/**/*.ts'], rules: imports(kafkajs) },
  { files: ['apps/cli/src/**/*.ts'], ignores: SPECS, rules: imports(kafkajs, testing) },
];

/* ---- Syntax ---- */

const refuse = (selector, message) => ({ selector, message });
const EVERYWHERE = [
  refuse('ExportAllDeclaration', 'Write the names out: an index is a promise, and `export *` makes it by accident.'),
  refuse(
    'CatchClause > BlockStatement[body.length=0]',
    'An empty catch hides a fault: handle it, return something, or let it go on.',
  ),
];
const NO_STATE = [
  refuse(
    'Program > VariableDeclaration[kind!="const"]',
    'Module state is shared by all who import the module: put it in an object.',
  ),
  refuse('Program > ExportNamedDeclaration > VariableDeclaration[kind!="const"]', 'Module state: put it in an object.'),
  refuse(
    'Program > VariableDeclaration > VariableDeclarator > NewExpression[callee.name=/^(Map|Set|WeakMap|WeakSet|Array)$/][arguments.length=0]',
    'An empty collection at module level is there to be filled: module state. Put it in an object.',
  ),
];
const NO_LOG = [
  refuse(
    'CallExpression[callee.property.name=/^(log|warn|error|debug|verbose|info)$/]:matches([callee.object.name=/^(logger|log)$/i], [callee.object.property.name=/logger/i])',
    'Libs do not log: emit a typed event (core/events.ts); where it goes is a listener’s business.',
  ),
  refuse(
    'MemberExpression[object.name="process"][property.name=/^std(out|err)$/]',
    'Libs do not write to the terminal: take a callback or emit an event.',
  ),
];
const WAITING = 'Tests do not sleep: wait for a signal or a condition, or use the fake clock.';
const IN_SPECS = [
  refuse('CallExpression[callee.name=/^(setTimeout|setInterval|sleep)$/]', WAITING),
  refuse('CallExpression[callee.property.name=/^(setTimeout|setInterval|sleep)$/]', WAITING),
  refuse('ImportDeclaration[source.value=/^(node:)?timers/]', WAITING),
  refuse(
    'MemberExpression[object.name=/^(it|test|describe)$/][property.name=/^(only|skip|todo|failing)$/]',
    'A focused or skipped test lets others pass unseen: mend it or take it out.',
  ),
  refuse(
    'CallExpression[callee.name=/^(fit|fdescribe|xit|xtest|xdescribe)$/]',
    'A focused or skipped test lets others pass unseen.',
  ),
];
const syntax = (...lists) => ({ 'no-restricted-syntax': ['error', ...lists.flat()] });

const SYNTAX = [
  { rules: syntax(EVERYWHERE) },
  { files: ['libs/*/src/**/*.ts', 'apps/*/src/**/*.ts'], ignores: SPECS, rules: syntax(EVERYWHERE, NO_STATE) },
  {
    files: ['libs/*/src/**/*.ts'],
    ignores: SPECS,
    rules: { 'no-console': 'error', ...syntax(EVERYWHERE, NO_STATE, NO_LOG) },
  },
  { files: ['libs/nest/src/**/*listener.ts'], rules: syntax(EVERYWHERE, NO_STATE) },
  { files: ['**/*.spec.ts'], rules: syntax(EVERYWHERE, IN_SPECS) },
];

/* ---- Sizes: what the readable ones of the field keep to (style.md) ---- */

const SIZES = [
  {
    rules: {
      'max-lines': ['error', { max: 300 }],
      'max-lines-per-function': ['error', { max: 60 }],
      'max-params': ['error', { max: 3 }],
    },
  },
  // A table test takes its columns as parameters; a describe holds all its tests.
  { files: SPECS, rules: { 'max-lines-per-function': 'off', 'max-params': 'off' } },
];

const TYPED = {
  files: ['{libs,apps}/*/src/**/*.ts', 'test/**/*.ts', 'bench/**/*.ts'],
  languageOptions: { parserOptions: { project: ['./tsconfig.spec.json'], tsconfigRootDir: import.meta.dirname } },
  rules: {
    '@typescript-eslint/no-floating-promises': 'error',
    '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false, attributes: false } }],
    '@typescript-eslint/await-thenable': 'error',
    '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
  },
};

export default tseslint.config(
  { ignores: ['**/dist/', '**/node_modules/', '**/.sunbeon/', '**/coverage/', 'deploy/helm/'] },
  js.configs.recommended,
  tseslint.configs.recommended,
  {
    languageOptions: { globals: NODE },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      eqeqeq: 'error',
      'no-empty': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    },
  },
  { files: ['apps/console/public/**/*.js'], languageOptions: { globals: BROWSER } },
  TYPED,
  IMPORTS,
  SYNTAX,
  SIZES,
  prettier,
);
