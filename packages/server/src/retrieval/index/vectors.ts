/**
 * Vectors of chunks in the SQLite index, searched exactly: each is compared with the query's. They stay in memory between
 * searches, and are read again at most every five seconds if there are new ones.
 */
import type {Sql} from '../../stores/sqlite/database.ts';
import {numberIn} from '../../stores/sqlite/database.ts';
import type {Embedding, KeyedVector} from '../document-index.ts';
import type {Candidate} from './rank-fusion.ts';
import {keysOfSource} from './schema.ts';

export interface VectorTable {
  put(model: string, vectors: readonly KeyedVector[]): void;
  /** The chunks of these sources whose vectors are most similar, best first, with the cosine of the angle as score. */
  search(
    embedding: Embedding,
    options: {readonly sources: readonly number[]; readonly limit: number},
  ): readonly Candidate[];
}

/** Vectors that are searched. A search through so many of 512 numbers takes 70 ms; all others are found by their words. */
const mostVectors = 100_000;
/** Milliseconds in which vectors are not read again. */
const readAgainAfter = 5_000;

interface Loaded {
  readonly model: string;
  readonly dimensions: number;
  readonly keys: readonly number[];
  /** One after the other, each of length 1. */
  readonly numbers: Float32Array;
  readonly state: string;
  readonly at: number;
}

export function createVectorTable(sql: Sql): VectorTable {
  let loaded: Loaded | undefined;

  /** Changes with every commit to the database, on this connection and on others. */
  const readState = () => {
    const {data_version: others} = sql('pragma data_version').get() ?? {};
    const {own} = sql('select total_changes() as own').get() ?? {};
    return `${String(others)} ${String(own)}`;
  };

  const load = ({model, vector: {length}}: Embedding): Loaded => {
    const fits = loaded?.model === model && loaded.dimensions === length ? loaded : undefined;
    if (fits && performance.now() - fits.at < readAgainAfter) return fits;
    const state = readState();
    if (fits?.state === state) return (loaded = {...fits, at: performance.now()});
    const bytes = length * Float32Array.BYTES_PER_ELEMENT;
    const {count} =
      sql('select count(*) as count from vectors where model = ? and length(vector) = ?').get(model, bytes) ?? {};
    const numbers = new Float32Array(Math.min(Number(count), mostVectors) * length);
    const keys: number[] = [];
    const rows = sql('select key, vector from vectors where model = ? and length(vector) = ? order by key limit ?');
    // Not all rows at once: together they would need the memory a second time.
    for (const row of rows.iterate(model, bytes, mostVectors)) {
      const {vector} = row;
      if (vector instanceof Uint8Array) numbers.set(new Float32Array(vector.slice().buffer), keys.length * length);
      keys.push(numberIn(row, 'key'));
    }
    loaded = {model, dimensions: length, keys, numbers, state, at: performance.now()};
    return loaded;
  };

  return {
    put(model, vectors) {
      for (const {key, vector} of vectors) {
        // A chunk may have been removed since its text was read.
        sql(`
          insert or replace into vectors (key, model, vector) select key, ?, ? from chunks where key = ?
        `).run(model, new Uint8Array(toUnitLength(vector).buffer), key);
      }
    },
    search(embedding, {sources, limit}) {
      const {keys, numbers, dimensions} = load(embedding);
      const query = toUnitLength(embedding.vector);
      const allowed = new Set(sources);
      const best: Candidate[] = [];
      for (const [i, key] of keys.entries()) {
        if (!allowed.has(Math.floor(key / keysOfSource))) continue;
        let score = 0;
        for (let from = i * dimensions, n = 0; n < dimensions; n++) score += (numbers[from + n] ?? 0) * (query[n] ?? 0);
        insertSorted(best, {key, score}, limit);
      }
      return best;
    },
  };
}

/** Keeps the best `limit`, best first. */
function insertSorted(best: Candidate[], candidate: Candidate, limit: number): void {
  const last = best.at(-1);
  if (best.length >= limit && last && candidate.score <= last.score) return;
  let place = best.length;
  while (place > 0 && (best[place - 1]?.score ?? 0) < candidate.score) place--;
  best.splice(place, 0, candidate);
  if (best.length > limit) best.pop();
}

/** A copy, since the vector may be a part of a larger buffer. */
function toUnitLength(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector);
  return vector.map((number) => (length === 0 ? 0 : number / length));
}
