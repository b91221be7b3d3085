/** The long runs of faults: `npm run faults [name]`. One at a time, so that their figures are their own. */
import base from '../../jest.config.mjs';

export default {
  ...base,
  rootDir: '../..',
  testMatch: ['<rootDir>/test/faults/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  testTimeout: 10_800_000,
  maxWorkers: 1,
};
