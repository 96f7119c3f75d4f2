/** The browser tests, ended at the first that fails: it is told as one line of JSON. */
import {writeSync} from 'node:fs';
import base from '../../web-test-runner.config.mjs';

const firstFailed = ({suites, tests}) =>
  tests.find(({passed, skipped}) => !passed && !skipped) ?? suites.map(firstFailed).find((test) => test !== undefined);

export default {
  ...base,
  testFramework: {config: {...base.testFramework.config, bail: true, timeout: 30_000}},
  testsFinishTimeout: 90_000,
  reporters: [
    {
      reportTestFileResults({sessionsForTestFile}) {
        const failed = sessionsForTestFile.find(({passed}) => !passed);
        if (!failed) return;
        const test = (failed.testResults && firstFailed(failed.testResults)?.name) ?? 'the page itself';
        // The runner holds back the output of console.log.
        writeSync(1, `${JSON.stringify({failed: {file: failed.testFile, test}})}\n`);
        // The runner closes its browser on this signal.
        process.kill(process.pid, 'SIGINT');
      },
    },
  ],
};
