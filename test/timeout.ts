import { jest } from '@jest/globals';

// Not a wait: how long a test may take on a slow, busy machine before it counts as stuck.
jest.setTimeout(120_000);
