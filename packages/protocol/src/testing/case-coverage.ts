/**
 * Finds the `case` clauses of this package's sources that did not run, by the coverage that V8 keeps itself. For tests.
 * To be started before the sources are imported.
 */
import {readFileSync} from 'node:fs';
import {Session} from 'node:inspector/promises';

/** A range of source text, and how often it ran. */
interface CountedRange {
  readonly startOffset: number;
  readonly endOffset: number;
  readonly count: number;
}

/** The coverage of a file, as V8 reports it. */
interface ScriptCoverage {
  readonly url: string;
  readonly functions: readonly {readonly ranges: readonly CountedRange[]}[];
}

export interface CaseCoverage {
  /** Stops, and names the clauses that no value has selected since the start. */
  stop(): Promise<readonly string[]>;
}

export async function startCaseCoverage(): Promise<CaseCoverage> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.startPreciseCoverage', {callCount: true, detailed: true});
  const sources = new URL('../', import.meta.url).href;
  return {
    async stop() {
      const {result} = await session.post('Profiler.takePreciseCoverage');
      session.disconnect();
      return result.filter(({url}) => url.startsWith(sources)).flatMap((script) => unselectedCases(script, sources));
    },
  };
}

function unselectedCases({url, functions}: ScriptCoverage, sources: string): readonly string[] {
  // Node replaces types with blanks, so the offsets of V8 are the offsets in the file.
  const source = readFileSync(new URL(url), 'utf8');
  const ranges = functions.flatMap((of) => of.ranges);
  const unselected: string[] = [];
  let previous = {end: -1, count: 0};
  for (const match of source.matchAll(/^ *case ('[^']*'|undefined):/gm)) {
    const end = match.index + match[0].length;
    const count = countAt(ranges, end - 1);
    // A clause without statements falls through, so the next one counts its values again.
    const fallenThrough = source.slice(previous.end, match.index).trim() === '' ? previous.count : 0;
    if (count === fallenThrough) {
      const line = source.slice(0, match.index).split('\n').length;
      unselected.push(`${url.slice(sources.length)}:${line} ${match[0].trim()}`);
    }
    previous = {end, count};
  }
  return unselected;
}

/** The count of the innermost range around an offset. */
function countAt(ranges: readonly CountedRange[], offset: number): number {
  let innermost: CountedRange | undefined;
  for (const range of ranges) {
    if (range.startOffset > offset || range.endOffset <= offset) continue;
    if (innermost === undefined || range.endOffset - range.startOffset <= innermost.endOffset - innermost.startOffset) {
      innermost = range;
    }
  }
  return innermost?.count ?? 0;
}
