// Three projects, from fast to slow. `unit` and `house` need nothing; `scenarios` need the Kafka and registry of the run.
const base = {
  rootDir: import.meta.dirname,
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': ['@swc/jest'] },
  moduleNameMapper: {
    '^@sunbeon/core/([a-z-]+)$': '<rootDir>/libs/core/src/$1.ts',
    '^@sunbeon/([a-z]+)$': '<rootDir>/libs/$1/src/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  setupFilesAfterEnv: ['<rootDir>/test/timeout.ts'],
  modulePathIgnorePatterns: ['<rootDir>/.*/dist/', '<rootDir>/.sunbeon/'],
};

export default {
  projects: [
    {
      ...base,
      displayName: 'unit',
      testMatch: ['<rootDir>/{libs,apps}/*/src/**/*.spec.ts', '<rootDir>/test/faults/*/*.spec.ts'],
    },
    { ...base, displayName: 'house', testMatch: ['<rootDir>/test/house/*.spec.ts'] },
    {
      ...base,
      displayName: 'scenarios',
      testMatch: ['<rootDir>/test/scenarios/**/*.spec.ts', '<rootDir>/test/faults/*.spec.ts'],
      globalSetup: '<rootDir>/test/kafka.setup.ts',
      globalTeardown: '<rootDir>/test/kafka.teardown.ts',
    },
  ],
};
