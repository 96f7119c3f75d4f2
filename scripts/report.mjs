/**
 * Adds up the tests that passed and failed in the steps of a run. A step that prints the counts of a test runner counts
 * its tests; any other step counts as one.
 */
import {stripVTControlCharacters} from 'node:util';

/**
 * The last counts that a known runner printed: node's spec reporter or web-test-runner.
 * @param {string} output
 * @returns {{passed: number, failed: number} | undefined}
 */
export function countsIn(output) {
  const text = stripVTControlCharacters(output);
  const node = [...text.matchAll(/^ℹ pass (\d+)$[^]*?^ℹ fail (\d+)$[^]*?^ℹ cancelled (\d+)$/gm)].at(-1);
  if (node) return {passed: Number(node[1]), failed: Number(node[2]) + Number(node[3])};
  const browser = [...text.matchAll(/(\d+) passed, (\d+) failed/g)].at(-1);
  if (browser) return {passed: Number(browser[1]), failed: Number(browser[2])};
  return undefined;
}

export class Report {
  #steps = [];

  begin(name) {
    const started = performance.now();
    let output = '';
    return {
      read: (chunk) => {
        output += chunk;
      },
      finish: (code) => {
        const counts = countsIn(output) ?? {passed: code === 0 ? 1 : 0, failed: 0};
        // A runner that dies without a failing test is a failure all the same.
        if (code !== 0 && counts.failed === 0) counts.failed = 1;
        this.#steps.push({name, ...counts, seconds: (performance.now() - started) / 1000});
      },
    };
  }

  get passed() {
    return this.#steps.reduce((sum, step) => sum + step.passed, 0);
  }

  get failed() {
    return this.#steps.reduce((sum, step) => sum + step.failed, 0);
  }

  summary() {
    const rows = this.#steps.map(
      ({name, passed, failed, seconds}) =>
        `${failed ? '✖' : '✔'} ${name.padEnd(18)} ${String(passed).padStart(5)} ok ${String(failed).padStart(4)} not ok ${seconds.toFixed(1).padStart(7)} s`,
    );
    return ['', ...rows, '', `${this.passed} passed, ${this.failed} failed`].join('\n');
  }
}
