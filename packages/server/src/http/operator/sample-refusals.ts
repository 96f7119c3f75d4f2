/** Logs at most one refused request a second for each cause, with the number of those that it stands for. */
import type {RequestFacts} from '../../engine/log.ts';

const interval = 1_000;

interface Sampled {
  /** Requests since the last line. */
  count: number;
  latest: RequestFacts;
}

/** The cause of a refusal: its own, or else the code of its error. Undefined if the request was not refused. */
export function causeOf({status, error, cause = error}: RequestFacts): string | undefined {
  return status >= 400 && status < 500 ? (cause ?? 'other') : undefined;
}

export function sampleRefusals(log: (facts: RequestFacts) => void): (facts: RequestFacts) => void {
  /** The causes that had a line within the last interval. */
  const recent = new Map<string, Sampled>();

  function wait(cause: string, latest: RequestFacts): void {
    const sampled: Sampled = {count: 0, latest};
    recent.set(cause, sampled);
    setTimeout(() => {
      recent.delete(cause);
      if (sampled.count === 0) return;
      log({...sampled.latest, ...(sampled.count > 1 && {count: sampled.count})});
      wait(cause, sampled.latest);
    }, interval).unref();
  }

  return (facts) => {
    const cause = causeOf(facts);
    const sampled = cause === undefined ? undefined : recent.get(cause);
    if (sampled) {
      sampled.count += 1;
      sampled.latest = facts;
      return;
    }
    log(facts);
    if (cause !== undefined) wait(cause, facts);
  };
}
