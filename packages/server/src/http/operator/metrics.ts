/** The server's metrics for Prometheus. Knows no message, and callers by a hash only. */
import {createRequire} from 'node:module';
import type * as PromClient from 'prom-client';
import type {RequestFacts, SecondTry} from '../../engine/log.ts';
import type {Spending} from '../../engine/spending.ts';
import type {TurnWatch} from '../../engine/run-turn.ts';
import {createLargestCallers} from './largest-callers.ts';
import {causeOf} from './sample-refusals.ts';

export interface Metrics {
  readonly watch: TurnWatch;
  request(facts: RequestFacts): void;
  secondTry(tried: SecondTry): void;
  /** Shows the amounts that are spent and held today. */
  spending(spending: Pick<Spending, 'figures'>): void;
  /** Counts a request of a caller. */
  caller(name: string): void;
  readonly contentType: string;
  /** All metrics in Prometheus's text format. */
  text(): Promise<string>;
}

/** Seconds. The last ones are for busy machines, on which a model takes long to its first word. */
const firstWordBuckets = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const durationBuckets = [0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];

/** Undefined if the package for it is not installed. A server is created without waiting, so `import()` is too late. */
export function createMetrics(): Metrics | undefined {
  const client = loadClient();
  if (!client) return undefined;
  const {Counter, Gauge, Histogram, Registry, collectDefaultMetrics} = client;
  const tally = (options: PromClient.CounterConfiguration<string>) => createTally(client, options);
  const registry = new Registry();
  const registers = [registry];
  const running = new Gauge({name: 'chatlet_turns_running', help: 'Answers that are being written', registers});
  const turns = new Counter({
    name: 'chatlet_turns_total',
    help: 'Answers that have ended, by how',
    labelNames: ['outcome'] as const,
    registers,
  });
  const tokens = new Counter({
    name: 'chatlet_tokens_total',
    help: 'Tokens of prompts and of answers',
    labelNames: ['kind'] as const,
    registers,
  });
  const firstWord = new Histogram({
    name: 'chatlet_first_token_seconds',
    help: 'Time from the question to the first token of the answer',
    buckets: firstWordBuckets,
    registers,
  });
  const duration = new Histogram({
    name: 'chatlet_turn_seconds',
    help: 'Time from the question to the end of the answer',
    buckets: durationBuckets,
    registers,
  });
  const errors = tally({
    name: 'chatlet_errors_total',
    help: 'Errors by code: of answers, and of requests that were refused',
    labelNames: ['code', 'of'] as const,
    registers,
  });
  const requests = tally({
    name: 'chatlet_http_requests_total',
    help: 'Requests by method and status',
    labelNames: ['method', 'status'] as const,
    registers,
  });
  const refusals = tally({
    name: 'chatlet_refusals_total',
    help: 'Requests that were refused, by cause',
    labelNames: ['cause'] as const,
    registers,
  });
  const marks = new Counter({
    name: 'chatlet_citations_total',
    help: 'Marks of models behind words that a passage supports: shown, or dropped because their quote is not in the passage',
    labelNames: ['outcome'] as const,
    registers,
  });
  const callers = createLargestCallers();
  const largest = new Gauge({
    name: 'chatlet_largest_callers',
    help: 'Requests of the largest networks in the last half to whole hour; the label is a hash that ends with the process',
    labelNames: ['caller'] as const,
    registers,
    collect() {
      largest.reset();
      for (const {caller, requests: count} of callers.list()) largest.set({caller}, count);
    },
  });
  const toolSeconds = new Histogram({
    name: 'chatlet_tool_seconds',
    help: 'Time of the calls of tools, by how they ended',
    labelNames: ['tool', 'outcome'] as const,
    buckets: durationBuckets,
    registers,
  });
  const secondTries = new Counter({
    name: 'chatlet_second_tries_total',
    help: 'Failures of upstreams after which the same model was asked again, or another instead',
    labelNames: ['how', 'provider', 'code'] as const,
    registers,
  });
  let process = false;

  return {
    watch: {
      began: () => running.inc(),
      ended(facts) {
        running.dec();
        turns.inc({outcome: facts.outcome});
        duration.observe(facts.duration / 1000);
        if (facts.firstWord !== undefined) firstWord.observe(facts.firstWord / 1000);
        if (facts.error) errors(facts.error, 'answer');
        if (facts.usage) {
          tokens.inc({kind: 'prompt'}, facts.usage.promptTokens);
          tokens.inc({kind: 'completion'}, facts.usage.completionTokens);
        }
        if (facts.marks) {
          marks.inc({outcome: 'shown'}, facts.marks.shown);
          marks.inc({outcome: 'dropped'}, facts.marks.dropped);
        }
      },
      toolEnded: ({name, outcome, duration: milliseconds}) =>
        toolSeconds.observe({tool: name, outcome}, milliseconds / 1000),
    },
    caller: (name) => callers.count(name),
    request(facts) {
      const {method, status, error} = facts;
      requests(method, String(status));
      if (error !== undefined) errors(error, 'request');
      const cause = causeOf(facts);
      if (cause !== undefined) refusals(cause);
    },
    secondTry: ({how, provider, error: {code}}) => secondTries.inc({how, provider, code}),
    spending(spending) {
      for (const unit of ['tokens', 'usd'] as const) {
        const gauge = new Gauge({
          name: `chatlet_spending_${unit}`,
          help: `What today's answers have cost in ${unit}, and what is held for answers that are being written`,
          labelNames: ['whose', 'state'] as const,
          registers: [],
          collect() {
            for (const [whose, account] of Object.entries(spending.figures())) {
              this.set({whose, state: 'spent'}, account.spent[unit]);
              this.set({whose, state: 'held'}, account.held[unit]);
            }
          },
        });
        registry.registerMetric(gauge);
      }
    },
    contentType: registry.contentType,
    text() {
      // Node's default metrics cost time all the while, so they start with the first request for them.
      if (!process) collectDefaultMetrics({register: registry});
      process = true;
      return registry.metrics();
    },
  };
}

function loadClient(): typeof PromClient | undefined {
  try {
    return createRequire(import.meta.url)('prom-client');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}

/**
 * Makes a counter with one or two labels whose every increase is cheap, because refused requests must be: the metric gets
 * the sums when it is read.
 */
function createTally(
  {Counter}: typeof PromClient,
  options: PromClient.CounterConfiguration<string>,
): (...labels: readonly [string, string?]) => void {
  const sums = new Map<string, {labels: readonly [string, string?]; sum: number}>();
  const counter: PromClient.Counter = new Counter({
    ...options,
    collect() {
      for (const {labels, sum} of sums.values())
        counter.labels(...labels.filter((each) => each !== undefined)).inc(sum);
      sums.clear();
    },
  });
  return (...labels) => {
    const [first, second = ''] = labels;
    const key = `${first} ${second}`;
    const known = sums.get(key);
    if (known) known.sum += 1;
    else sums.set(key, {labels, sum: 1});
  };
}
