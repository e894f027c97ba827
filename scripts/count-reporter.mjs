// A Jest reporter that writes the counts of a run to the file named by SUNBEON_COUNTS. Jest's own `--json` is written after the
// global teardown, so it is missing when that fails.
import { writeFileSync } from 'node:fs';

export default class CountReporter {
  onRunComplete(_contexts, results) {
    const file = process.env.SUNBEON_COUNTS;
    if (!file) return;
    const counts = {
      passed: results.numPassedTests,
      // A file that cannot even be loaded has no tests to fail.
      failed: results.numFailedTests + results.testResults.filter(isBroken).length,
      skipped: results.numPendingTests + results.numTodoTests,
    };
    writeFileSync(file, JSON.stringify(counts));
  }
}

function isBroken({ testExecError, testResults }) {
  return testExecError !== undefined && !testResults.some(({ status }) => status === 'failed');
}
