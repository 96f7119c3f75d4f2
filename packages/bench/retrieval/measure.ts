/** Asks a contestant all questions, and counts how many answers it finds. */
import {performance} from 'node:perf_hooks';
import type {Contestant} from './contestants.ts';
import {type BenchQuestion, products} from './faq-523.ts';

/** Of a group of questions, the share whose answer is found. */
export interface Recall {
  readonly questions: number;
  /** Among the first chunks. */
  readonly at1: number;
  readonly at5: number;
  readonly at10: number;
  readonly at50: number;
  /** A page with the answer is among the first five pages. */
  readonly pageAt5: number;
  /** Among the first twelve chunks and those beside them. */
  readonly withNeighbours: number;
}

export interface Measured {
  readonly all: Recall;
  readonly tunedOn: Recall;
  readonly heldBack: Recall;
  readonly sqlite: Recall;
  readonly git: Recall;
  /** Milliseconds of a search for 50 chunks. */
  readonly time: {readonly median: number; readonly p99: number};
  /** Milliseconds of CPU, which other programs disturb less. */
  readonly cpu: {readonly median: number; readonly p99: number};
}

interface Answered {
  readonly question: BenchQuestion;
  /** The place of the first chunk of the answer, from 0; Infinity if it is not found. */
  readonly place: number;
  readonly pagePlace: number;
  readonly isBeside: boolean;
}

const limit = 50;
const passages = 12;

/** @param where whether to search the documents of the question's product, or of all */
export async function measure(
  contestant: Contestant,
  questions: readonly BenchQuestion[],
  where: 'own' | 'all',
): Promise<Measured> {
  const times: number[] = [];
  const cpus: number[] = [];
  const answered: Answered[] = [];
  for (const question of questions) {
    const request = {text: question.text, products: where === 'own' ? [question.product] : products};
    const [began, cpu] = [performance.now(), process.cpuUsage()];
    const found = await contestant.search({...request, limit});
    const {user, system} = process.cpuUsage(cpu);
    times.push(performance.now() - began);
    cpus.push((user + system) / 1000);
    const around = await contestant.search({...request, limit: passages, neighbours: 1});
    const pages = [...new Set(found.map(({page}) => page))];
    const answerPages = new Set(Array.from(question.answer, ({page}) => page));
    answered.push({
      question,
      place: placeIn(found, (chunk) => question.answer.has(chunk)),
      pagePlace: placeIn(pages, (page) => answerPages.has(page)),
      isBeside: around.some((chunk) => question.answer.has(chunk)),
    });
  }
  const group = (belongs: (question: BenchQuestion) => boolean) =>
    recall(answered.filter(({question}) => belongs(question)));
  return {
    all: group(() => true),
    tunedOn: group(({isHeldBack}) => !isHeldBack),
    heldBack: group(({isHeldBack}) => isHeldBack),
    sqlite: group(({product}) => product === 'sqlite'),
    git: group(({product}) => product === 'git'),
    time: {median: quantile(times, 0.5), p99: quantile(times, 0.99)},
    cpu: {median: quantile(cpus, 0.5), p99: quantile(cpus, 0.99)},
  };
}

function placeIn<Item>(items: readonly Item[], fits: (item: Item) => boolean): number {
  const place = items.findIndex(fits);
  return place < 0 ? Infinity : place;
}

function recall(answered: readonly Answered[]): Recall {
  const share = (isFound: (each: Answered) => boolean) => answered.filter(isFound).length / answered.length;
  return {
    questions: answered.length,
    at1: share(({place}) => place < 1),
    at5: share(({place}) => place < 5),
    at10: share(({place}) => place < 10),
    at50: share(({place}) => place < 50),
    pageAt5: share(({pagePlace}) => pagePlace < 5),
    withNeighbours: share(({isBeside}) => isBeside),
  };
}

function quantile(values: readonly number[], part: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * part)] ?? NaN;
}
