/** Inputs that make Markdown parsers slow: each is rendered within its time limit, whole and streamed. */
import {expect} from '@open-wc/testing';
import {load, pieces, render, whole} from './testing/data.ts';

interface Part {
  readonly text?: string;
  readonly repeat?: string;
  readonly times?: number;
}
interface Case {
  readonly name: string;
  readonly parts: readonly Part[];
  readonly max_ms: number;
}

const {cases} = await load<{cases: readonly Case[]}>('markdown-pathological');

function build(parts: readonly Part[]): string {
  return parts.map(({text = '', repeat = '', times = 0}) => text + repeat.repeat(times)).join('');
}

function timeOf(work: () => HTMLElement): {ms: number; element: HTMLElement} {
  const start = performance.now();
  const element = work();
  return {ms: performance.now() - start, element};
}

/** A machine may be so many times slower than the one for which the limits were set. */
const slowMachine = 5;

describe('pathological inputs', () => {
  it('the pathological inputs are ten kinds of at least 10 kB', () => {
    expect(cases.length).to.equal(10);
    for (const {name, parts} of cases) expect(build(parts).length, name).to.be.greaterThan(10_000);
  });

  for (const {name, parts, max_ms: most} of cases) {
    it(`a pathological input is rendered in time: ${name}`, function () {
      this.timeout(most * 7 * slowMachine);
      const text = build(parts);
      const one = timeOf(() => whole(text));
      const streamed = timeOf(() => render(pieces(text, Math.ceil(text.length / 200))));
      expect(one.ms, 'whole').to.be.lessThan(most * slowMachine);
      expect(streamed.ms, 'streamed').to.be.lessThan(most * 5 * slowMachine);
      expect(streamed.element.isEqualNode(one.element)).to.equal(true);
    });
  }
});
